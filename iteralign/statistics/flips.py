"""0/1 outcomes, so that an item got better, got worse or stayed: Tango's score method, and an exact test of zero.

Where items share a query, the counts are deflated by the design effect, and the t distribution of the clusters stands
in for the normal one. A difference from zero is tested exactly, by flipping signs of clusters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from iteralign.statistics import sign_flip, tango
from iteralign.statistics.paired import Differences, Effect
from iteralign.statistics.power import detectable_flip

FEW_CLUSTERS = 8
"""With fewer clusters in which an item went another way than most, nothing tells how alike a cluster's items are."""


@dataclass(frozen=True)
class FlipEffect(Effect):
    """0/1 outcomes: `design_effect` is how many times larger the variance is than that of independent items.

    `freedom` is the t distribution's where that was estimated from the clusters, None where nothing was estimated.
    """

    design_effect: float
    freedom: int | None
    net_gains: tuple[int, ...]

    @property
    def _counts(self) -> tuple[float, float, float]:
        return self.better / self.design_effect, self.worse / self.design_effect, self.items / self.design_effect

    def p_above(self, value: float) -> float:
        if value == 0.0:
            return sign_flip.p_value(self.net_gains)
        return self._tail(tango.score(*self._counts, value))

    def p_below(self, value: float) -> float:
        if value == 0.0:
            return sign_flip.p_value([-gain for gain in self.net_gains])
        return self._tail(-tango.score(*self._counts, value))

    def _tail(self, score: float) -> float:
        if self.clusters < 2 <= self.items:
            return 1.0
        return float(stats.norm.sf(score) if self.freedom is None else stats.t.sf(score, self.freedom))

    def interval(self, confidence: float) -> tuple[float, float]:
        if self.clusters < 2 <= self.items:
            return -1.0, 1.0
        tail = 0.5 + confidence / 2.0
        critical = stats.norm.ppf(tail) if self.freedom is None else stats.t.ppf(tail, self.freedom)
        return tango.interval(*self._counts, float(critical))

    def detectable(self, level: float) -> float:
        moved = self.better + self.worse
        # An item counts for less where it shares its query.
        design_effect = 1.0
        independent = (moved / self.items - self.estimate**2) / self.items
        if self.standard_error > 0.0 and independent > 0.0:
            design_effect = max(1.0, self.standard_error**2 / independent)
        elif self.clusters < self.items:
            design_effect = self.items / self.clusters
        return detectable_flip(moved / design_effect, self.items / design_effect, level)


def flip_effect(differences: Differences) -> FlipEffect:
    """The effect behind differences of -1, 0 and 1."""
    values, sizes = differences.values, differences.sizes
    net = np.asarray(np.bincount(differences.membership, weights=values), dtype=float)
    independent = len(sizes) == len(values)
    design_effect, freedom = (1.0, None) if independent else _design_effect(differences, net)
    better, worse = differences.moves
    return FlipEffect(
        estimate=float(values.mean()),
        items=len(values),
        clusters=len(sizes),
        better=better,
        worse=worse,
        method="Tango" if independent else "Tango, clusters deflated",
        standard_error=math.sqrt(design_effect * max(0.0, float(values.var())) / len(values)),
        design_effect=design_effect,
        freedom=freedom,
        net_gains=tuple(int(gain) for gain in net),
    )


def _design_effect(differences: Differences, net: NDArray[np.float64]) -> tuple[float, int | None]:
    """The variance of the clusters' ratio estimator over that of independent items, never below 1 (Rao and Scott).

    With the degrees of freedom that it was estimated with: those of the clusters that differ, since the others say
    little of how alike items are. With few clusters in which an item went another way than
    most, it is the most that it can be, the mean size of an item's cluster (Kish, Survey Sampling, 1965, section 5.4,
    at a correlation of 1).
    """
    values, sizes = differences.values, differences.sizes
    largest = float((sizes**2).sum() / sizes.sum())
    commonest = max((-1.0, 0.0, 1.0), key=lambda value: int((values == value).sum()))
    different = len(np.unique(differences.membership[values != commonest]))
    if different < FEW_CLUSTERS:
        return largest, None
    residuals = net - sizes * values.mean()
    of_clusters = float((residuals**2).sum()) * len(sizes) / (len(sizes) - 1) / len(values) ** 2
    return max(1.0, of_clusters / (float(values.var()) / len(values))), different - 1
