"""Tango's score method for paired proportions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from iteralign.statistics import tango

CRITICAL = float(stats.norm.ppf(0.975))


def likelihood_score(better: int, worse: int, items: int, difference: float) -> float:
    """The same statistic from its definition: the nuisance by maximising the likelihood, not by a formula."""

    def loss(worse_rate: float) -> float:
        same = 1.0 - difference - 2.0 * worse_rate
        parts = ((better, worse_rate + difference), (worse, worse_rate), (items - better - worse, same))
        return -math.fsum(count * math.log(max(rate, 1e-300)) for count, rate in parts if count)

    low, high = max(0.0, -difference), (1.0 - difference) / 2.0
    found = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13})
    rate = found.x
    variance = items * (2.0 * rate + difference - difference**2)
    return (better - worse - items * difference) / math.sqrt(variance)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 60), st.floats(-0.9, 0.9).filter(lambda d: abs(d) > 1e-3))
def test_the_score_is_that_of_the_likelihood(better: int, worse: int, rest: int, difference: float) -> None:
    items = better + worse + rest
    expected = likelihood_score(better, worse, items, difference)
    assert tango.score(better, worse, items, difference) == pytest.approx(expected, rel=1e-4, abs=1e-4)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 200))
def test_at_zero_the_score_is_mcnemars(better: int, worse: int, rest: int) -> None:
    expected = (better - worse) / math.sqrt(better + worse) if better + worse else 0.0
    assert tango.score(better, worse, better + worse + rest, 0.0) == pytest.approx(expected, abs=1e-10)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 200))
def test_the_ends_of_the_interval_are_where_the_score_is_critical(better: int, worse: int, rest: int) -> None:
    items = better + worse + rest
    low, high = tango.interval(better, worse, items, CRITICAL)
    assert -1.0 <= low <= (better - worse) / items <= high <= 1.0
    for end, side in ((low, 1.0), (high, -1.0)):
        if abs(end) < 1.0:
            assert tango.score(better, worse, items, end) == pytest.approx(side * CRITICAL, abs=1e-6)


def test_without_a_flip_some_loss_stays_possible() -> None:
    """z² of n + z² items, by hand."""
    low, high = tango.interval(0, 0, 58, CRITICAL)
    assert high == pytest.approx(CRITICAL**2 / (58 + CRITICAL**2))
    assert low == pytest.approx(-high)


def test_no_item_is_an_error() -> None:
    with pytest.raises(ValueError, match="no paired item"):
        tango.score(0, 0, 0, 0.0)
