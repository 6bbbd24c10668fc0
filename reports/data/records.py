"""What a report says about a run, as plain data read from the store's views.

Values are in the metric's own unit (shares from 0 to 1 for rates); `points` are hundredths of it, which are percentage
points for shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness_base.display import direction


@dataclass(frozen=True)
class Run:
    """One row of `run_overview`, its JSON read."""

    run_id: int
    name: str
    model: str
    oracle: str
    seed: int
    practice: bool
    status: str
    outcome: str
    started_at: str
    finished_at: str | None
    rounds: int
    accepted_rounds: int
    last_stage: str
    prompts: int
    skipped: dict[str, int]
    config: dict[str, Any]
    environment: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """One row of `round_overview`: in `revisions` tries `kept_revisions` of `revised` violating answers were mended."""

    number: int
    status: str
    reason: str
    responses: int
    violations: int
    unscored: int
    proposals: int
    revised: int
    revisions: int
    kept_revisions: int
    attempts: int
    seconds: float


@dataclass(frozen=True)
class Change:
    """One metric of the base and of the model that the run ended with, on one split.

    `change_points` is the result less the base, and `low_points` to `high_points` its interval where it is known;
    `gain_points` is the same change signed so that positive is better, to count and colour by. `better` and `worse`
    count the items that moved. A value that could not be measured is None, and `problem` says why.
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


@dataclass(frozen=True)
class Point:
    """One candidate's value of a metric; `state` is accepted, rejected, inconclusive or undecided."""

    round: int
    attempt: int
    state: str
    value: float | None


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


@dataclass(frozen=True)
class PrincipleEffect:
    """What a principle mends of violations that it was not proposed from, beyond what is mended without it, in points.

    `low` and `high` are its interval; `refused_more` the points of harmless prompts refused because of it.
    """

    points: float
    low: float
    high: float
    violations: int
    refused_more: float | None


@dataclass(frozen=True)
class Evidence:
    """A violation that a principle rests on."""

    prompt: str
    response: str
    category: str


@dataclass(frozen=True)
class Principle:
    """One principle: `adopted_round` is None for a proposal that was merged into another or dropped."""

    text: str
    round: int
    adopted_round: int | None
    first_version: int | None
    in_force: bool
    evidence: tuple[Evidence, ...]
    worth: PrincipleEffect | None = None
    outcome: str = ""
    reason: str = ""

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of its evidence, each once."""
        return tuple(dict.fromkeys(one.category for one in self.evidence if one.category))


@dataclass(frozen=True)
class Example:
    """What was answered to one prompt before and after. `kind` says in a word or two what the pair shows."""

    group: str
    kind: str
    prompt: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """One line of a gate decision: the change, candidate less reference, with its interval, in points.

    Where `method` says that a judge's errors were taken out, the interval is of the change behind them.
    `clusters` counts the queries behind the items, and `detectable` is the smallest true effect, in points, that they
    would have shown four times out of five.
    """

    metric: str
    role: str
    reference: str
    result: str
    reason: str
    candidate: float | None
    reference_value: float | None
    change: float | None
    low: float | None
    high: float | None
    margin: float | None
    items: int
    better: int
    worse: int
    unit: str = "share"
    clusters: int = 0
    confidence: float | None = None
    detectable: float | None = None
    note: str = ""
    higher_is_better: bool = True
    method: str = ""

    @property
    def direction(self) -> str:
        """Better, worse, same, or nothing where there is no change to speak of."""
        change = None if self.change is None else self.change / 100
        return direction(change, self.unit, higher_is_better=self.higher_is_better)


@dataclass(frozen=True)
class Check:
    """What the items that no round has seen say of the result; `verdict` is GO, NO-GO or INCONCLUSIVE."""

    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """What the gate said of one candidate, and how that was trained."""

    round: int
    attempt: int
    outcome: str
    reasons: tuple[str, ...]
    steps: int
    loss_first: float | None
    loss_last: float | None
    learning_rate: float | None
    comparisons: tuple[Comparison, ...]
    looks: int = 1


@dataclass(frozen=True)
class Cost:
    """The seconds of one stage of one round; `round` is None outside of the rounds."""

    round: int | None
    stage: str
    seconds: float


@dataclass(frozen=True)
class Overlap:
    """How many texts of one kind were kept from training because they match items of a task; `how` says in what way."""

    kind: str
    task: str
    how: str
    texts: int


@dataclass(frozen=True)
class Trust:
    """One number of a judge held against people's labels, with its interval and how many answers it rests on.

    What could not be measured is None, and so are the ends where there was too little for an interval.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    of: int
    unit: str = "share"


@dataclass(frozen=True)
class Calibration:
    """The newest calibration of the run's oracle; `labels` names what it rests on, `models` whose answers those are."""

    oracle: str
    labels: str
    made_at: str
    answers: int
    unscored: int
    confidence: float
    numbers: tuple[Trust, ...]
    models: tuple[str, ...]


@dataclass(frozen=True)
class Examination:
    """How the run's judge did on plain cases before its verdicts counted; the least shares are one-sided, at 95 %.

    `trusted` is whether it failed and was used all the same. `area` is the area under the curve of a judge's scores and
    `threshold` where its line is drawn, both None for one that gives none.
    """

    oracle: str
    made_at: str
    passed: bool
    trusted: bool
    found: int
    violations: int
    min_found: float
    let_pass: int
    satisfactory: int
    min_let_pass: float
    unscored: int
    area: float | None
    threshold: float | None


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
