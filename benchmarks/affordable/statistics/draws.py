"""The p-values of simulated metrics at every look, by the project's own statistics: arrays over attempts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from scipy import stats

from benchmarks.affordable.statistics.metrics import REAL, Floats, Ints, Simulated, chances, clustered_moves, losses
from harness.gate.blocks import BlockPlan
from iteralign.statistics.effect import effect_of
from iteralign.statistics.paired import Effect
from iteralign.statistics.power import detectable_flip

FIELDS: Final = ("estimate", "better", "worse", "kept", "detectable")
ESTIMATE, BETTER, WORSE, KEPT, DETECTABLE = range(5)


def counted_items(metric: Simulated, plan: BlockPlan) -> tuple[int, ...]:
    """How many of the metric's own items have been asked by each of its looks."""
    looks = plan.looks[metric.key]
    if not metric.counted:
        return tuple(look.rows for look in looks)
    (task,) = metric.tasks
    order = plan.rows(task, len(plan.blocks))
    return tuple(sum(row < metric.counted for row in order[: look.rows]) for look in looks)


class Draws:
    """Simulated attempts under one policy and plan, at the one-sided `level` of a metric's own test for what it could
    detect. `correlation` is how alike the items of a query move.
    """

    def __init__(self, plan: BlockPlan, margins: Floats, correlation: float, level: float) -> None:
        self._items = [counted_items(one, plan) for one in REAL]
        self._margins, self._correlation, self._level = margins.tolist(), correlation, level
        self._known: dict[tuple[int, float, int], Floats] = {}

    def attempts(self, effects: Sequence[float], count: int) -> list[Floats]:
        """For each metric, with its true effect, `count` attempts: (attempts, looks, FIELDS). The same for the same."""
        return [self._same(number, float(effect), count) for number, effect in enumerate(effects)]

    def _same(self, number: int, effect: float, count: int) -> Floats:
        key = (number, effect, count)
        if key not in self._known:
            rng = np.random.default_rng([number, round(1e6 * (effect + 2.0)), count])
            self._known[key] = self.drawn(rng, number, np.full(count, effect))
        return self._known[key]

    def drawn(self, rng: np.random.Generator, number: int, effects: Floats) -> Floats:
        """New attempts of one metric, whose true effects are given one by one."""
        metric, items, margin = REAL[number], self._items[number], self._margins[number]
        if metric.is_loss:
            return of_losses(losses(rng, (len(effects), items[-1])) + effects[:, None], items, margin)
        if metric.is_clustered:
            return np.array([self._clustered(rng, metric, margin, effect) for effect in effects.tolist()])
        found = np.empty((len(effects), len(items), len(FIELDS)))
        for effect in np.unique(effects):
            which = effects == effect
            found[which] = self._counted(rng, metric, items, margin, float(effect), int(which.sum()))
        return found

    def _counted(
        self,
        rng: np.random.Generator,
        metric: Simulated,
        items: Sequence[int],
        margin: float,
        effect: float,
        count: int,
    ) -> Floats:
        new = np.diff((0, *items))
        moved = np.stack([rng.multinomial(n, chances(metric.moving, effect), size=count) for n in new], axis=1)
        counts = moved[:, :, [0, 2]].cumsum(axis=1)
        each = [of_flips(counts[:, look], of, margin, self._level) for look, of in enumerate(items)]
        return np.stack(each, axis=1)

    def _clustered(
        self, rng: np.random.Generator, metric: Simulated, margin: float, effect: float
    ) -> list[tuple[float, ...]]:
        moves = clustered_moves(rng, metric, effect, self._correlation)
        clusters = [number for number, size in enumerate(metric.sizes) for _ in range(size)]
        return [_fields(effect_of(moves.tolist(), clusters), margin)]


def of_losses(changes: Floats, items: Sequence[int], margin: float) -> Floats:
    """The FIELDS of losses in nats, attempts by rows, as `effect_of` gives them one by one; nothing is detectable."""
    found = np.zeros((len(changes), len(items), len(FIELDS)))
    for look, count in enumerate(items):
        part = changes[:, :count]
        above_zero = _above(part, 0.0)
        found[:, look, :DETECTABLE] = np.stack(
            [part.mean(axis=1), above_zero, 1.0 - above_zero, _above(part, -margin)], axis=1
        )
    return found


def _above(part: Floats, value: float) -> Floats:
    """One-sided p-values of the studentised means, with their skewness taken out by Hall's cubic."""
    count = part.shape[1]
    plain = (part.mean(axis=1) - value) / (part.std(axis=1, ddof=1) / math.sqrt(count))
    slope = stats.skew(part, axis=1, bias=False) / (3.0 * math.sqrt(count))
    return np.asarray(stats.t.sf(plain + slope * plain**2 + slope**2 * plain**3 / 3.0 + slope / 2.0, count - 1))


def of_flips(counts: Ints, items: int, margin: float, level: float) -> Floats:
    """The FIELDS of independent 0/1 outcomes, as `effect_of` gives them: from (attempts, better and worse)."""
    better, worse = counts[:, 0], counts[:, 1]
    moved = better + worse
    detectable = np.array([_detectable(n, items, level) for n in range(int(moved.max()) + 1)])[moved]
    up, down = (stats.binom.sf(side - 1, moved, 0.5) for side in (better, worse))
    kept = stats.norm.sf(_tango(better, worse, items, -margin))
    return np.stack([(better - worse) / items, up, down, kept, detectable], axis=1)


def _tango(better: Ints, worse: Ints, items: int, difference: float) -> Floats:
    """The score statistic of each attempt, with the nuisance as the larger root of the likelihood's quadratic."""
    linear = (2.0 * items - better + worse) * difference - better - worse
    root = np.sqrt(linear**2 + 8.0 * items * worse * difference * (1.0 - difference))
    nuisance = np.maximum(0.0, (root - linear) / (4.0 * items))
    variance = items * (2.0 * nuisance + difference * (1.0 - difference))
    return np.asarray((better - worse - items * difference) / np.sqrt(variance))


@cache
def _detectable(moved: int, items: int, level: float) -> float:
    return detectable_flip(float(moved), float(items), level)


def _fields(effect: Effect, margin: float) -> tuple[float, ...]:
    """Those of clustered items, which are asked in one look, so that what they could detect decides nothing."""
    return effect.estimate, effect.p_above(0.0), effect.p_below(0.0), effect.p_above(-margin), 0.0
