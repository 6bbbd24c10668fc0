"""Two scores of one metric, put side by side item by item."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.evaluation.records import Sample, Score, invalid_sample, score_of, valid_sample
from harness.gate.pairing import paired_items, why_not_comparable, why_not_paired


def score(*values: float | None, higher: bool = True, ids: str = "abcdefgh") -> Score:
    samples = tuple(_sample(name, value) for name, value in zip(ids, values, strict=False))
    return score_of("task", "acc", samples, higher_is_better=higher, max_invalid_share=1.0)


def _sample(name: str, value: float | None) -> Sample:
    return invalid_sample(name, "why") if value is None else valid_sample(name, value)


def differences_of(candidate: Score, reference: Score) -> list[float]:
    return [item.difference for item in paired_items(candidate, reference)]


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
    assert why_not_comparable(None, "the base's", "task/acc", 0.02) == "task/acc is missing from the base's evaluation"


def test_an_invalid_score_passes_its_reason_on() -> None:
    """Whatever made it so."""
    broken = Score("task", "acc", None, "invalid", "all is NaN", 3, 3, True, ())
    assert "all is NaN" in why_not_comparable(broken, "the candidate's", "task/acc", 0.02)


def test_a_value_of_nan_is_invalid_whatever_its_status_says() -> None:
    """A score that was not made by us might hold one."""
    broken = Score("task", "acc", math.nan, "valid", "", 1, 0, True, (valid_sample("a", 1.0),))
    assert why_not_comparable(broken, "the candidate's", "task/acc", 0.02)


def test_too_many_invalid_samples_are_too_many() -> None:
    """By the policy's share, on a score that still counts as valid."""
    some = score(1.0, None, 1.0, 1.0)
    assert why_not_comparable(some, "the candidate's", "task/acc", 0.25) == ""
    assert "1 invalid of 4" in why_not_comparable(some, "the candidate's", "task/acc", 0.24)


def test_other_items_cannot_be_paired() -> None:
    """Nor can a score without samples, or one that runs the other way."""
    assert "no partner" in why_not_paired(score(1.0, ids="a"), score(1.0, ids="b"), 0.02)
    assert "no samples" in why_not_paired(score(), score(), 0.02)
    assert "downwards" in why_not_paired(score(1.0), score(1.0, higher=False), 0.02)
    assert why_not_paired(score(1.0, 0.0), score(0.0, 0.0), 0.02) == ""


def test_invalid_items_on_both_sides_add_up() -> None:
    """Each side alone may be within the share."""
    assert "2 of 8 items" in why_not_paired(score(None, *[1.0] * 7), score(*[1.0] * 7, None), 0.2)


def test_items_that_share_a_question_are_one_cluster() -> None:
    """And one without a question stands for itself."""
    asked = tuple(replace(sample, prompt=prompt) for sample, prompt in zip(score(1, 1, 1).samples, "qq", strict=False))
    both = replace(score(1, 1, 1), samples=(*asked, valid_sample("c", 1.0)))
    assert [item.cluster for item in paired_items(both, both)] == ["q", "q", "c"]


def test_repeats_of_an_item_are_one_item_whose_mean_counts() -> None:
    """They differ by chance, which the spread shows, and are never more items."""
    repeated, once = score(1.0, 0.0, 1.0, 1.0, ids="aabb"), score(0.0, 1.0, ids="ab")
    assert why_not_paired(repeated, once, 0.02) == ""
    first, second = paired_items(repeated, once)
    assert (first.difference, first.spread) == (0.5, 1.0)
    assert (second.difference, second.spread) == (pytest.approx(0.0), 0.0)


def test_an_id_that_only_some_items_repeat_is_a_mistake() -> None:
    assert "more often than others" in why_not_paired(score(1.0, 1.0, 1.0, ids="aab"), score(1.0, 1.0, ids="ab"), 0.02)
