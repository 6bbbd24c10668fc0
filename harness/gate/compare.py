"""One metric of one model held against another's, item by item.

Method, first form: the items' differences are averaged and their mean given the interval of the normal approximation
for paired data (e.g. Altman, Practical Statistics for Medical Research, 1991, chapter 9), z · s / √n. Where few items
moved, or none, that interval is too narrow or empty. So it is never narrower than what seeing no loss at all in n items
leaves open: the exact binomial upper limit 1 − (α/2)^(1/n) for zero events (Clopper and Pearson 1934; at 95 % one-sided
Hanley and Lippman-Hand's "rule of three" of 1983), taken as the least half-width on either side. That holds for items
whose values are shares from 0 to 1. A loss in nats has no such bounds, and moves a little in every item: its interval
is the plain one.

Items are treated as independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from harness.evaluation.records import Sample, Score


@dataclass(frozen=True)
class PairedDifference:
    """The mean difference over paired items and its interval, in the metric's unit; positive means better.

    `better` and `worse` count the items that moved.
    """

    effect: float
    low: float
    high: float
    items: int
    better: int
    worse: int


def paired_difference(differences: Sequence[float], confidence: float, *, unit: str = "share") -> PairedDifference:
    """The two-sided interval at `confidence` for the mean of `differences`; those of shares lie between -1 and 1.

    Raises ValueError without any difference.
    """
    count = len(differences)
    if not count:
        raise ValueError("there is no paired item to compare")
    effect = math.fsum(differences) / count
    half = _normal_half_width(differences, effect, confidence)
    if unit != "nats":
        # Most metrics whose unit lm-eval does not say are 0 or 1 for an item; seeing no flip proves as little there.
        half = max(half, least_half_width(count, confidence))
    low, high = effect - half, effect + half
    if unit == "share":
        low, high = max(low, -1.0), min(high, 1.0)
    return PairedDifference(
        effect=effect,
        low=low,
        high=high,
        items=count,
        better=sum(value > 0 for value in differences),
        worse=sum(value < 0 for value in differences),
    )


def least_half_width(items: int, confidence: float) -> float:
    """The exact binomial upper limit of a rate after no event in `items`, at half of what `confidence` leaves out."""
    return float(1.0 - ((1.0 - confidence) / 2.0) ** (1.0 / items))


def _normal_half_width(differences: Sequence[float], mean: float, confidence: float) -> float:
    count = len(differences)
    if count < 2:
        return math.inf
    variance = math.fsum((value - mean) ** 2 for value in differences) / (count - 1)
    return NormalDist().inv_cdf(0.5 + confidence / 2.0) * math.sqrt(variance / count)


def why_not_comparable(score: Score | None, whose: str, key: str, greatest_invalid_share: float) -> str:
    """Why this score can't be held against another, or an empty string."""
    if score is None:
        return f"{key} is missing from the {whose} evaluation"
    if score.status == "invalid" or score.value is None or not math.isfinite(score.value):
        return f"{key} of the {whose} evaluation is invalid: {score.reason or f'its value is {score.value}'}"
    invalid = sum(sample.value is None or not math.isfinite(sample.value) for sample in score.samples)
    if invalid > greatest_invalid_share * len(score.samples):
        return f"{key} of the {whose} evaluation has {invalid} invalid of {len(score.samples)} samples"
    return ""


def why_not_paired(candidate: Score, reference: Score, greatest_invalid_share: float) -> str:
    """Why the two scores' samples can't be paired item by item, or an empty string."""
    ours, theirs = ({sample.item_id for sample in score.samples} for score in (candidate, reference))
    if not ours or not theirs:
        return f"{candidate.key} has no samples to compare item by item"
    if ours != theirs or len(ours) != len(candidate.samples) or len(theirs) != len(reference.samples):
        return f"{candidate.key} was measured on other items: {len(ours ^ theirs)} of them have no partner"
    if candidate.unit != reference.unit:
        return f"{candidate.key} is in {candidate.unit or 'another unit'} and in {reference.unit or 'another unit'}"
    if candidate.higher_is_better != reference.higher_is_better:
        return f"{candidate.key} counts as better upwards in one evaluation and downwards in the other"
    unpaired = len(ours) - len(differences_of(candidate, reference))
    if unpaired > greatest_invalid_share * len(ours):
        return f"{candidate.key} has {unpaired} of {len(ours)} items that are invalid on one side"
    return ""


def differences_of(candidate: Score, reference: Score) -> list[float]:
    """Candidate less reference for each item that is valid on both sides, turned so that positive is better."""
    sign = 1.0 if candidate.higher_is_better else -1.0
    values = {sample.item_id: _value(sample) for sample in reference.samples}
    pairs = ((_value(sample), values.get(sample.item_id)) for sample in candidate.samples)
    return [sign * (ours - theirs) for ours, theirs in pairs if ours is not None and theirs is not None]


def _value(sample: Sample) -> float | None:
    return sample.value if sample.value is not None and math.isfinite(sample.value) else None
