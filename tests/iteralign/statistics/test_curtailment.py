"""The chance that a test still comes out."""

from __future__ import annotations

import numpy as np
import pytest

from iteralign.statistics.curtailment import conditional_power


@pytest.mark.parametrize(("mean_so_far", "rest"), [(0.1, 0.0), (0.0, 0.2), (-0.1, 0.3), (0.25, 0.25)])
def test_it_is_how_often_it_comes_out_when_the_rest_is_drawn(mean_so_far: float, rest: float) -> None:
    """Of 100 items 40 were seen, with a standard deviation of 1; the mean of all is to reach 0.2."""
    drawn = np.random.default_rng(1).normal(rest, 1.0, size=(20_000, 60)).mean(axis=1)
    often = (0.4 * mean_so_far + 0.6 * drawn >= 0.2).mean()
    assert conditional_power(mean_so_far, 1.0 / 40**0.5, 0.4, rest, 0.2) == pytest.approx(often, abs=0.012)


def test_where_nothing_is_left_it_is_settled() -> None:
    assert conditional_power(0.3, 0.1, 1.0, 0.0, 0.2) == 1.0
    assert conditional_power(0.1, 0.1, 1.0, 9.0, 0.2) == 0.0


def test_a_rest_that_can_not_move_leaves_the_mixture() -> None:
    """Half at 0.1 and half at 0.4 make 0.25."""
    assert conditional_power(0.1, 0.0, 0.5, 0.4, 0.2) == 1.0
    assert conditional_power(0.1, 0.0, 0.5, 0.4, 0.3) == 0.0
