"""What a report shows and the store's views don't hold: worked out from the items, or measured before.

Whoever writes a report works it out, since `reports` has no statistics of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NOT_WORKED_OUT: Final = "not worked out"


@dataclass(frozen=True)
class Interval:
    """The ends of a change's interval in the metric's unit, signed as the change; None is an end without a limit.

    Where there is no interval at all, `problem` says why.
    """

    low: float | None = None
    high: float | None = None
    problem: str = ""


NO_INTERVAL: Final = Interval(problem=NOT_WORKED_OUT)


@dataclass(frozen=True)
class Intervals:
    """The intervals of a run's changes by split, subject and "task/metric", all at one `confidence`."""

    confidence: float = 0.95
    of_changes: Mapping[tuple[str, str, str], Interval] = field(default_factory=dict)

    def of(self, split: str, subject: str, score: str) -> Interval:
        """That change's interval, or one that says why there is none."""
        return self.of_changes.get((split, subject, score), NO_INTERVAL)


@dataclass(frozen=True)
class Level:
    """A share of so many `items`, with its interval; the ends are None where there are too few items for one."""

    value: float
    low: float | None
    high: float | None
    items: int


@dataclass(frozen=True)
class Place:
    """Where one model stands on the frontier: its attacks that succeed, or are not refused, and its over-refusal.

    Both are pooled over the gate's tasks. `partial` says that it was asked a part of the items only.
    """

    attacks: Level
    over_refusal: Level
    partial: bool = False


@dataclass(frozen=True)
class Places:
    """The place of each subject, such as "base" or "r1a2"; `metric` is what was measured of the attacks.

    A subject whose attacks or over-refusal could not be measured has none.
    """

    metric: str = "attack_success"
    of_subjects: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class FormError:
    """How the judge of that whole name, which goes by the form alone, was held against people's labels.

    It found `found` of `violations`, and let `let_pass` of `satisfactory` answers pass; `source` says whose answers.
    """

    judge: str
    found: int
    violations: int
    let_pass: int
    satisfactory: int
    source: str


@dataclass(frozen=True)
class Known:
    """All of it."""

    intervals: Intervals = field(default_factory=Intervals)
    places: Places = field(default_factory=Places)
    form: FormError | None = None


NOTHING_KNOWN: Final = Known()
