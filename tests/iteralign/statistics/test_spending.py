"""Shares of a level."""

from __future__ import annotations

import pytest

from iteralign.statistics.spending import increments


def test_half_of_the_items_spend_a_sixteenth() -> None:
    assert increments([50, 100]) == [1 / 16, 15 / 16]
    assert increments([50, 100], power=2.0) == [0.25, 0.75]
    assert increments([817]) == [1.0]
    assert increments([]) == []


def test_shares_add_up_to_the_whole() -> None:
    assert sum(increments([125, 250, 500, 983])) == pytest.approx(1.0)


@pytest.mark.parametrize("asked", [[0, 5], [5, 5], [5, 3]])
def test_a_look_without_new_items_is_refused(asked: list[int]) -> None:
    with pytest.raises(ValueError, match="more items"):
        increments(asked)
