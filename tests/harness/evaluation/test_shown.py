"""A change as it is shown: the difference of the figures, whichever way the metric goes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.evaluation.shown import Change, shown_change
from harness_base.display import difference
from iteralign.core.records import Comparison

FELL = Comparison(
    "attack/success", "improve", "base", "pass", "", candidate_value=0.002, reference_value=0.814,
    effect=0.812, low=0.77, high=0.85, higher_is_better=False,
)  # fmt: skip


def test_attack_success_that_fell_has_a_negative_change_and_its_interval_too() -> None:
    change = shown_change(FELL)
    assert change.value == pytest.approx(0.002 - 0.814)
    assert (change.low, change.high) == (-0.85, -0.77)


def test_accuracy_that_rose_has_a_positive_one() -> None:
    rose = replace(FELL, candidate_value=0.9, reference_value=0.6, effect=0.3, low=0.2, high=0.4, higher_is_better=True)
    assert shown_change(rose) == Change(pytest.approx(0.3), 0.2, 0.4)  # type: ignore[arg-type]  # near enough


def test_what_was_not_compared_has_the_difference_of_its_figures_and_no_interval() -> None:
    assert shown_change(replace(FELL, effect=None, low=None, high=None)) == Change(pytest.approx(-0.812))  # type: ignore[arg-type]
    assert shown_change(replace(FELL, candidate_value=None, effect=None)) == Change(None)


def test_an_interval_without_an_end_has_none_there() -> None:
    assert shown_change(replace(FELL, low=-math.inf, high=math.inf)).low is None


def test_what_lies_behind_a_judges_errors_stands_beside_the_counted_change() -> None:
    corrected = shown_change(replace(FELL, effect=0.9, corrected=True))
    assert corrected.value == pytest.approx(-0.812)
    assert corrected.corrected == -0.9


def test_a_change_is_the_difference_of_the_figures_as_a_reader_sees_them() -> None:
    """12.0 to 89.4 is 77.4, whatever was rounded off: 11.96 to 89.41 would be 77.5."""
    assert difference(0.1196, 0.8941) == pytest.approx(0.774, abs=1e-12)
    assert difference(0.3, 0.30004) == 0
    assert difference(None, 0.3) is None
    assert difference(0.3, math.nan) is None
