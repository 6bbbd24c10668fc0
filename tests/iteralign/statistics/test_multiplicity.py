"""Many metrics, many looks."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from iteralign.statistics.multiplicity import holm, level_of_one_look


@settings(max_examples=30)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    """Which collects garbage at each call, and that takes long where torch is loaded too."""
    with mock.patch("gc.collect"):
        theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(theirs), abs=1e-10)


def test_nothing_to_correct_is_no_error() -> None:
    assert holm([]) == []


def test_looks_share_the_level() -> None:
    assert level_of_one_look(0.05, 20) == pytest.approx(0.0025)
    with pytest.raises(ValueError, match="at least one look"):
        level_of_one_look(0.05, 0)
