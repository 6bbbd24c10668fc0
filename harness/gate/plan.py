"""What a policy's metrics could at best conclude with the items that there are, before anything is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.gate.policy import Policy
from iteralign.statistics.effect import effect_of
from iteralign.statistics.multiplicity import level_of_one_look
from iteralign.statistics.power import items_needed
from tasks import catalog

MOVED = 0.05
"""The share of items that are taken to move either way, half of them for the better."""


@dataclass(frozen=True)
class DetectableEffect:
    """What one metric or pool can conclude, in its own unit.

    `excludes` is the loss that is ruled out when not one item moves; None for losses in nats, which always move, and
    for what a run is to improve.
    `detectable` is the smallest true effect that shows four times out of five while `MOVED` of the items move by
    chance; `needed` how many items it would take for one of the margin's size.
    """

    metric: str
    role: str
    items: int
    clusters: int
    margin: float
    unit: str
    excludes: float | None
    detectable: float | None
    needed: int | None

    @property
    def reachable(self) -> bool | None:
        """Whether the margin can be shown to be kept at best; None where that depends on how losses spread."""
        return None if self.excludes is None else self.excludes < self.margin


def detectable_effects(policy: Policy, clusters: Mapping[str, Sequence[str]], looks: int) -> list[DetectableEffect]:
    """For each metric and pool that decides; `clusters` names the query of each item that a metric counts, by key."""
    level = level_of_one_look(1.0 - policy.confidence, looks)
    roles = [*((key, "improve") for key in policy.improve), *((key, "protect") for key in policy.protected)]
    return [_reach(policy, key, role, clusters, level, once=looks == 1) for key, role in roles]


def _reach(
    policy: Policy, key: str, role: str, clusters: Mapping[str, Sequence[str]], level: float, *, once: bool
) -> DetectableEffect:
    queries = [query for member in policy.members(key) for query in clusters[member]]
    margin, unit = policy.margin(key) or 0.0, _unit(key)
    size = (key, role, len(queries), len(set(queries)), margin, unit)
    if unit == "nats":
        return DetectableEffect(*size, excludes=None, detectable=None, needed=None)
    still = effect_of([0.0] * len(queries), queries)
    moving = effect_of(_moving(len(queries)), queries)
    smallest = moving.detectable(level)
    # In a run what is to improve has to improve; only a release check, which looks once, asks what it lost.
    excludes = -still.interval(1.0 - 2.0 * level)[0] if once or role == "protect" else None
    needed = items_needed(len(queries), smallest, margin)
    return DetectableEffect(*size, excludes=excludes, detectable=smallest, needed=needed)


def _unit(key: str) -> str:
    metric = catalog.metric_of(key)
    return metric.unit if metric else "share"


def _moving(count: int) -> list[float]:
    """Differences of which the share `MOVED`, spread evenly, is not zero, by turns better and worse."""
    step = round(1.0 / MOVED)
    return [0.0 if number % step else 1.0 - 2.0 * (number // step % 2) for number in range(count)]
