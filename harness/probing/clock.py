"""Time and peak memory of a piece of work, and of the stages that a progress is told of."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from harness.planning.costs import Timed
from harness.progress import Progress, SilentProgress

Result = TypeVar("Result")

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_PEAK = "5"
"""What Linux takes there as the wish to forget the peak; see proc(5)."""
_GROWTH = 4


@dataclass(frozen=True)
class Spell:
    """How long something took, and the most memory in bytes that the process held meanwhile, also on a GPU."""

    seconds: float
    peak_bytes: int
    gpu_bytes: int


def spent(work: Callable[[], Result]) -> tuple[Result, Spell]:
    """Do the work, and say what it took.

    Where the system can't forget an earlier peak (it is no Linux), the peak is that of the process so far.
    """
    _forget_peak()
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    gpu = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
    return result, Spell(seconds, _peak_bytes(), gpu)


def _forget_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    try:
        _CLEAR.write_text(_PEAK)
    except OSError:
        return  # the peak is then the whole process's, which is no less


def _peak_bytes() -> int:
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


@dataclass(frozen=True)
class Growing:
    """Measurings of growing size of the same work, the largest last, and the peaks of all."""

    points: tuple[Timed, ...] = ()
    peak_bytes: int = 0
    gpu_bytes: int = 0

    def and_then(self, units: int, spell: Spell) -> Growing:
        """With one measuring more."""
        peaks = max(self.peak_bytes, spell.peak_bytes), max(self.gpu_bytes, spell.gpu_bytes)
        return Growing((*self.points, Timed(units, spell.seconds)), *peaks)


def grow(work: Callable[[int], object], *, first: int, most: int, budget_s: float) -> Growing:
    """Do the work on more and more units, up to `most`, as long as the next size is likely to fit into the budget.

    Small sizes come first: they warm up what is slow the first time, and say whether a larger one is affordable.
    """
    grown, units = Growing(), min(first, most)
    while units:
        _, spell = spent(partial(work, units))
        grown = grown.and_then(units, spell)
        following = min(_GROWTH * units, most)
        over = sum(point.seconds for point in grown.points) + spell.seconds * following / units > budget_s
        units = 0 if following == units or over else following
    return grown


@dataclass(frozen=True)
class StageTime:
    """A stage that a progress was told of: its text, its steps, and how many seconds after the start it began."""

    text: str
    total: int | None
    began: float
    seconds: float = 0.0


@dataclass
class StageClock:
    """A progress that times the stages it is told of, and passes everything on to another one."""

    shown: Progress = field(default_factory=SilentProgress)
    stages: list[StageTime] = field(default_factory=list)
    _open: bool = False

    def stage(self, text: str, total: int | None) -> None:
        self._end()
        self.stages.append(StageTime(text, total, time.perf_counter()))
        self._open = True
        self.shown.stage(text, total)

    def advance(self, n: int = 1) -> None:
        self.shown.advance(n)

    def done(self) -> None:
        self._end()
        self.shown.done()

    def note(self, text: str) -> None:
        self.shown.note(text)

    def _end(self) -> None:
        if self._open:
            last = self.stages[-1]
            self.stages[-1] = replace(last, seconds=time.perf_counter() - last.began)
        self._open = False


def evenly(items: Sequence[Result], count: int) -> list[Result]:
    """So many of the items, spread evenly over all of them, or all where there are fewer."""
    count = min(count, len(items))
    return [items[number * len(items) // count] for number in range(count)]
