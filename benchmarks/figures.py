"""A figure with the bar it is held against, and how a benchmark prints its figures."""

from __future__ import annotations

import json
import math
import operator
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Op = Literal["<=", ">=", "=="]
_HOLDS: dict[Op, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True)
class Figure:
    """One measured number. `bar` is None for figures that are only shown."""

    name: str
    value: float
    unit: str
    op: Op | None = None
    bar: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; a value that is no finite number never reaches one."""
        if self.op is None or self.bar is None:
            return None
        # numpy's truth is no bool, and JSON knows only bools.
        return bool(math.isfinite(self.value) and _HOLDS[self.op](self.value, self.bar))

    def as_json(self) -> str:
        value = float(self.value) if math.isfinite(self.value) else None
        bar = None if self.bar is None else float(self.bar)
        return json.dumps({**asdict(self), "value": value, "bar": bar, "holds": self.holds})

    def as_line(self) -> str:
        bar = "" if self.bar is None else f"{self.op} {self.bar:g}"
        verdict = {True: "holds", False: "MISSED", None: ""}[self.holds]
        return f"{self.name:<62} {self.value:>10.3f} {self.unit:<8} {bar:<10} {verdict}"


def show(figures: Iterable[Figure], *, as_json: bool) -> bool:
    """Print each figure as it comes; whether no bar was missed."""
    missed = 0
    for figure in figures:
        print(figure.as_json() if as_json else figure.as_line(), flush=True)
        missed += figure.holds is False
    return not missed


def seconds(command: Sequence[str]) -> float:
    """How long a command takes from start to end, in a process of its own. Raises CalledProcessError when it fails."""
    started = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.monotonic() - started
