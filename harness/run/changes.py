"""The intervals of what a run changed: its result against its base, on each split, from the items themselves."""

from __future__ import annotations

import json
from typing import Final

from harness.gate.policy import load_policy
from harness.release.comparison import Subject, compare
from harness.store.store import Store
from harness_base.errors import ConfigError
from harness_base.types import Fields
from reports.data.comparison import Difference
from reports.data.known import Interval, Intervals

CONFIDENCE: Final = 0.95
"""Of the intervals of a run whose policy says nothing of it any more."""

_ITSELF: Final = Interval(problem="the base itself")


def intervals(store: Store, run_id: int) -> Intervals:
    """The interval of each change of the result on the final items, and of the last accepted model on the gate's.

    At the policy's confidence, paired item by item, with items that share a query as one cluster. A change that can't
    be compared has the reason in place of its ends.
    """
    accepted = store.runs.accepted_subject(run_id)
    confidence = confidence_of(store, run_id)
    of_changes: dict[tuple[str, str, str], Interval] = {}
    for split, subject in (("final", "result"), ("gate", accepted)):
        base = store.evaluations.of_run(run_id, subject="base", split=split)
        if base is None:
            continue
        if subject == "base":
            of_changes |= {(split, subject, score.key): _ITSELF for score in base.scores}
        elif other := store.evaluations.of_run(run_id, subject=subject, split=split):
            compared = compare([Subject("base", base), Subject(subject, other)], confidence=confidence)
            of_changes |= {(split, subject, each.metric): _interval(each) for each in compared.differences}
    return Intervals(confidence, of_changes)


def confidence_of(store: Store, run_id: int) -> float:
    """The confidence that the run's policy sets, or `CONFIDENCE` where that policy can't be read any more."""
    [run] = store.views.rows("run_overview", run_id=run_id)
    gate: Fields = json.loads(run["config"]).get("gate") or {}
    if not gate.get("policy"):
        return CONFIDENCE
    own = [*(gate.get("guards") or ()), *(gate.get("tasks") or ())]
    try:
        return load_policy(gate["policy"], extra_tasks=own).confidence
    except ConfigError:  # a file that was moved or changed since: the confidence stands beside every interval
        return CONFIDENCE


def _interval(found: Difference) -> Interval:
    if found.change is None:
        return Interval(problem=found.problem or "no change to speak of")
    if found.change_low is None and found.change_high is None:
        return Interval(problem=f"too few items: {found.items} on {found.clusters} queries")
    return Interval(found.change_low, found.change_high)
