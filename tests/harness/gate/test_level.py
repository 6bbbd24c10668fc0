"""The interval of a single score."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.evaluation.records import Score, invalid_sample, score_of, valid_sample
from harness.gate.level import level_of


def scored(values: list[float], queries: int = 0, unit: str = "share") -> Score:
    samples = tuple(
        valid_sample(str(n), value, prompt=f"query {n % queries}" if queries else "") for n, value in enumerate(values)
    )
    return score_of("task", "acc", samples, higher_is_better=True, unit=unit)


def test_a_share_of_independent_items_has_wilsons_interval() -> None:
    expected = stats.binomtest(30, 100).proportion_ci(0.95, method="wilson")
    found = level_of(scored([float(n < 30) for n in range(100)]))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.clusters == 100


def test_items_that_share_a_query_and_go_together_count_as_few() -> None:
    """Ten queries of ten items each, all alike within one: as ten items."""
    found = level_of(scored([float(n % 10 < 5) for n in range(100)], queries=10))
    assert found.low is not None
    assert found.low < 0.27
    assert found.clusters == 10


def test_a_loss_has_the_interval_of_its_mean() -> None:
    values = list(np.random.default_rng(0).normal(2.0, 0.5, 400))
    expected = stats.t.interval(0.95, 399, np.mean(values), stats.sem(values))
    found = level_of(scored(values, unit="nats"))
    assert (found.low, found.high) == pytest.approx(expected, abs=0.005)


def test_a_share_never_leaves_0_to_1() -> None:
    found = level_of(scored([0.99, 1.0, 1.0, 0.98, 1.0, 0.999]))
    assert found.high is not None
    assert found.high <= 1.0


@pytest.mark.parametrize("score", [
    scored([1.0] * 4),
    scored([1.0] * 50, queries=1),
    score_of("task", "acc", (invalid_sample("1", "NaN"),), higher_is_better=True),
])  # fmt: skip
def test_what_tells_nothing_has_no_interval(score: Score) -> None:
    assert (level_of(score).low, level_of(score).high) == (None, None)
