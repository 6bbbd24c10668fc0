"""One metric held against another, item by item."""

from __future__ import annotations

import math

import pytest

from harness.evaluation.records import Sample, Score, invalid_sample, score_of, valid_sample
from harness.gate.compare import (
    differences_of,
    least_half_width,
    paired_difference,
    why_not_comparable,
    why_not_paired,
)


def score(*values: float | None, higher: bool = True, ids: str = "abcdefgh") -> Score:
    samples = tuple(_sample(name, value) for name, value in zip(ids, values, strict=False))
    return score_of("task", "acc", samples, higher_is_better=higher, greatest_invalid_share=1.0)


def _sample(name: str, value: float | None) -> Sample:
    return invalid_sample(name, "why") if value is None else valid_sample(name, value)


def test_an_effect_has_the_paired_normal_interval() -> None:
    """0.06 over 500 items of which 50 rose and 20 fell, worked by hand: s² = 70/499 − 500·0.06²/499."""
    found = paired_difference([1.0] * 50 + [-1.0] * 20 + [0.0] * 430, 0.95)
    half = 1.959964 * math.sqrt((70 - 500 * 0.06**2) / 499 / 500)
    assert found.effect == pytest.approx(0.06)
    assert (found.low, found.high) == (pytest.approx(0.06 - half, abs=1e-7), pytest.approx(0.06 + half, abs=1e-7))
    assert (found.items, found.better, found.worse) == (500, 50, 20)


def test_without_a_flip_the_exact_limit_for_no_event_remains() -> None:
    """Near the rule of three's 3/n at 95 % one-sided; `facts` gives 9.8 points on 58 items at .05/20."""
    found = paired_difference([0.0] * 200, 0.90)
    assert found.high == -found.low == pytest.approx(3 / 200, rel=0.02)
    assert least_half_width(58, 1 - 2 * 0.05 / 20) == pytest.approx(0.098, abs=5e-4)


def test_a_single_flip_does_not_narrow_the_interval() -> None:
    """Below what no flip at all would leave open."""
    none = paired_difference([0.0] * 500, 0.95)
    one = paired_difference([1.0] + [0.0] * 499, 0.95)
    assert one.high - one.low >= none.high - none.low


def test_an_interval_stays_within_what_is_possible() -> None:
    """Three items that all rose prove little, and no more than all."""
    found = paired_difference([1.0, 1.0, 1.0], 0.95)
    assert found.high == 1.0
    assert found.low < 0.5
    alone = paired_difference([1.0], 0.95)
    assert (alone.low, alone.high) == (-1.0, 1.0)


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    """Around the same effect."""
    differences = [1.0] * 30 + [-1.0] * 10 + [0.0] * 60
    narrow, wide = paired_difference(differences, 0.8), paired_difference(differences, 0.99)
    assert narrow.effect == wide.effect
    assert wide.low < narrow.low < narrow.high < wide.high


def test_nothing_to_compare_is_an_error() -> None:
    """And not an effect of zero."""
    with pytest.raises(ValueError):
        paired_difference([], 0.95)


def test_positive_is_better_whichever_way_the_metric_runs() -> None:
    """A rate that should fall is turned round."""
    assert differences_of(score(1.0, 0.0), score(0.0, 0.0)) == [1.0, 0.0]
    assert differences_of(score(1.0, 0.0, higher=False), score(0.0, 1.0, higher=False)) == [-1.0, 1.0]


def test_items_are_paired_by_id_and_not_by_place() -> None:
    """The reference has them in another order."""
    assert differences_of(score(1.0, 0.0, ids="ab"), score(1.0, 0.0, ids="ba")) == [1.0, -1.0]


def test_an_item_invalid_on_either_side_is_left_out() -> None:
    """It is no difference of zero."""
    assert differences_of(score(1.0, None, 1.0), score(0.0, 1.0, None)) == [1.0]


def test_a_missing_score_is_named() -> None:
    """With whose evaluation lacks it."""
    assert why_not_comparable(None, "base's", "task/acc", 0.02) == "task/acc is missing from the base's evaluation"


def test_an_invalid_score_passes_its_reason_on() -> None:
    """Whatever made it so."""
    broken = Score("task", "acc", None, "invalid", "all is NaN", 3, 3, True, ())
    assert "all is NaN" in why_not_comparable(broken, "candidate's", "task/acc", 0.02)


def test_a_value_of_nan_is_invalid_whatever_its_status_says() -> None:
    """A score that was not made by us might hold one."""
    broken = Score("task", "acc", math.nan, "valid", "", 1, 0, True, (valid_sample("a", 1.0),))
    assert why_not_comparable(broken, "candidate's", "task/acc", 0.02)


def test_too_many_invalid_samples_are_too_many() -> None:
    """By the policy's share, on a score that still counts as valid."""
    some = score(1.0, None, 1.0, 1.0)
    assert why_not_comparable(some, "candidate's", "task/acc", 0.25) == ""
    assert "1 invalid of 4" in why_not_comparable(some, "candidate's", "task/acc", 0.24)


def test_other_items_cannot_be_paired() -> None:
    """Nor can a score without samples, a repeated id, or one that runs the other way."""
    assert "no partner" in why_not_paired(score(1.0, ids="a"), score(1.0, ids="b"), 0.02)
    assert "no samples" in why_not_paired(score(), score(), 0.02)
    assert why_not_paired(score(1.0, 1.0, ids="aa"), score(1.0, ids="a"), 0.02)
    assert "downwards" in why_not_paired(score(1.0), score(1.0, higher=False), 0.02)
    assert why_not_paired(score(1.0, 0.0), score(0.0, 0.0), 0.02) == ""


def test_invalid_items_on_both_sides_add_up() -> None:
    """Each side alone may be within the share."""
    assert "2 of 8 items" in why_not_paired(score(None, *[1.0] * 7), score(*[1.0] * 7, None), 0.2)


@pytest.mark.parametrize("unit", ["share", ""])
def test_no_flip_in_a_few_items_proves_little_whatever_lm_eval_calls_the_metric(unit: str) -> None:
    """A strict accuracy of instructions has no unit that we know, and is 0 or 1 all the same."""
    found = paired_difference([0.0] * 3, 0.95, unit=unit)
    assert found.low < -0.5


def test_a_loss_in_nats_has_the_plain_interval() -> None:
    """Beyond 1 too."""
    found = paired_difference([-3.0, -3.001] * 50, 0.95, unit="nats")
    assert -3.01 < found.low < found.high < -2.99
