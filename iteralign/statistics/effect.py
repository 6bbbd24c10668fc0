"""The mean paired difference of a metric, with its interval and its p-values against any margin.

Two kinds of numbers, one interface:

- outcomes of 0 or 1, so that an item got better, got worse or stayed: Tango's score method. Where items share a query,
  the counts are deflated by the design effect, and the t distribution of the clusters stands in for the normal one.
- anything else (shares, nats): the studentised mean of the clusters, with their skewness taken out.

A difference from zero of 0/1 outcomes is tested exactly, by flipping signs of clusters.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from iteralign.statistics import sign_flip, tango

Unit = Literal["share", "nats", ""]
FEW_CLUSTERS = 8
"""With fewer clusters in which an item went another way than most, nothing tells how alike a cluster's items are."""


@dataclass(frozen=True)
class Effect(ABC):
    """What a metric's paired differences say. Positive means better; values are in the metric's unit.

    `standard_error` is that of the estimate, 0 where nothing moved.
    """

    estimate: float
    items: int
    clusters: int
    better: int
    worse: int
    method: str
    standard_error: float

    @abstractmethod
    def p_above(self, value: float) -> float:
        """The one-sided p-value for a true effect above `value`: small where that is shown."""

    @abstractmethod
    def p_below(self, value: float) -> float:
        """The one-sided p-value for a true effect below `value`."""

    @abstractmethod
    def interval(self, confidence: float) -> tuple[float, float]:
        """The two-sided interval."""


def effect_of(differences: Sequence[float], clusters: Sequence[Hashable], unit: Unit = "share") -> Effect:
    """The effect behind an item's differences, each -1, 0 or 1 for 0/1 outcomes; `clusters` names each item's query.

    Raises ValueError without any item, for lengths that differ, and for a difference that is no finite number.
    """
    values = np.asarray(differences, dtype=float)
    if not len(values):
        raise ValueError("there is no paired item to compare")
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} differences and {len(clusters)} clusters do not belong together")
    if not np.isfinite(values).all():
        raise ValueError("a difference is no finite number")
    _, membership = np.unique(_numbered(clusters), return_inverse=True)
    if unit != "nats" and np.isin(values, (-1.0, 0.0, 1.0)).all():
        return _flips(values, membership)
    return _mean(values, membership, bounded=unit != "nats")


def _numbered(clusters: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]


@dataclass(frozen=True)
class _Flips(Effect):
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


def _flips(values: NDArray[np.float64], membership: NDArray[Any]) -> _Flips:
    sizes = np.bincount(membership)
    net = np.bincount(membership, weights=values)
    estimate = float(values.mean())
    independent = len(sizes) == len(values)
    design_effect, freedom = (1.0, None) if independent else _design_effect(values, membership, sizes, net)
    method = "Tango" if independent else "Tango, clusters deflated"
    return _Flips(
        estimate=estimate, items=len(values), clusters=len(sizes),
        better=int((values > 0).sum()), worse=int((values < 0).sum()), method=method,
        standard_error=math.sqrt(design_effect * max(0.0, float(values.var())) / len(values)),
        design_effect=design_effect, freedom=freedom, net_gains=tuple(int(gain) for gain in net),
    )  # fmt: skip


def _design_effect(
    values: NDArray[np.float64], membership: NDArray[Any], sizes: NDArray[Any], net: NDArray[Any]
) -> tuple[float, int | None]:
    """The variance of the clusters' ratio estimator over that of independent items, never below 1 (Rao and Scott).

    With the degrees of freedom that it was estimated with: those of the clusters that differ, since the others say
    little of how alike items are. With few clusters in which an item went another way than
    most, it is the most that it can be, the mean size of an item's cluster (Kish, Survey Sampling, 1965, section 5.4,
    at a correlation of 1).
    """
    most = float((sizes**2).sum() / sizes.sum())
    commonest = max((-1.0, 0.0, 1.0), key=lambda value: int((values == value).sum()))
    different = len(np.unique(membership[values != commonest]))
    if different < FEW_CLUSTERS:
        return most, None
    residuals = net - sizes * values.mean()
    of_clusters = float((residuals**2).sum()) * len(sizes) / (len(sizes) - 1) / len(values) ** 2
    return max(1.0, of_clusters / (float(values.var()) / len(values))), different - 1


@dataclass(frozen=True)
class _Mean(Effect):
    """Any other outcome: a studentised mean. `least` bounds the half-width of shares that did not move at all."""

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


def _mean(values: NDArray[np.float64], membership: NDArray[Any], *, bounded: bool) -> _Mean:
    sizes = np.bincount(membership)
    groups = len(sizes)
    estimate = float(values.mean())
    # Each cluster's share in the mean's error, scaled so that their mean square is the variance of one of them.
    residuals = np.bincount(membership, weights=values - estimate) * groups / len(values)
    variance = float((residuals**2).sum()) / (groups - 1) if groups > 1 else 0.0
    spread = math.sqrt(variance)
    skewness = float(stats.skew(residuals, bias=False)) if spread > 0.0 and groups > 2 else 0.0
    return _Mean(
        estimate=estimate, items=len(values), clusters=groups,
        better=int((values > 0).sum()), worse=int((values < 0).sum()),
        method="studentised" if groups == len(values) else "studentised by cluster",
        standard_error=spread / math.sqrt(groups), skewness=skewness, bounded=bounded,
    )  # fmt: skip


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
