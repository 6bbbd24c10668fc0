"""The intervals of what a run changed: its result against its base, on each split, from the items themselves."""

from __future__ import annotations

from typing import Final

from harness.release.comparison import Subject, compare
from harness.store.store import Store

CONFIDENCE: Final = 0.95

Interval = tuple[float | None, float | None]
Intervals = dict[tuple[str, str, str], Interval]
"""By split, subject and "task/metric": the ends of the change's interval in the metric's unit, signed as the change."""


def intervals(store: Store, run_id: int) -> Intervals:
    """The 95 % interval of each change of the result on the final items, and of the last accepted model on the gate's.

    Paired item by item, with items that share a query as one cluster. What can't be compared has none.
    """
    accepted = store.runs.accepted_subject(run_id)
    of_changes: Intervals = {}
    for split, subject in (("final", "result"), ("gate", accepted)):
        base = store.evaluations.of_run(run_id, subject="base", split=split)
        other = store.evaluations.of_run(run_id, subject=subject, split=split)
        if base and other and subject != "base":
            compared = compare([Subject("base", base), Subject(subject, other)], confidence=CONFIDENCE)
            of_changes |= {
                (split, subject, difference.metric): (difference.change_low, difference.change_high)
                for difference in compared.differences
                if difference.change is not None
            }
    return of_changes
