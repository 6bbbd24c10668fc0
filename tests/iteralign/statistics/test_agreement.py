"""Shares, kappa and Youden's J, against published figures and other programs."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from iteralign.statistics.agreement import MIN_FOR_INTERVAL, NOTHING, informedness, kappa_of, share_of, wilson

BOTH = ((True, True), (True, False), (False, True), (False, False))


def alone(count: int) -> list[str]:
    """Each answer to a prompt of its own."""
    return [str(number) for number in range(count)]


def pairs_of(*counts: int) -> list[tuple[bool, bool]]:
    """So many pairs (people, judge) of each of `BOTH`."""
    return [pair for pair, count in zip(BOTH, counts, strict=True) for _ in range(count)]


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (1, 20), (13, 40), (40, 40)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilsons_interval_is_that_of_statsmodels(hits: int, count: int, confidence: float) -> None:
    expected = proportion_confint(hits, count, alpha=1 - confidence, method="wilson")
    assert wilson(hits / count, count, confidence) == pytest.approx(expected)


@settings(max_examples=30)
@given(st.lists(st.integers(2, 60), min_size=4, max_size=4))
def test_kappa_is_that_of_statsmodels(counts: list[int]) -> None:
    """Value, and interval where neither end is beyond what kappa can be."""
    pairs = pairs_of(*counts)
    expected = cohens_kappa(np.array([counts[:2], counts[2:]]))
    found = kappa_of(pairs, alone(len(pairs)), 0.95)
    assert found.value == pytest.approx(expected.kappa)
    if math.isclose(expected.std_kappa, 0.0, abs_tol=1e-9):
        return
    assert found.low == pytest.approx(max(-1.0, expected.kappa_low))
    assert found.high == pytest.approx(min(1.0, expected.kappa_upp))


def test_kappa_is_agreement_beyond_chance() -> None:
    """Cohen's own arithmetic: (0.7 - 0.5) / (1 - 0.5)."""
    found = kappa_of(pairs_of(20, 5, 10, 15), alone(50), 0.95)
    assert found.value == pytest.approx(0.4)


def test_a_handful_without_disagreement_is_not_certain() -> None:
    """The asymptotic variance is nought there."""
    few, many = (kappa_of(pairs_of(half, 0, 0, half), alone(2 * half), 0.95) for half in (5, 500))
    assert few.value == many.value == 1.0
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.6 < 0.98 < many.low
    assert few.high == 1.0


def test_a_judge_that_always_says_the_same_agrees_by_chance() -> None:
    found = kappa_of(pairs_of(0, 20, 0, 80), alone(100), 0.95)
    assert found.value == pytest.approx(0.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.0 < found.high


def test_there_is_no_kappa_where_people_gave_one_label_only() -> None:
    assert kappa_of(pairs_of(10, 10, 0, 0), alone(20), 0.95).value is None
    assert kappa_of([], [], 0.95).value is None


def test_too_few_answers_have_no_interval() -> None:
    few = MIN_FOR_INTERVAL - 1
    share = share_of([True] * few, alone(few), 0.95)
    assert (share.value, share.low, share.high, share.of) == (1.0, None, None, few)
    assert kappa_of(pairs_of(2, 0, 0, 2), alone(4), 0.95).low is None
    assert share_of([], [], 0.95) == NOTHING


def test_answers_to_one_prompt_count_for_less() -> None:
    """Where they are alike, as much as one; where they are independent, as much as any."""
    rng = random.Random(0)
    alike = [hit for _ in range(100) for hit in [rng.random() < 0.7] * 4]
    apart = [rng.random() < 0.7 for _ in range(400)]
    prompts = [str(number // 4) for number in range(400)]
    assert share_of(alike, prompts, 0.95).design_effect == pytest.approx(4.0, rel=0.05)
    assert share_of(apart, prompts, 0.95).design_effect == pytest.approx(1.0, abs=0.2)
    pairs = [(number % 3 == 0, hit == (number % 3 == 0)) for number, hit in enumerate(alike)]
    clustered, plain = kappa_of(pairs, prompts, 0.95), kappa_of(pairs, alone(400), 0.95)
    assert clustered.value == plain.value
    assert clustered.low is not None
    assert plain.low is not None
    assert clustered.low < plain.low


def test_few_prompts_count_as_alike_as_can_be() -> None:
    """40 answers to 20 prompts, of which three were judged wrongly: nothing tells whether they go together."""
    share = share_of([number >= 3 for number in range(40)], [str(number % 20) for number in range(40)], 0.95)
    assert share.design_effect == pytest.approx(2.0)
    assert (share.low, share.high) == pytest.approx(wilson(37 / 40, 20, 0.95))


def test_youdens_j_has_newcombes_interval() -> None:
    """It is the difference between how often a violation and how often another answer is called one."""
    found, cleared = share_of([True] * 45 + [False] * 15, alone(60), 0.95), share_of([True] * 70, alone(70), 0.95)
    worth = informedness(found, cleared, 0.95)
    expected = confint_proportions_2indep(45, 60, 0, 70, method="newcomb", compare="diff")
    assert worth.value == pytest.approx(0.75)
    assert (worth.low, worth.high) == pytest.approx(expected)


def test_youdens_j_has_no_interval_without_enough_of_both_kinds() -> None:
    enough, few = share_of([True] * 50, alone(50), 0.95), share_of([True, False], alone(2), 0.95)
    assert informedness(enough, few, 0.95).low is None
    assert informedness(enough, few, 0.95).value == pytest.approx(0.5)
    assert informedness(enough, NOTHING, 0.95).value is None
