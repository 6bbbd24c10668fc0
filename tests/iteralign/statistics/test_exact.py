"""Exact limits and tests, held against scipy."""

from __future__ import annotations

import pytest
from scipy.stats import beta, fisher_exact

from iteralign.statistics.exact import fisher, lower_limit


@pytest.mark.parametrize(("hits", "of"), [(1, 1), (1, 60), (43, 60), (60, 60), (30, 120)])
def test_the_lower_limit_is_that_of_the_beta_distribution(hits: int, of: int) -> None:
    assert lower_limit(hits, of) == pytest.approx(beta.ppf(0.05, hits, of - hits + 1))


@pytest.mark.parametrize("of", [0, 60])
def test_the_lower_limit_of_nothing_is_nothing(of: int) -> None:
    assert lower_limit(0, of) == 0.0


@pytest.mark.parametrize("table", [(18, 60, 1, 60), (0, 60, 0, 60), (3, 10, 2, 7), (60, 60, 0, 60), (5, 12, 5, 12)])
def test_the_p_value_is_that_of_fishers_exact_test(table: tuple[int, int, int, int]) -> None:
    hits, of, other, other_of = table
    expected = fisher_exact([[hits, of - hits], [other, other_of - other]]).pvalue
    assert fisher(*table) == pytest.approx(expected)


def test_without_a_second_group_there_is_no_difference() -> None:
    assert fisher(3, 10, 0, 0) == 1.0
