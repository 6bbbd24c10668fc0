"""What a statistic of paired differences is given, and what it says of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Differences:
    """The differences of paired items, positive where the item got better, and the cluster that each belongs to.

    `values` has one float an item; `membership` has the number of its cluster, counted from 0. `bounded` says that a
    difference lies between -1 and 1, as that of two shares does.
    """

    values: NDArray[np.float64]
    membership: NDArray[np.int64]
    bounded: bool

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The items of each cluster."""
        return np.bincount(self.membership)

    @property
    def moves(self) -> tuple[int, int]:
        """How many items got better, and how many worse."""
        return int((self.values > 0).sum()), int((self.values < 0).sum())

    @property
    def are_flips(self) -> bool:
        """Whether they are those of 0/1 outcomes: each item got better, got worse or stayed."""
        return self.bounded and bool(np.isin(self.values, (-1.0, 0.0, 1.0)).all())


@dataclass(frozen=True)
class Effect(ABC):
    """What a metric's paired differences say. Positive means better; values are in the metric's unit.

    `method` names how the interval is made, for people. `standard_error` is that of the estimate, 0 where nothing
    moved.
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

    @abstractmethod
    def detectable(self, level: float) -> float:
        """The smallest true effect that a one-sided test at `level` would have shown in four of five such samples."""


def differences_of(values: Sequence[float], clusters: Sequence[Hashable], *, bounded: bool) -> Differences:
    """The differences with their clusters, each of which `clusters` names, item by item.

    Raises ValueError without any item, for lengths that differ, and for a difference that is no finite number.
    """
    array = np.asarray(values, dtype=float)
    if not len(array):
        raise ValueError("there is no paired item to compare")
    if len(array) != len(clusters):
        raise ValueError(f"{len(array)} differences and {len(clusters)} clusters do not belong together")
    if not np.isfinite(array).all():
        raise ValueError("a difference is no finite number")
    _, membership = np.unique(_numbered(clusters), return_inverse=True)
    return Differences(array, membership, bounded)


def _numbered(clusters: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
