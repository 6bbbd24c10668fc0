"""Any outcomes (shares, nats): the studentised mean of the clusters, with their skewness taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from iteralign.statistics.paired import Differences, Effect
from iteralign.statistics.power import detectable as smallest_detectable


@dataclass(frozen=True)
class MeanEffect(Effect):
    """A studentised mean. `skewness` is that of the clusters; `bounded` as in `Differences`."""

    skewness: float
    bounded: bool

    def p_above(self, value: float) -> float:
        return self._tail(self.estimate - value, 1.0)

    def p_below(self, value: float) -> float:
        return self._tail(value - self.estimate, -1.0)

    def _tail(self, distance: float, side: float) -> float:
        if self.clusters < 2:
            return 1.0
        if self.standard_error == 0.0:
            return self._tail_without_spread(distance)
        statistic = _skewness_corrected(side * distance / self.standard_error, self.skewness, self.clusters)
        return float(stats.t.sf(side * statistic, self.clusters - 1))

    def _tail_without_spread(self, distance: float) -> float:
        """All items equal. A share may still move in an item not seen; a loss that did is another model's."""
        if distance <= 0.0:
            return 1.0
        return float((1.0 - min(1.0, distance)) ** self.clusters) if self.bounded else 0.0

    def interval(self, confidence: float) -> tuple[float, float]:
        if self.clusters < 2:
            return (-1.0, 1.0) if self.bounded else (-math.inf, math.inf)
        tail = (1.0 - confidence) / 2.0
        if self.standard_error == 0.0:
            half = 1.0 - tail ** (1.0 / self.clusters) if self.bounded else 0.0
            return self._within(self.estimate - half, self.estimate + half)
        critical = float(stats.t.ppf(1.0 - tail, self.clusters - 1))
        upper, lower = (
            _inverse_skewness_corrected(side * critical, self.skewness, self.clusters) for side in (1.0, -1.0)
        )
        return self._within(self.estimate - upper * self.standard_error, self.estimate - lower * self.standard_error)

    def _within(self, low: float, high: float) -> tuple[float, float]:
        return (max(-1.0, low), min(1.0, high)) if self.bounded else (low, high)

    def detectable(self, level: float) -> float:
        return smallest_detectable(self.standard_error, level)


def mean_effect(differences: Differences) -> MeanEffect:
    """The effect behind any differences."""
    values, groups = differences.values, len(differences.sizes)
    estimate = float(values.mean())
    # Each cluster's share in the mean's error, scaled so that their mean square is the variance of one of them.
    residuals = np.bincount(differences.membership, weights=values - estimate) * groups / len(values)
    variance = float((residuals**2).sum()) / (groups - 1) if groups > 1 else 0.0
    spread = math.sqrt(variance)
    better, worse = differences.moves
    return MeanEffect(
        estimate=estimate,
        items=len(values),
        clusters=groups,
        better=better,
        worse=worse,
        method="studentised" if groups == len(values) else "studentised by cluster",
        standard_error=spread / math.sqrt(groups),
        skewness=float(stats.skew(residuals, bias=False)) if spread > 0.0 and groups > 2 else 0.0,
        bounded=differences.bounded,
    )


def _skewness_corrected(statistic: float, skewness: float, count: int) -> float:
    """Hall's monotone cubic, which takes the skewness out of a studentised mean.

    Source: Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54 (1992),
    221-228.
    """
    slope = skewness / (3.0 * math.sqrt(count))
    return statistic + slope * statistic**2 + slope**2 * statistic**3 / 3.0 + skewness / (6.0 * math.sqrt(count))


def _inverse_skewness_corrected(statistic: float, skewness: float, count: int) -> float:
    """The inverse of `_skewness_corrected`."""
    slope = skewness / (3.0 * math.sqrt(count))
    straight = statistic - skewness / (6.0 * math.sqrt(count))
    if abs(slope) < 1e-9:
        return straight
    return float((np.cbrt(1.0 + 3.0 * slope * straight) - 1.0) / slope)
