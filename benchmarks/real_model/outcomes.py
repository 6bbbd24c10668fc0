"""What is kept of a real run, so that every figure can be counted again: which item came out how, and of what run.

Only names of items and outcomes are kept, no answer: what a real model answered to a harmful question is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Refused = Mapping[str, int]
"""By the item's name: 1 where the model refused, else 0."""


@dataclass(frozen=True)
class Point:
    """One model: what it refused of each set of requests. `name` is a strength, `base`, or what a run ended with."""

    name: str
    refused: Mapping[str, Refused]

    def rate(self, of: str) -> float:
        """The share of a set that was refused, in percent."""
        outcomes = self.refused[of].values()
        return 100 * sum(outcomes) / len(outcomes)


@dataclass(frozen=True)
class Outcomes:
    """One run of an arm: its points from gentle to strong, and what it was.

    `facts` are the commit, the seconds, the configuration and whatever else was counted.
    """

    arm: str
    seed: int
    points: tuple[Point, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """To a file of the arm's and the seed's name; written aside and renamed, so that none is half there."""
        folder.mkdir(parents=True, exist_ok=True)
        file = _file(folder, self.arm, self.seed)
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(asdict(self), indent=None, sort_keys=True) + "\n", encoding="utf-8")
        aside.replace(file)


def read_outcomes(folder: Path, arm: str, seed: int) -> Outcomes | None:
    """What was kept of that run; None where it has not been made."""
    file = _file(folder, arm, seed)
    if not file.is_file():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    points = tuple(Point(point["name"], point["refused"]) for point in kept["points"])
    return Outcomes(kept["arm"], kept["seed"], points, kept["facts"])


def _file(folder: Path, arm: str, seed: int) -> Path:
    return folder / f"{arm}-seed-{seed}.json"
