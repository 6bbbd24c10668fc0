"""Samples, scores and evaluations."""

from __future__ import annotations

import math

import pytest

from harness.evaluation.records import Evaluation, invalid_sample, score_of, valid_sample


def test_a_score_is_the_mean_of_its_valid_samples() -> None:
    """Here one in a hundred is invalid, which is still few enough."""
    samples = [valid_sample(str(number), float(number % 2)) for number in range(99)] + [invalid_sample("x", "why")]
    score = score_of("task", "acc", tuple(samples), higher_is_better=True)
    assert (score.key, score.status, score.items, score.invalid_items) == ("task/acc", "valid", 100, 1)
    assert score.value == pytest.approx(49 / 99)


def test_too_many_invalid_samples_make_the_score_invalid() -> None:
    """More than one in fifty; the reason counts them and quotes the first."""
    samples = (*(valid_sample(str(number), 1.0) for number in range(97)), *(invalid_sample(k, "of NaN") for k in "abc"))
    score = score_of("task", "acc", samples, higher_is_better=True)
    assert (score.value, score.status) == (None, "invalid")
    assert score.reason == "3 of 100 samples are invalid, more than 2%, first because of NaN"


def test_a_score_of_nothing_is_invalid() -> None:
    """An empty task is no perfect one."""
    assert score_of("task", "acc", (), higher_is_better=True).reason == "no sample was measured"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_sample_never_holds_a_value_that_is_not_finite(value: float) -> None:
    """It becomes an invalid one."""
    sample = valid_sample("a", value)
    assert (sample.value, sample.status) == (None, "invalid")


def test_an_evaluation_finds_its_score_by_key() -> None:
    """And says None for one that was not measured."""
    score = score_of("task", "acc", (valid_sample("a", 1.0),), higher_is_better=True)
    evaluation = Evaluation("base", "gate", (score,), {}, 0.1)
    assert evaluation.score("task/acc") is score
    assert evaluation.score("task/f1") is None
