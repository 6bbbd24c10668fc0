"""A run at its end as plain data, for whoever prints it or goes on with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict


class MetricRow(TypedDict):
    """One metric of base and result, in its unit; a value is None where it could not be measured.

    `low` and `high` are the ends of the change's interval at `confidence`, signed as the change; `no_interval` says why
    there is none. `split` says whose items they are. `asked` says how many items were asked of how many, empty where
    all were. `worth` is what the judge is worth that gave the values, empty where no judge did.
    """

    metric: str
    split: str
    base: float | None
    result: float | None
    low: float | None
    high: float | None
    confidence: float
    no_interval: str
    worth: str
    higher_is_better: bool
    unit: str
    asked: str


class ConfirmedPart(TypedDict):
    """The gate's outcome for the result on items that no round has seen, empty where there was no such look."""

    confirmed: str
    confirmed_reasons: Sequence[str]


class Summary(ConfirmedPart):
    """A run at its end, as plain data."""

    run: str
    outcome: str
    """One sentence: how and why the run ended."""
    practice: bool
    rows: Sequence[MetricRow]
    accepted_rounds: int
    rejected_candidates: int
    skipped_rounds: int
    rejections: Sequence[str]
    """One sentence for each rejected candidate."""
    principles: Sequence[str]
    notes: Sequence[str]
    files: Mapping[str, str]
    """What each file or folder is, and its path."""
    seconds: float
