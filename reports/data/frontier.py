"""The frontier: attack success, or attacks not refused, against over-refusal; the base and candidates are points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.types import Row
from reports.data.decisions import Decision
from reports.data.known import Place, Places


@dataclass(frozen=True)
class Stop:
    """One model; `state` is base, accepted, passed over, rejected, inconclusive or undecided.

    The base has round and attempt 0.
    """

    state: str
    round: int
    attempt: int
    place: Place

    @property
    def name(self) -> str:
        """The base, or round and try."""
        return "base" if self.state == "base" else f"{self.round}.{self.attempt}"


@dataclass(frozen=True)
class Frontier:
    """The base, then the candidates in the order in which they were tried.

    `metric` is what was measured of the attacks. So many candidates are `missing` because one of their two values is.
    The gate accepts no over-refusal above the `limit`, its margin above the base; None where it does not protect it.
    """

    metric: str
    stops: tuple[Stop, ...]
    missing: int = 0
    limit: float | None = None

    @property
    def path(self) -> tuple[Stop, ...]:
        """The base and the accepted ones: where the run went."""
        return tuple(stop for stop in self.stops if stop.state in ("base", "accepted"))

    @property
    def partial(self) -> bool:
        """Whether some model was asked a part of the items only."""
        return any(stop.place.partial for stop in self.stops)


def read_frontier(scores: Sequence[Row], places: Places, decisions: Sequence[Decision]) -> Frontier | None:
    """The rows of `run_scores` with the places of their subjects; None without the base, or without any candidate."""
    base = places.of_subjects.get("base")
    of_gate = {
        (row["round"], row["attempt"]): row for row in scores if row["split"] == "gate" and row["round"] is not None
    }
    candidates = [of_gate[when] for when in sorted(of_gate)]
    stops = tuple(
        Stop(row["state"], row["round"], row["attempt"], places.of_subjects[row["subject"]])
        for row in candidates
        if row["subject"] in places.of_subjects
    )
    if base is None or not stops:
        return None
    missing = len(candidates) - len(stops)
    return Frontier(places.metric, (Stop("base", 0, 0, base), *stops), missing, _limit(base, decisions))


def _limit(base: Place, decisions: Sequence[Decision]) -> float | None:
    margins = [
        line.margin
        for decision in decisions
        for line in decision.comparisons
        if line.metric.endswith("/over_refusal") and line.role == "protect" and line.margin is not None
    ]
    return base.over_refusal.value + margins[-1] / 100 if margins else None
