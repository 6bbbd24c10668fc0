"""A comparison of models as plain data, which `harness` makes and prints, and `reports.comparison` draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Flip:
    """An item that came out otherwise: its question, and what both models answered where that is known."""

    item: str
    better: bool
    prompt: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """One metric of one model against the first, in the metric's unit.

    `change` is `after` less `before`, and `change_low` to `change_high` its interval. `split` says whose items they
    are: "final" for those that no decision saw, "gate" for those on which candidates were chosen, "other" for neither.
    `p` is two-sided and corrected after Holm for all differences of the comparison. `problem` says why there is none.
    Where only a part of the task's items was asked of either model, those asked of both count, and `task_items` is how
    many the task has.
    """

    metric: str
    unit: str
    name: str
    split: str
    higher_is_better: bool
    before: float | None
    after: float | None
    problem: str = ""
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    direction: str = ""
    p: float | None = None
    items: int = 0
    clusters: int = 0
    better: int = 0
    worse: int = 0
    flips: tuple[Flip, ...] = ()
    task_items: int | None = None


@dataclass(frozen=True)
class ComparedModels:
    """The whole comparison; `settings` names what the models or their measuring differ in, by model.

    `notes` say what must be known before the figures are believed.
    """

    names: tuple[str, ...]
    confidence: float
    differences: tuple[Difference, ...]
    settings: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
