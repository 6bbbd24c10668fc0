"""Everything that a report says about a run, as plain data read from the store's views."""

from __future__ import annotations

from dataclasses import dataclass

from reports.data.changes import (
    NO_INTERVALS,
    Change,
    Intervals,
    Trajectory,
    last_accepted,
    read_changes,
    read_trajectories,
)
from reports.data.decisions import Check, Decision, read_check, read_decisions
from reports.data.examples import Example, read_revisions, read_samples
from reports.data.judge import Calibration, Examination, read_calibration, read_examination
from reports.data.principles import Principle, read_principles
from reports.data.reading import Views
from reports.data.run import Cost, Overlap, Round, Run, read_costs, read_overlaps, read_rounds, read_run
from reports.data.types import TypeRate, read_type_rates


@dataclass(frozen=True)
class Contents:
    """Everything that a report says."""

    run: Run
    rounds: tuple[Round, ...]
    final: tuple[Change, ...]
    gate: tuple[Change, ...]
    trajectories: tuple[Trajectory, ...]
    principles: tuple[Principle, ...]
    revisions: tuple[Example, ...]
    samples: tuple[Example, ...]
    decisions: tuple[Decision, ...]
    costs: tuple[Cost, ...]
    check: Check | None = None
    overlaps: tuple[Overlap, ...] = ()
    calibration: Calibration | None = None
    examination: Examination | None = None
    types: tuple[TypeRate, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether some candidate was asked a part of the items only."""
        return any(point.partial for trajectory in self.trajectories for point in trajectory.points)

    @property
    def stage_seconds(self) -> dict[str, float]:
        """The seconds of each stage over all rounds, the longest first."""
        seconds: dict[str, float] = {}
        for cost in self.costs:
            seconds[cost.stage] = seconds.get(cost.stage, 0.0) + cost.seconds
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def read_contents(views: Views, intervals: Intervals = NO_INTERVALS) -> Contents:
    """Read everything that a report says about the run; the views don't hold the `intervals` of its changes."""
    scores = views.rows("run_scores")
    run = read_run(views)
    return Contents(
        run=run,
        rounds=read_rounds(views),
        final=read_changes(views, scores, "final", "result", intervals),
        gate=read_changes(views, scores, "gate", last_accepted(scores), intervals),
        trajectories=read_trajectories(scores),
        principles=read_principles(views),
        revisions=read_revisions(views),
        samples=read_samples(views),
        decisions=read_decisions(views),
        costs=read_costs(views),
        check=read_check(views),
        overlaps=read_overlaps(views),
        calibration=read_calibration(views, run),
        examination=read_examination(views),
        types=read_type_rates(views),
    )
