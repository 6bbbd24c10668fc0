"""Looking at many metrics, and looking again every round, without crying wolf more often than once said."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given; what is at most alpha is rejected, with an error rate of alpha in all.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65-70. Needs nothing known about how the tests depend on each other.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def level_of_one_look(alpha: float, looks: int) -> float:
    """The level of each of `looks` looks at the same items, so that all together err at most with `alpha`.

    The union (Boole-Bonferroni) bound: it holds however the looks depend on each other and whatever decides whether
    there is another one, which no spending function for independent increments can promise here, since every candidate
    is another model. Raises ValueError for less than one look.
    """
    if looks < 1:
        raise ValueError("a decision takes at least one look")
    return alpha / looks
