"""Intervals that are good for whatever look one stops at, against a simulation that stops where it looks best."""

from __future__ import annotations

import numpy as np

from iteralign.statistics.effect import effect_of
from iteralign.statistics.spending import increments

LOOKS, ALPHA, RUNS = (40, 80, 160), 0.05, 400


def test_stopping_where_it_looks_best_leaves_the_coverage() -> None:
    """The level that all looks share is 10 % two-sided; a plain interval of that level at the best look misses more."""
    rng, truth = np.random.default_rng(1), 0.1
    repeated, plain = 0, 0
    for _ in range(RUNS):
        moves = rng.choice([1.0, 0.0, -1.0], p=[0.2, 0.7, 0.1], size=LOOKS[-1])
        at_looks = [effect_of(moves[:count].tolist(), range(count)) for count in LOOKS]
        shares = increments(LOOKS)
        repeated += all(
            _holds(effect.interval(1.0 - 2.0 * ALPHA * share), truth)
            for effect, share in zip(at_looks, shares, strict=True)
        )
        plain += all(_holds(effect.interval(1.0 - 2.0 * ALPHA), truth) for effect in at_looks)
    # Three standard errors of a share of 0.9 among as many runs.
    assert repeated / RUNS >= 0.9 - 3.0 * (0.09 / RUNS) ** 0.5
    assert plain / RUNS < 0.85


def _holds(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]
