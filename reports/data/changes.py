"""What changed: each metric of the base beside the result's, and over the rounds.

Values are in the metric's own unit (shares from 0 to 1 for rates); `points` are hundredths of it, which are percentage
points for shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.display import difference, order
from harness_base.stopping import asked_of
from harness_base.types import Row
from reports.data.known import Interval, Intervals
from reports.data.reading import Views, grouped
from reports.data.worth import Worths


@dataclass(frozen=True)
class Change:
    """One metric of the base and of the model that the run ended with, on one split.

    `change_points` is the result less the base, and `low_points` to `high_points` its interval; where it has none,
    `no_interval` says why. `gain_points` is the same change signed so that positive is better, to count and colour by.
    `better` and `worse` count the items that moved. Where only a part of the task's items was asked, `task_items` is
    how many it has. A value that could not be measured is None, and `problem` says why. `worth` is what the judge is
    worth that gave the values, empty where no judge did.
    """

    task: str
    metric: str
    higher_is_better: bool
    base: float | None
    result: float | None
    gain_points: float | None
    change_points: float | None
    items: int
    better: int
    worse: int
    problem: str
    unit: str = "share"
    family: str = ""
    low_points: float | None = None
    high_points: float | None = None
    task_items: int | None = None
    no_interval: str = ""
    worth: str = ""

    @property
    def asked(self) -> str:
        """How many items were asked, of how many where those were not all."""
        return asked_of(self.items, self.task_items or 0)


@dataclass(frozen=True)
class Point:
    """One candidate's value of a metric; `state` is accepted, passed over, rejected, inconclusive or undecided.

    `partial` says that only a part of the task's items was asked, since the gate knew enough.
    """

    round: int
    attempt: int
    state: str
    value: float | None
    partial: bool = False


@dataclass(frozen=True)
class Trajectory:
    """One metric over the rounds, on the items that the gate sees."""

    task: str
    metric: str
    higher_is_better: bool
    base: float | None
    points: tuple[Point, ...]
    unit: str = "share"

    @property
    def accepted(self) -> tuple[Point, ...]:
        """The accepted candidates that have a value."""
        return tuple(point for point in self.points if point.state == "accepted" and point.value is not None)

    @property
    def last(self) -> float | None:
        """The value of the model that the run ended with, as far as it was measured."""
        return self.accepted[-1].value if self.accepted else self.base


def last_accepted(scores: Sequence[Row]) -> str:
    """The subject that the gate let through last; the base where it let none through."""
    accepted = [row for row in scores if row["state"] == "accepted" and row["round"] is not None]
    return str(max(accepted, key=lambda row: row["round"])["subject"]) if accepted else "base"


def read_changes(
    views: Views, scores: Sequence[Row], split: str, subject: str, intervals: Intervals, worths: Worths
) -> tuple[Change, ...]:
    """Base and `subject` on a split, with the metrics that only the base has beside those that both have."""
    of_split = [row for row in scores if row["split"] == split]
    measured = {row["score"]: row for row in of_split if row["subject"] == subject}
    base = [row for row in of_split if row["subject"] == "base"]
    rows = [*measured.values(), *(_unmeasured(row) for row in base if row["score"] not in measured)]
    moved = _moved(views, split, subject)
    rows.sort(key=lambda row: order(row["task"], row["metric"]))
    return tuple(
        _change(
            row,
            moved.get((row["task"], row["metric"]), {}),
            intervals.of(split, subject, row["score"]),
            worths.of_score(row),
        )
        for row in rows
    )


def _unmeasured(base: Row) -> Row:
    empty = {"value": None, "gain_points": None, "change_points": None}
    return {**base, **empty, "base_value": base["value"], "reason": base["reason"] or "the result was not measured"}


def _moved(views: Views, split: str, subject: str) -> dict[tuple[str, str], dict[str, int]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    where = "split = :split AND subject = :subject AND moved <> 'same'"
    for row in views.rows("sample_history", where=where, split=split, subject=subject):
        of_metric = counts.setdefault((row["task"], row["metric"]), {"better": 0, "worse": 0})
        of_metric[row["moved"]] += 1
    return counts


def _change(row: Row, moved: dict[str, int], interval: Interval, worth: str) -> Change:
    change = difference(row["base_value"], row["value"])
    return Change(
        task=row["task"],
        metric=row["metric"],
        higher_is_better=bool(row["higher_is_better"]),
        base=row["base_value"],
        result=row["value"],
        gain_points=row["gain_points"],
        change_points=None if change is None else 100 * change,
        items=row["items"],
        better=moved.get("better", 0),
        worse=moved.get("worse", 0),
        problem=row["reason"] or ("the base was not measured" if row["base_value"] is None else ""),
        unit=row["unit"],
        family=row["family"],
        low_points=None if interval.low is None else 100 * interval.low,
        high_points=None if interval.high is None else 100 * interval.high,
        task_items=row["task_items"],
        no_interval=interval.problem,
        worth=worth,
    )


def read_trajectories(scores: Sequence[Row]) -> tuple[Trajectory, ...]:
    """Each metric of the gate's items over the rounds, what matters most first."""
    groups = grouped([row for row in scores if row["split"] == "gate"], "task", "metric")
    trajectories = [_trajectory(rows) for rows in groups.values()]
    return tuple(sorted(trajectories, key=lambda trajectory: order(trajectory.task, trajectory.metric)))


def _trajectory(rows: Sequence[Row]) -> Trajectory:
    base = next((row["value"] for row in rows if row["subject"] == "base"), None)
    candidates = sorted((row for row in rows if row["round"] is not None), key=lambda r: (r["round"], r["attempt"]))
    points = tuple(
        Point(row["round"], row["attempt"], row["state"], row["value"], partial=row["task_items"] is not None)
        for row in candidates
    )
    first = rows[0]
    return Trajectory(first["task"], first["metric"], bool(first["higher_is_better"]), base, points, first["unit"])
