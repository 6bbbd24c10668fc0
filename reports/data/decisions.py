"""What the gate decided of each candidate, and the check of the result on items that no round has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness_base.display import CORRECTED, direction, order
from harness_base.stopping import asked_of, leaning, stopping
from harness_base.types import Fields
from harness_base.verdicts import VERDICTS
from reports.data.reading import Views, grouped


@dataclass(frozen=True)
class Comparison:
    """One line of a gate decision: the change, candidate less reference, with its interval, in points.

    Where `method` says that a judge's errors were taken out, the interval is of the change behind them.
    `clusters` counts the queries behind the items, and `detectable` is the smallest true effect, in points, that they
    would have shown four times out of five. A gate that asks in blocks had `planned` items to ask, 0 where it asks all
    at once; `leans` is the side of the truth on which the estimate lies on average where it asked fewer.
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
    planned: int = 0
    leans: str = ""

    @property
    def asked(self) -> str:
        """How many items were asked, of how many where those were not all."""
        return asked_of(self.items, self.planned)

    @property
    def corrected(self) -> bool:
        """Whether a judge's errors were taken out: how a stored method ends says so, and no statistic is named so."""
        return self.method.endswith(CORRECTED)

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
    """What the gate said of one candidate, and how that was trained.

    It decided after `block` of `blocks`, both 0 where all items were asked at once, and `stopped` says why not later.
    A candidate is `passed_over` that the gate let through, and a stronger one of its round as well.
    """

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
    block: int = 0
    blocks: int = 0
    stopped: str = ""
    passed_over: bool = False

    @property
    def state(self) -> str:
        """The outcome as it is shown: accepted, passed over, rejected or inconclusive."""
        shown = {"accept": "accepted", "reject": "rejected"}
        return "passed over" if self.passed_over else shown.get(self.outcome, self.outcome)

    @property
    def stopping(self) -> str:
        """One sentence on where asking ended, empty where all was asked at once."""
        return stopping(self.block, self.blocks, self.stopped)

    @property
    def leanings(self) -> tuple[str, ...]:
        """What an early end means for the estimates."""
        return tuple(dict.fromkeys(leaning(one.leans) for one in self.comparisons if one.leans))


def read_decisions(views: Views) -> tuple[Decision, ...]:
    """Every decision of the gate with its comparisons, in order."""
    rows = views.rows("gate_decisions", order="round, attempt")
    decisions = [_decision(group) for group in grouped(rows, "round", "attempt").values()]
    taken = {one.round: one.attempt for one in decisions if one.outcome == "accept"}  # the last one of each round
    return tuple(
        replace(one, passed_over=one.outcome == "accept" and one.attempt < taken[one.round]) for one in decisions
    )


def _decision(rows: Sequence[Fields]) -> Decision:
    first = rows[0]
    comparisons = [_comparison(row) for row in rows if row["metric"] is not None]
    return Decision(
        round=first["round"],
        attempt=first["attempt"],
        outcome=first["outcome"],
        reasons=tuple(first["reasons"]),
        steps=first["steps"],
        loss_first=first["loss_first"],
        loss_last=first["loss_last"],
        learning_rate=_number(first["settings"].get("learning_rate")),
        comparisons=tuple(sorted(comparisons, key=_by_role)),
        looks=first["looks"],
        block=first["block"],
        blocks=first["blocks"],
        stopped=first["stopped"],
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _by_role(comparison: Comparison) -> tuple[int, tuple[int, int, str]]:
    roles = ("improve", "protect", "show")
    task, _, metric = comparison.metric.rpartition("/")
    return (roles.index(comparison.role), order(task, metric))


def _comparison(row: Fields) -> Comparison:
    return Comparison(
        metric=row["metric"],
        role=row["role"],
        reference=row["reference"],
        result=row["result"],
        reason=row["reason"],
        candidate=row["candidate_value"],
        reference_value=row["reference_value"],
        change=row["change_points"],
        low=row["change_low_points"],
        high=row["change_high_points"],
        margin=row["margin_points"],
        items=row["items"],
        better=row["better"],
        worse=row["worse"],
        unit=row["unit"],
        clusters=row["clusters"],
        confidence=row["confidence"],
        detectable=row["detectable_points"],
        note=row["note"],
        higher_is_better=bool(row["higher_is_better"]),
        method=row["method"],
        planned=row["planned"] or 0,
        leans=row["leans"] or "",
    )


def read_check(views: Views) -> Check | None:
    """The verdict on the run's result; None where it was not checked."""
    rows = views.rows("check_decisions", where="kind = 'final'")
    return Check(VERDICTS[rows[-1]["outcome"]], tuple(rows[-1]["reasons"])) if rows else None
