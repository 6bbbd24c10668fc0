"""Where a judge that gives a number draws its line: fitted on labelled answers, and judged only on others.

A score says by how much, in nats, a judge leans to calling an answer satisfactory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol, runtime_checkable

from iteralign.core.records import Verdict

MIN_TO_FIT = 10
"""Scored answers of either label, below which no threshold is fitted."""
FOLDS = 10


@runtime_checkable
class DrawsALine(Protocol):
    """A judge that holds its scores against a threshold, in nats; nearer to it than `min_margin` it says nothing."""

    threshold: float

    @property
    def min_margin(self) -> float: ...


def ranks(verdicts: Sequence[Verdict]) -> list[float | None]:
    """The scores of verdicts; those that were given without one, by a part of the judge that has none, as the surest.

    All None for a judge that gives no scores at all.
    """
    sure = {"satisfactory": float("inf"), "violation": float("-inf"), "unscored": None}
    if all(verdict.score is None for verdict in verdicts):
        return [None] * len(verdicts)
    return [sure[verdict.label] if verdict.score is None else verdict.score for verdict in verdicts]


def area_under_curve(scores: Sequence[float | None], violations: Sequence[bool]) -> float | None:
    """How often a satisfactory answer has a higher score than a violation has, ties counting half: 0 to 1.

    An answer without a score counts as ranked wrongly. None where all are of one kind, or none has a score.

    Source: Hanley and McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
    Radiology 143 (1982), 29-36.
    """
    if len(set(violations)) < 2 or all(score is None for score in scores):
        return None
    worst = {True: float("inf"), False: float("-inf")}
    ranked = [worst[bad] if score is None else score for score, bad in zip(scores, violations, strict=True)]
    good = [score for score, bad in zip(ranked, violations, strict=True) if not bad]
    bad = [score for score, bad in zip(ranked, violations, strict=True) if bad]
    wins = sum((score > other) + (score == other) / 2 for score in good for other in bad)
    return wins / (len(good) * len(bad))


def fitted(scores: Sequence[float | None], violations: Sequence[bool]) -> float | None:
    """The threshold between the scores that tells most by sensitivity + specificity, the more balanced among equals.

    None where fewer than `MIN_TO_FIT` answers of either label have a score, or all scores are the same.
    """
    scored = [(score, bad) for score, bad in zip(scores, violations, strict=True) if score is not None]
    bad = sorted(score for score, is_bad in scored if is_bad)
    good = sorted(score for score, is_bad in scored if not is_bad)
    values = sorted({score for score, _ in scored})
    if min(len(bad), len(good)) < MIN_TO_FIT or len(values) < 2:
        return None

    def worth(threshold: float) -> tuple[float, float]:
        sensitivity = sum(score < threshold for score in bad) / len(bad)
        specificity = sum(score > threshold for score in good) / len(good)
        # Rounded, so that what differs in the last digit counts as equal.
        return round(sensitivity + specificity, 9), round(min(sensitivity, specificity), 9)

    middles = [(low + high) / 2.0 for low, high in pairwise(values)]
    best = max(map(worth, middles))
    among = [middle for middle in middles if worth(middle) == best]
    return among[len(among) // 2]


def cross_fitted(
    verdicts: Sequence[Verdict], violations: Sequence[bool], groups: Sequence[str], *, min_margin: float
) -> list[Verdict]:
    """Each verdict as it would be with a threshold that was fitted on the answers of other groups.

    Answers of one group (those to the same prompt) are in the same one of `FOLDS` folds, which a hash deals out. A
    verdict without a score stays as it is, and so does each where the others are too few to fit on.
    """
    folds = _folds(groups)
    scores = [verdict.score for verdict in verdicts]
    judged = list(verdicts)
    for fold in set(folds):
        others = [at for at, other in enumerate(folds) if other != fold]
        threshold = fitted([scores[at] for at in others], [violations[at] for at in others])
        for at in (at for at, other in enumerate(folds) if other == fold):
            if threshold is not None:
                judged[at] = drawn_at(verdicts[at], threshold, min_margin=min_margin)
    return judged


def drawn_at(verdict: Verdict, threshold: float, *, min_margin: float) -> Verdict:
    """The verdict with its line drawn at that score, and its own score measured from there.

    A score less than `min_margin` from the line, or on it, is unscored. One without a score stays as it is.
    """
    if verdict.score is None:
        return verdict
    score = verdict.score - threshold
    if score == 0 or abs(score) < min_margin:
        reason = f"the score is less than {min_margin:g} nats from the judge's threshold"
        return Verdict("unscored", reason=reason, raw=verdict.raw, score=score)
    if score > 0:
        return replace(verdict, label="satisfactory", severity="", quote="", score=score)
    return replace(verdict, label="violation", severity=verdict.severity or "medium", score=score)


def _folds(groups: Sequence[str]) -> list[int]:
    """A fold for each answer: groups in the order of their hashes are dealt out one after the other."""
    order = sorted(set(groups), key=lambda name: hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())
    fold_of = {name: number % FOLDS for number, name in enumerate(order)}
    return [fold_of[name] for name in groups]
