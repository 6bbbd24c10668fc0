"""Accept, reject or inconclusive: a pure function of three evaluations and a policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from harness.evaluation.fingerprint import difference
from harness.evaluation.records import Evaluation
from harness.gate.compare import (
    PairedDifference,
    differences_of,
    paired_difference,
    why_not_comparable,
    why_not_paired,
)
from harness.gate.policy import Policy
from iteralign.records import Comparison, ComparisonResult, GateDecision, GateOutcome, MetricRole

Reference = Literal["base", "accepted"]


def decide(
    policy: Policy, *, candidate: Evaluation, base: Evaluation, accepted: Evaluation, force: bool = False
) -> GateDecision:
    """Hold a candidate against the base on what is protected, and against the accepted model on what should improve.

    Reject: a metric to improve or protect is invalid, missing or unpaired, one of them is worse beyond its margin, or
    none of those to improve went up. Inconclusive: a protected metric may or may not have lost more than its margin, or
    something went up, but none by more than chance. Accept otherwise.

    Scores that were measured differently (another version, other data, another device) are invalid, and the reason
    names the difference; `force` compares them all the same.

    Raises ValueError for an evaluation of the final split, which no decision may see.
    """
    if any(evaluation.split == "final" for evaluation in (candidate, base, accepted)):
        raise ValueError("the final split is not for gate decisions")
    protected = [_compare(policy, key, "protect", candidate, base, force) for key in policy.protect]
    improving = [_compare(policy, key, "improve", candidate, accepted, force) for key in policy.improve]
    shown = [_compare(policy, key, "show", candidate, base, force) for key in _shown(policy, candidate)]
    outcome, reasons = _outcome(protected, improving)
    return GateDecision(outcome, tuple(reasons), (*improving, *protected, *shown))


def _shown(policy: Policy, candidate: Evaluation) -> list[str]:
    """What the policy wants shown, then whatever else was measured."""
    measured = (score.key for score in candidate.scores)
    return [key for key in dict.fromkeys([*policy.show, *measured]) if policy.role(key) == "show"]


def _compare(
    policy: Policy, key: str, role: MetricRole, candidate: Evaluation, against: Evaluation, force: bool
) -> Comparison:
    reference: Reference = "accepted" if role == "improve" else "base"
    ours, theirs = candidate.score(key), against.score(key)
    share = policy.greatest_invalid_share
    margin = {**policy.improve, **policy.protect}.get(key)
    empty = Comparison(
        key, role, reference, "shown" if role == "show" else "invalid", "",
        candidate_value=ours.value if ours else None, reference_value=theirs.value if theirs else None, margin=margin,
        unit=next((score.unit for score in (ours, theirs) if score), "share"),
    )  # fmt: skip
    reason = why_not_comparable(ours, "candidate's", key, share)
    reason = reason or why_not_comparable(theirs, f"{reference}'s", key, share)
    if reason or ours is None or theirs is None:
        return replace(empty, reason=reason)
    reason = why_not_paired(ours, theirs, share)
    if reason := reason or ("" if force else _why_measured_differently(key, candidate, against, reference)):
        return replace(empty, reason=reason)
    found = paired_difference(differences_of(ours, theirs), policy.confidence, unit=ours.unit)
    result = _result(role, found, margin or 0.0)
    filled = replace(
        empty, result=result, effect=found.effect, low=found.low, high=found.high,
        items=found.items, better=found.better, worse=found.worse,
    )  # fmt: skip
    return replace(filled, reason=_sentence(filled))


def _why_measured_differently(key: str, candidate: Evaluation, against: Evaluation, reference: Reference) -> str:
    found = difference(candidate.fingerprint, against.fingerprint, key.partition("/")[0])
    return f"{key} was measured differently for the candidate and the {reference} model: {found}" if found else ""


def _result(role: MetricRole, found: PairedDifference, margin: float) -> ComparisonResult:
    """A protected metric fails on its estimate; one to improve only when the whole interval is beyond the margin."""
    if role == "show":
        return "shown"
    if role == "protect":
        return "fail" if found.effect < -margin else "pass" if found.low > -margin else "inconclusive"
    return "fail" if found.high < -margin else "pass" if found.low > 0.0 else "inconclusive"


def _outcome(protected: Sequence[Comparison], improving: Sequence[Comparison]) -> tuple[GateOutcome, list[str]]:
    if reasons := _reasons([*protected, *improving], "invalid") + _reasons([*protected, *improving], "fail"):
        return "reject", reasons
    gained = _reasons(improving, "pass")
    if not gained and all((item.effect or 0.0) <= 0.0 for item in improving):
        return "reject", ["nothing that should improve went up against the accepted model"]
    if open_questions := _reasons(protected, "inconclusive"):
        return "inconclusive", open_questions
    if not gained:
        return "inconclusive", ["nothing that should improve went up by more than chance against the accepted model"]
    return "accept", gained


def _reasons(comparisons: Iterable[Comparison], result: ComparisonResult) -> list[str]:
    return [item.reason for item in comparisons if item.result == result]


def _sentence(item: Comparison) -> str:
    """The comparison in plain words, in points of a share or in the metric's own unit."""
    effect = item.effect or 0.0
    direction = "better" if effect > 0 else "worse" if effect < 0 else "no different"
    size = f"{_amount(abs(effect), item.unit)} {direction} than" if effect else f"{direction} from"
    low, high = (_bare(value or 0.0, item.unit, "+") for value in (item.low, item.high))
    text = f"{item.metric} is {size} the {item.reference} model's (interval {low} to {high})"
    allowed = _bare(item.margin or 0.0, item.unit)
    if item.result == "fail":
        return f"{text}, and may lose at most {allowed}"
    if item.result == "inconclusive" and item.role == "protect":
        return f"{text}, which leaves open whether it lost more than the {allowed} allowed"
    return text


def _amount(value: float, unit: str) -> str:
    return f"{_bare(value, unit)} {'points' if unit == 'share' else unit}".rstrip()


def _bare(value: float, unit: str, sign: str = "") -> str:
    return f"{100.0 * value:{sign}.1f}" if unit == "share" else f"{value:{sign}.4f}"
