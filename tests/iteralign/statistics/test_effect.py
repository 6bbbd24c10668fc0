"""The mean paired difference with its interval and p-values."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from iteralign.statistics.effect import effect_of


def flips(better: int, worse: int, same: int) -> list[float]:
    return [1.0] * better + [-1.0] * worse + [0.0] * same


def test_independent_flips_have_tangos_interval() -> None:
    found = effect_of(flips(50, 20, 430), range(500))
    low, high = found.interval(0.95)
    assert (found.estimate, found.items, found.better, found.worse) == (pytest.approx(0.06), 500, 50, 20)
    assert low < 0.06 < high
    assert found.method == "Tango"


def test_a_gain_is_tested_exactly() -> None:
    found = effect_of(flips(9, 1, 90), range(100))
    assert found.p_above(0.0) == pytest.approx(stats.binomtest(9, 10, alternative="greater").pvalue)
    assert found.p_below(0.0) == pytest.approx(stats.binomtest(9, 10, alternative="less").pvalue)


def test_the_interval_is_what_the_p_values_leave_open() -> None:
    """Its lower end is the margin that is just not shown to be kept."""
    found = effect_of(flips(12, 30, 458), range(500))
    low, high = found.interval(0.90)
    assert found.p_above(low) == pytest.approx(0.05, abs=1e-9)
    assert found.p_below(high) == pytest.approx(0.05, abs=1e-9)


def test_items_that_share_a_query_prove_less() -> None:
    differences = flips(12, 0, 48)
    alone = effect_of(differences, range(60))
    together = effect_of(differences, [number // 3 for number in range(60)])
    assert together.clusters == 20
    assert together.interval(0.95)[0] < alone.interval(0.95)[0]
    assert together.p_above(0.0) > alone.p_above(0.0)


def test_where_nothing_moved_the_clusters_bound_what_may_have() -> None:
    """25 queries of 58 rows leave more open than 58 queries."""
    alone = effect_of([0.0] * 58, range(58)).interval(0.95)
    together = effect_of([0.0] * 58, [number % 25 for number in range(58)]).interval(0.95)
    assert together[0] < alone[0] < 0.0 < alone[1] < together[1]
    assert effect_of([0.0] * 58, range(58)).p_above(0.0) == 1.0


@pytest.mark.parametrize("value", [-1.0, 1.0])
def test_where_everything_moved_the_clusters_bound_what_may_not_have(value: float) -> None:
    low, high = effect_of([value] * 58, [number % 25 for number in range(58)]).interval(0.95)
    assert (low, high) == (pytest.approx(0.77, abs=0.2), 1.0) if value > 0 else low == -1.0 and -0.95 < high < -0.5


def test_one_query_alone_proves_nothing() -> None:
    found = effect_of(flips(5, 0, 5), ["q"] * 10)
    assert found.interval(0.95) == (-1.0, 1.0)
    assert found.p_above(-0.5) == 1.0
    assert effect_of([0.1, 0.2], ["q", "q"], "nats").interval(0.95) == (-math.inf, math.inf)


@given(st.integers(0, 2**32 - 1))
def test_continuous_differences_have_nearly_students_interval_where_they_are_symmetric(seed: int) -> None:
    half = np.random.default_rng(seed).normal(size=40)
    values = np.concatenate([half, -half]) + 0.3
    low, high = effect_of(values.tolist(), range(80), "nats").interval(0.95)
    expected = stats.t.interval(0.95, 79, loc=values.mean(), scale=stats.sem(values))
    assert (low, high) == (pytest.approx(expected[0]), pytest.approx(expected[1]))


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 0.999))
def test_the_skewed_interval_is_what_its_p_values_leave_open(seed: int, confidence: float) -> None:
    values = np.random.default_rng(seed).exponential(size=60)
    found = effect_of(values.tolist(), [number // 2 for number in range(60)], "nats")
    low, high = found.interval(confidence)
    assert found.p_above(low) == pytest.approx((1.0 - confidence) / 2.0, abs=1e-6)
    assert found.p_below(high) == pytest.approx((1.0 - confidence) / 2.0, abs=1e-6)


def test_shares_that_did_not_move_leave_open_what_was_not_seen() -> None:
    """The exact limit for no event; a loss that did not move at all is the same model's."""
    share = effect_of([0.25] * 60, range(60))
    low, high = share.interval(0.95)
    assert high - 0.25 == 0.25 - low == pytest.approx(1.0 - 0.025 ** (1 / 60))
    assert effect_of([0.0] * 60, range(60), "nats").interval(0.95) == (0.0, 0.0)
    assert effect_of([0.0] * 60, range(60), "nats").p_above(0.0) == 1.0
    assert effect_of([0.0] * 60, range(60), "nats").p_above(-0.02) == 0.0


@pytest.mark.parametrize(
    ("differences", "clusters", "words"),
    [([], [], "no paired item"), ([1.0], [], "do not belong together"), ([math.nan], ["q"], "no finite number")],
)
def test_what_can_not_be_compared_is_an_error(differences: list[float], clusters: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        effect_of(differences, clusters)
