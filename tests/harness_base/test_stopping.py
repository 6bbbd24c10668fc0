"""What is said of a gate that asked only as much as it needed."""

from __future__ import annotations

import pytest

from harness_base.stopping import asked_of, leaning, stopping


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ((0, 0, ""), ""),
        ((4, 4, ""), "Decided after block 4 of 4."),
        ((2, 6, "harm"), "Decided after block 2 of 6, since the harm that it found stood."),
        ((3, 6, "futility"), "Decided after block 3 of 6, since a gain had become unlikely."),
    ],
)
def test_where_asking_ended(where: tuple[int, int, str], said: str) -> None:
    assert stopping(*where) == said


def test_how_many_were_asked_of_how_many() -> None:
    assert (asked_of(150, 983), asked_of(983, 983), asked_of(1500, 0)) == ("150 of 983", "983", "1,500")


def test_which_way_an_estimate_leans() -> None:
    assert "on the better side of the truth" in leaning("better")
    assert leaning("") == ""
