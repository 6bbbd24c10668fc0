"""The mean paired difference of a metric, with its interval and its p-values against any margin.

`STATISTICS` says which statistic is for which differences. A new one is a module with a function that gives its
`Effect`, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

from iteralign.statistics.flips import flip_effect
from iteralign.statistics.mean import mean_effect
from iteralign.statistics.paired import Differences, Effect, differences_of


class Statistic(NamedTuple):
    """A way to an effect, and the differences that it is for."""

    is_for: Callable[[Differences], bool]
    effect: Callable[[Differences], Effect]


STATISTICS: dict[str, Statistic] = {
    "flips": Statistic(lambda differences: differences.are_flips, flip_effect),
    "mean": Statistic(lambda differences: True, mean_effect),
}
"""By name. The first that is for the differences at hand makes their effect."""


def effect_of(differences: Sequence[float], clusters: Sequence[Hashable], unit: str = "share") -> Effect:
    """The effect behind the items' differences, in the metric's `unit`; `clusters` names each item's query.

    Differences in "nats" have no bound; any others are those of shares, from -1 to 1. Raises ValueError without any
    item, for lengths that differ, and for a difference that is no finite number.
    """
    paired = differences_of(differences, clusters, bounded=unit != "nats")
    return next(each.effect(paired) for each in STATISTICS.values() if each.is_for(paired))
