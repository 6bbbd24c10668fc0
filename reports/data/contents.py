"""Everything that a report says about a run, as plain data read from the store's views."""

from __future__ import annotations

from dataclasses import dataclass

from reports.data.changes import Change, Trajectory, last_accepted, read_changes, read_trajectories
from reports.data.decisions import Check, Decision, read_check, read_decisions
from reports.data.examples import Example, read_revisions, read_samples
from reports.data.frontier import Frontier, read_frontier
from reports.data.judge import Calibration, Examination
from reports.data.known import NOTHING_KNOWN, FormError, Known
from reports.data.principles import Principle, read_principles
from reports.data.reading import Views
from reports.data.run import Cost, Overlap, Round, Run, read_costs, read_overlaps, read_rounds, read_run
from reports.data.types import TypeRate, read_type_rates
from reports.data.worth import read_worths


@dataclass(frozen=True)
class Contents:
    """Everything that a report says.

    `worth` is what the judge is worth that gave the run's verdicts, in a few words, and `form` how well it reads them
    where it goes by their form alone. `confidence` is that of the intervals of its changes and of the frontier.
    """

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
    frontier: Frontier | None = None
    worth: str = ""
    form: FormError | None = None
    confidence: float = 0.95

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


def read_contents(views: Views, known: Known = NOTHING_KNOWN) -> Contents:
    """Read everything that a report says about the run, and join what is `known` beside the views."""
    scores = views.rows("run_scores")
    run = read_run(views)
    worths = read_worths(views, run, known.form)
    accepted = last_accepted(scores)
    decisions = read_decisions(views)
    return Contents(
        run=run,
        rounds=read_rounds(views),
        final=read_changes(views, scores, "final", "result", known.intervals, worths),
        gate=read_changes(views, scores, "gate", accepted, known.intervals, worths),
        trajectories=read_trajectories(scores),
        principles=read_principles(views),
        revisions=read_revisions(views),
        samples=read_samples(views),
        decisions=decisions,
        costs=read_costs(views),
        check=read_check(views),
        overlaps=read_overlaps(views),
        calibration=worths.calibrations[-1] if worths.calibrations else None,
        examination=worths.examinations[-1] if worths.examinations else None,
        types=read_type_rates(views),
        frontier=read_frontier(scores, known.places, decisions),
        worth=worths.of_run,
        form=worths.form_of_run,
        confidence=known.intervals.confidence,
    )
