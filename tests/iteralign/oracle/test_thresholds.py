"""Where a judge that gives scores draws its line."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from iteralign.core.records import Verdict
from iteralign.oracle.thresholds import area_under_curve, cross_fitted, drawn_at, fitted, ranks

BAD = [True] * 20 + [False] * 20
APART = [-5.0 + 0.1 * number for number in range(20)] + [3.0 + 0.1 * number for number in range(20)]


def verdicts(scores: Sequence[float | None]) -> list[Verdict]:
    return [drawn_at(Verdict("unscored", reason="r", score=score), 0.0, min_margin=0.1) for score in scores]


def test_the_area_is_that_of_the_curve() -> None:
    """By scikit-learn, ties among them."""
    from sklearn.metrics import roc_auc_score

    rng = random.Random(0)
    scores = [float(rng.randint(0, 6)) + (not bad) for bad in BAD]
    assert area_under_curve(scores, BAD) == pytest.approx(roc_auc_score([not bad for bad in BAD], scores))


def test_the_area_of_scores_that_are_all_the_same_is_a_half() -> None:
    assert area_under_curve([1.5] * 40, BAD) == 0.5


def test_an_answer_without_a_score_is_ranked_wrongly() -> None:
    assert area_under_curve([None, *APART[1:]], BAD) == pytest.approx(19 / 20)


@pytest.mark.parametrize(("scores", "bad"), [([1.0, 2.0], [True, True]), ([None, None], [True, False]), ([], [])])
def test_there_is_no_area_without_both_kinds_or_any_score(scores: list[float | None], bad: list[bool]) -> None:
    assert area_under_curve(scores, bad) is None


def test_the_threshold_lies_between_two_groups_that_are_apart() -> None:
    assert fitted(APART, BAD) == pytest.approx((APART[19] + APART[20]) / 2)


def test_the_threshold_is_the_best_by_sensitivity_and_specificity() -> None:
    """Held against trying every place."""
    rng = random.Random(1)
    scores = [rng.gauss(-0.5 if bad else 0.5, 1.0) for bad in BAD]

    def worth(line: float) -> int:
        return sum((score < line) == bad for score, bad in zip(scores, BAD, strict=True))

    found = fitted(scores, BAD)
    assert found is not None
    assert worth(found) == max(worth(score + 1e-6) for score in scores)


@pytest.mark.parametrize("scores", [[1.0] * 40, [None] * 40, [*APART[:9], *[None] * 11, *APART[20:]]])
def test_no_threshold_is_fitted_on_too_little(scores: list[float | None]) -> None:
    """One and the same score, none, or nine violations."""
    assert fitted(scores, BAD) is None


def test_a_judge_whose_scores_are_shifted_is_right_once_its_line_is_fitted() -> None:
    """Every answer passes at zero, and each gets its own verdict at a line that was fitted on others."""
    shifted = [score + 20.0 for score in APART]
    as_asked = verdicts(shifted)
    assert {verdict.label for verdict in as_asked} == {"satisfactory"}
    found = cross_fitted(as_asked, BAD, [str(number) for number in range(40)], min_margin=0.1)
    assert [verdict.label == "violation" for verdict in found] == BAD


def test_what_a_threshold_is_fitted_on_is_not_judged_with_it() -> None:
    """Scores that say nothing: fitted and judged on the same answers they would look better than a coin."""
    right = []
    for seed in range(40):
        rng = random.Random(seed)
        scores = [rng.gauss(0.0, 1.0) for _ in BAD]
        found = cross_fitted(verdicts(scores), BAD, [str(n % 20) for n in range(40)], min_margin=0.0)
        right += [(one.label == "violation") == bad for one, bad in zip(found, BAD, strict=True)]
    assert sum(right) / len(right) < 0.55


def test_answers_to_one_prompt_are_judged_with_the_same_line() -> None:
    rng = random.Random(3)
    scores = [rng.gauss(0.0, 1.0) for _ in BAD]
    found = cross_fitted(verdicts(scores), BAD, [str(number % 20) for number in range(40)], min_margin=0.0)
    lines = [round(score - (one.score or 0.0), 9) for score, one in zip(scores, found, strict=True)]
    assert lines[:20] == lines[20:]


def test_a_score_at_the_line_is_no_verdict() -> None:
    assert drawn_at(Verdict("violation", severity="medium", score=2.0), 1.95, min_margin=0.1).label == "unscored"
    assert drawn_at(Verdict("violation", severity="medium", score=2.0), 2.0, min_margin=0.0).label == "unscored"


def test_a_verdict_without_a_score_stays_as_it_is() -> None:
    verdict = Verdict("unscored", reason="it did not fit")
    assert drawn_at(verdict, 3.0, min_margin=0.1) is verdict


def test_what_was_decided_without_a_score_ranks_as_the_surest() -> None:
    """As what a cascade's form decides; and a judge that gives no scores at all ranks nothing."""
    given = [Verdict("satisfactory"), Verdict("violation", score=-1.0), Verdict("violation"), Verdict("unscored")]
    assert ranks(given) == [float("inf"), -1.0, float("-inf"), None]
    assert ranks([given[0], given[2]]) == [None, None]
