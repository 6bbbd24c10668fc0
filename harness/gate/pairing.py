"""Two scores of one metric, put side by side item by item, or the reason why that can't be done."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.evaluation.records import Sample, Score


@dataclass(frozen=True)
class PairedItem:
    """One item of both models. `values` are candidate and reference, in the metric's unit.

    `difference` is signed so that positive means the candidate is better. `cluster` names the query that the item
    shares with others. Repeats of one item are one item: their mean counts, and `spread` is the largest range within a
    side.
    """

    item_id: str
    cluster: str
    difference: float
    values: tuple[float, float]
    spread: float = 0.0


def why_not_comparable(score: Score | None, whose: str, key: str, max_invalid_share: float) -> str:
    """Why this score can't be held against another, or an empty string."""
    if score is None:
        return f"{key} is missing from {whose} evaluation"
    if score.status == "invalid" or score.value is None or not math.isfinite(score.value):
        return f"{key} of {whose} evaluation is invalid: {score.reason or f'its value is {score.value}'}"
    invalid = sum(sample.value is None or not math.isfinite(sample.value) for sample in score.samples)
    if invalid > max_invalid_share * len(score.samples):
        limit = _limit(max_invalid_share)
        return f"{key} of {whose} evaluation has {invalid} invalid of {len(score.samples)} samples, {limit}"
    return ""


def _limit(max_invalid_share: float) -> str:
    return f"more than max_invalid_share, {max_invalid_share:.1%}"


def why_not_paired(candidate: Score, reference: Score, max_invalid_share: float) -> str:
    """Why the two scores' samples can't be paired item by item, or an empty string."""
    ours, theirs = (Counter(sample.item_id for sample in score.samples) for score in (candidate, reference))
    if not ours or not theirs:
        return f"{candidate.key} has no samples to compare item by item"
    if set(ours) != set(theirs):
        return f"{candidate.key} was measured on other items: {len(set(ours) ^ set(theirs))} of them have no partner"
    if len(set(ours.values())) > 1 or len(set(theirs.values())) > 1:
        return f"{candidate.key} names some of its items more often than others, so they can't be told apart"
    if candidate.unit != reference.unit:
        return f"{candidate.key} is in {candidate.unit or 'another unit'} and in {reference.unit or 'another unit'}"
    if candidate.higher_is_better != reference.higher_is_better:
        return f"{candidate.key} counts as better upwards in one evaluation and downwards in the other"
    unpaired = len(ours) - len(paired_items(candidate, reference))
    if unpaired > max_invalid_share * len(ours):
        limit = _limit(max_invalid_share)
        return f"{candidate.key} has {unpaired} of {len(ours)} items that are invalid on one side, {limit}"
    return ""


def paired_items(candidate: Score, reference: Score) -> list[PairedItem]:
    """Every item that is valid on both sides, repeats averaged, in the candidate's order."""
    sign = 1.0 if candidate.higher_is_better else -1.0
    before = _by_item(reference.samples)
    found = []
    for item_id, samples in _by_item(candidate.samples).items():
        ours, theirs = _valid(samples), _valid(before.get(item_id, []))
        if not ours or not theirs:
            continue
        values = statistics.fmean(ours), statistics.fmean(theirs)
        spread = max(max(side) - min(side) for side in (ours, theirs))
        # An item that keeps its question to itself is a cluster of its own.
        cluster = samples[0].prompt or before[item_id][0].prompt or item_id
        found.append(PairedItem(item_id, cluster, sign * (values[0] - values[1]), values, spread))
    return found


def _by_item(samples: Sequence[Sample]) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.item_id].append(sample)
    return found


def _valid(samples: Sequence[Sample]) -> list[float]:
    return [sample.value for sample in samples if sample.value is not None and math.isfinite(sample.value)]
