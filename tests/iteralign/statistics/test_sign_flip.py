"""The exact sign-flip test, and McNemar's as its case of single items."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from iteralign.statistics import sign_flip


@given(st.integers(0, 40), st.integers(0, 40))
def test_with_single_items_it_is_the_exact_mcnemar_test(better: int, worse: int) -> None:
    """Also with no discordant item at all; statsmodels' is two-sided."""
    gain, loss = sign_flip.p_value([1] * better + [-1] * worse), sign_flip.p_value([-1] * better + [1] * worse)
    two_sided = min(1.0, 2.0 * min(gain, loss))
    assert two_sided == pytest.approx(mcnemar([[5, better], [worse, 7]], exact=True).pvalue, abs=1e-10)
    expected = stats.binomtest(better, better + worse, alternative="greater").pvalue if better + worse else 1.0
    assert gain == pytest.approx(expected, abs=1e-10)


@given(st.lists(st.integers(-4, 4), max_size=8))
def test_it_counts_the_signs_that_reach_what_was_seen(gains: list[int]) -> None:
    sums = [sum(sign * abs(gain) for sign, gain in zip(signs, gains, strict=True))
            for signs in product((-1, 1), repeat=len(gains))]  # fmt: skip
    expected = sum(total >= sum(gains) for total in sums) / len(sums)
    assert sign_flip.p_value(gains) == pytest.approx(expected, abs=1e-12)


def test_items_that_moved_with_their_query_prove_less_than_items_that_moved_alone() -> None:
    assert sign_flip.p_value([3, 3, 3]) == 0.125
    assert sign_flip.p_value([1] * 9) == pytest.approx(2**-9)
