"""One metric, or a pool of related ones, of a candidate held against a reference: the numbers, not yet the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from harness.evaluation.fingerprint import difference
from harness.evaluation.records import Evaluation, Score
from harness.gate.judge import Correction
from harness.gate.pairing import PairedItem, paired_items, why_not_comparable, why_not_paired
from harness.gate.policy import Policy
from iteralign.core.records import Comparison, ComparisonReference, MetricRole
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.statistics.effect import effect_of
from iteralign.statistics.paired import Effect
from iteralign.statistics.power import items_needed


@dataclass(frozen=True)
class Measured:
    """A comparison's numbers, and the effect behind them; without one the comparison is invalid or has no items.

    One that is `unasked` so far has none either, and counts among the others with p = 1.
    """

    comparison: Comparison
    effect: Effect | None = None
    unasked: bool = False


def measure(
    policy: Policy,
    key: str,
    role: MetricRole,
    candidate: Evaluation,
    against: Evaluation,
    reference: ComparisonReference,
    level: float,
    *,
    force: bool = False,
    calibration: CalibrationResult | None = None,
) -> Measured:
    """Hold `key` ("task/metric", or "pool/NAME") against the reference, with intervals and power at `level`, one-sided.

    What can't be compared has the result "invalid" and says why; `force` compares what was measured differently. With
    the judge's `calibration` the effect on what it counted is the one behind its errors; see `harness.gate.judge`.
    """
    keys = policy.members(key)
    share = policy.max_invalid_share
    items: list[PairedItem] = []
    for part in keys:
        reason = _why_not(part, candidate, against, reference, share, force=force)
        if reason:
            return Measured(empty_comparison(policy, key, role, candidate, against, reference, reason))
        items += paired_items(*_both(part, candidate, against))
    first = _both(keys[0], candidate, against)[0]
    if any(_both(part, candidate, against)[0].higher_is_better != first.higher_is_better for part in keys):
        reason = f"{key} joins metrics of which some are better when higher and others when lower: part them"
        return Measured(empty_comparison(policy, key, role, candidate, against, reference, reason))
    unit = first.unit
    counted = effect_of([item.difference for item in items], [item.cluster for item in items], unit)
    judge = Correction(keys, calibration, 1.0 - 2.0 * level)
    found = _filled(policy, key, role, reference, unit, items, counted, judge, level)
    return Measured(replace(found, higher_is_better=first.higher_is_better), judge.true(counted))


def _both(key: str, candidate: Evaluation, against: Evaluation) -> tuple[Score, Score]:
    ours, theirs = candidate.score(key), against.score(key)
    assert ours is not None
    assert theirs is not None
    return ours, theirs


def _why_not(
    key: str,
    candidate: Evaluation,
    against: Evaluation,
    reference: ComparisonReference,
    share: float,
    *,
    force: bool,
) -> str:
    ours, theirs = candidate.score(key), against.score(key)
    reason = why_not_comparable(ours, "the candidate's", key, share)
    reason = reason or why_not_comparable(theirs, f"the {reference}'s", key, share)
    if reason or ours is None or theirs is None:
        return reason
    found = difference(candidate.fingerprint, against.fingerprint, key.partition("/")[0])
    if found and not force:
        return f"{key} was measured differently for the candidate and the {reference} model: {found}"
    return why_not_paired(ours, theirs, share)


def empty_comparison(
    policy: Policy,
    key: str,
    role: MetricRole,
    candidate: Evaluation,
    against: Evaluation,
    reference: ComparisonReference,
    reason: str,
) -> Comparison:
    """The comparison of what can't be compared, with the `reason`: invalid, unless it is only shown."""
    ours, theirs = candidate.score(key), against.score(key)
    return Comparison(
        key,
        role,
        reference,
        "shown" if role == "show" else "invalid",
        reason,
        candidate_value=ours.value if ours else None,
        reference_value=theirs.value if theirs else None,
        margin=policy.margin(key),
        unit=next((score.unit for score in (ours, theirs) if score), "share"),
        higher_is_better=all(score.higher_is_better for score in (ours, theirs) if score),
    )


def _filled(
    policy: Policy,
    key: str,
    role: MetricRole,
    reference: ComparisonReference,
    unit: str,
    items: Sequence[PairedItem],
    counted: Effect,
    judge: Correction,
    level: float,
) -> Comparison:
    margin, effect = policy.margin(key), judge.true(counted)
    confidence = 1.0 - 2.0 * level
    low, high = effect.interval(confidence)
    smallest = effect.detectable(level)
    return Comparison(
        key,
        role,
        reference,
        "shown",
        "",
        candidate_value=fmean(item.values[0] for item in items),
        reference_value=fmean(item.values[1] for item in items),
        effect=effect.estimate,
        low=low,
        high=high,
        margin=margin,
        items=effect.items,
        better=effect.better,
        worse=effect.worse,
        unit=unit,
        clusters=effect.clusters,
        method=effect.method,
        corrected=judge.corrects,
        confidence=confidence,
        p_better=effect.p_above(0.0),
        p_worse=effect.p_below(0.0),
        p_kept=None if margin is None else effect.p_above(-margin),
        detectable=smallest,
        items_needed=items_needed(effect.items, smallest, margin) if margin else None,
        note="; ".join(filter(None, (judge.note(items, counted, reference), _note(items)))),
    )


def _note(items: Sequence[PairedItem]) -> str:
    spread = max(item.spread for item in items)
    return f"repeats of one item differ by up to {spread:.3f}; their mean counts, as one item" if spread else ""
