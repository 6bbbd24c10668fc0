"""Accept, reject or inconclusive: a pure function of three evaluations and a policy.

What is asked decides what is corrected. "All protected metrics are kept" is an intersection-union test: each must pass
at the full level, and needs no correction (Berger, "Multiparameter hypothesis testing and acceptance sampling",
Technometrics 24 (1982), 295-300). "Any one is worse" and "any one is better" are unions, and are corrected after Holm,
each evidence family counted once. The level itself is shared out among all looks at the same items.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.evaluation.records import Evaluation
from harness.evaluation.shown import shown_change
from harness.gate.compare import Measured, measure
from harness.gate.policy import POOL, Policy
from harness_base.display import direction
from iteralign.core.records import (
    Comparison,
    ComparisonReference,
    ComparisonResult,
    GateDecision,
    GateOutcome,
    MetricRole,
)
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.statistics.multiplicity import holm, level_of_one_look
from tasks import catalog


def decide(
    policy: Policy,
    *,
    candidate: Evaluation,
    base: Evaluation,
    accepted: Evaluation,
    looks: int = 1,
    force: bool = False,
    calibration: CalibrationResult | None = None,
) -> GateDecision:
    """Hold a candidate against the base on what is protected, and against the accepted model on what should improve.

    Reject: a metric to improve, protect or require is invalid, missing or unpaired; or one is shown to be worse, by an
    estimate beyond its margin. Inconclusive: a protected metric may or may not have lost more than its margin, or
    nothing went up by more than chance. Accept otherwise.

    `looks` is how many candidates may be held against these items in all. Scores that were measured differently
    (another version, other data, another device) are invalid, and the reason names the difference; `force` compares
    them all the same. `calibration` is that of the judge who counted: margins of what it counted are then held against
    the effects behind its errors, which makes no candidate pass that would not pass without it.

    Raises ValueError for an evaluation of the final split, which no decision of the loop may see.
    """
    if any(evaluation.split == "final" for evaluation in (candidate, base, accepted)):
        raise ValueError("the final split is not for gate decisions")
    return _decided(
        policy,
        candidate,
        protecting=(base, "base"),
        improving=(accepted, "accepted"),
        looks=looks,
        force=force,
        calibration=calibration,
    )


def hold_against(
    policy: Policy,
    *,
    candidate: Evaluation,
    baseline: Evaluation,
    force: bool = False,
    calibration: CalibrationResult | None = None,
) -> GateDecision:
    """One look at a candidate beside one reference, for a release or for the final items of a run.

    What the policy wants improved must improve only where it says so (`improvement_needed`); otherwise it is protected
    with the margin that it has. `calibration` is as in `decide`.
    """
    both: tuple[Evaluation, ComparisonReference] = (baseline, "baseline")
    asked = policy if policy.improvement_needed else policy.as_protection()
    return _decided(asked, candidate, protecting=both, improving=both, looks=1, force=force, calibration=calibration)


def _decided(
    policy: Policy,
    candidate: Evaluation,
    *,
    protecting: tuple[Evaluation, ComparisonReference],
    improving: tuple[Evaluation, ComparisonReference],
    looks: int,
    force: bool,
    calibration: CalibrationResult | None,
) -> GateDecision:
    level = level_of_one_look(1.0 - policy.confidence, looks)

    def held(key: str, role: MetricRole, against: tuple[Evaluation, ComparisonReference]) -> Measured:
        return measure(policy, key, role, candidate, *against, level, force=force, calibration=calibration)

    better = [held(key, "improve", improving) for key in policy.improve]
    kept = [held(key, "protect", protecting) for key in policy.protected]
    shown = [held(key, "show", protecting) for key in shown_keys(policy, candidate)]
    comparisons = [*settled(better, kept, level), *(one.comparison for one in shown)]
    outcome, reasons = verdict(comparisons, list(missing_tasks(policy, candidate, comparisons)))
    decision = GateDecision(outcome, tuple(reasons), tuple(comparisons), looks=looks)
    return replace(decision, retry=worth_a_retry(policy, decision))


def shown_keys(policy: Policy, candidate: Evaluation) -> list[str]:
    """What the policy wants shown, then whatever else was measured."""
    measured = (score.key for score in candidate.scores)
    deciding = {*policy.improve, *policy.protected}
    return [key for key in dict.fromkeys([*policy.show, *measured]) if key not in deciding]


def missing_tasks(policy: Policy, candidate: Evaluation, comparisons: Sequence[Comparison]) -> Iterable[str]:
    """Required tasks without a single valid score; those that decide speak for themselves."""
    speaking = {one.metric.partition("/")[0] for one in comparisons if one.role != "show"}
    for task in policy.require:
        valid = any(score.task == task and score.status == "valid" for score in candidate.scores)
        if task not in speaking and not valid:
            yield f"{task} is required, and the candidate's evaluation holds no valid score of it"


def settled(better: Sequence[Measured], kept: Sequence[Measured], level: float) -> list[Comparison]:
    """What was measured with its results, those to improve first, after the unions' p-values were corrected."""
    gains = _adjusted(better, "p_better")
    # What is to improve first: a protected metric of the same evidence still has to show what it kept.
    losses = _adjusted([*better, *kept], "p_worse")
    found = [_improving(one, gains, losses, level) for one in better]
    found += [_protected(one, losses, level) for one in kept]
    return [one.comparison for one in found]


def _adjusted(measured: Sequence[Measured], which: str) -> dict[str, float]:
    """Holm's p-values by metric. One evidence family counts once: its first metric stands for it, others for none."""
    found: dict[str, float] = {
        one.comparison.metric: 1.0 if one.effect is None else getattr(one.comparison, which)
        for one in measured
        if one.effect is not None or one.unasked
    }
    pools = [key for key in found if key.startswith(POOL)]
    first = [members[0] for members in catalog.families(key for key in found if key not in pools).values()] + pools
    adjusted = dict(zip(first, holm([found[key] for key in first]), strict=True))
    return {key: adjusted.get(key, 1.0) for key in found}


def _improving(one: Measured, gains: dict[str, float], losses: dict[str, float], level: float) -> Measured:
    if one.effect is None:
        return one
    key = one.comparison.metric
    result: ComparisonResult = "inconclusive"
    if gains[key] <= level and one.effect.estimate > 0.0:
        result = "pass"
    elif _is_worse(one, losses, level):
        result = "fail"
    return _with(one, result, gains[key], losses[key])


def _protected(one: Measured, losses: dict[str, float], level: float) -> Measured:
    if one.effect is None:
        return one
    key, kept = one.comparison.metric, one.comparison.p_kept
    result: ComparisonResult = "inconclusive"
    if kept is not None and kept <= level:
        result = "pass"
    elif _is_worse(one, losses, level):
        result = "fail"
    return _with(one, result, None, losses[key])


def _is_worse(one: Measured, losses: dict[str, float], level: float) -> bool:
    """Worse by more than chance, and by an estimate beyond what is allowed."""
    assert one.effect is not None
    return losses[one.comparison.metric] <= level and one.effect.estimate < -(one.comparison.margin or 0.0)


def _with(one: Measured, result: ComparisonResult, p_better: float | None, p_worse: float) -> Measured:
    plain = one.comparison
    found = replace(plain, result=result, p_better=plain.p_better if p_better is None else p_better, p_worse=p_worse)
    return replace(one, comparison=replace(found, reason=_sentence(found)))


def verdict(comparisons: Sequence[Comparison], missing: Sequence[str] = ()) -> tuple[GateOutcome, list[str]]:
    """The outcome that settled comparisons lead to, with its reasons; `missing` says what else stands against it."""
    kept = [one for one in comparisons if one.role == "protect"]
    better = [one for one in comparisons if one.role == "improve"]
    both = [*kept, *better]
    if reasons := [*missing, *_reasons(both, "invalid"), *_reasons(both, "fail")]:
        return "reject", reasons
    if open_questions := _reasons(kept, "inconclusive"):
        return "inconclusive", open_questions
    if not better:
        return "accept", ["nothing was lost beyond its margin"]
    if gained := _reasons(better, "pass"):
        return "accept", gained
    return "inconclusive", ["nothing that should improve got better by more than chance"]


def _reasons(comparisons: Iterable[Comparison], result: ComparisonResult) -> list[str]:
    return [item.reason for item in comparisons if item.result == result]


def worth_a_retry(policy: Policy, decision: GateDecision) -> bool:
    """Whether a gentler training may avoid what was found. What merely improved nothing would then improve less."""
    if decision.outcome == "reject":
        return True
    kept = all(one.result in ("pass", "shown") for one in decision.comparisons if one.role != "improve")
    return decision.outcome == "inconclusive" and not kept and policy.inconclusive.loop == "retry"


def _sentence(item: Comparison) -> str:
    """The comparison in plain words, in points of a share or in the metric's own unit: how the figure changed."""
    change = shown_change(item)
    low, high = (_signed(value, item.unit) for value in (change.low, change.high))
    behind = "" if change.corrected is None else _signed(change.corrected, item.unit)
    how = f"{behind} with the judge's errors taken out, " if behind else ""
    against = f"against the {item.reference} model's {_figure(item.reference_value, item.unit)}"
    text = (
        f"{item.metric} is {_figure(item.candidate_value, item.unit)} {against}: "
        f"{_moved(item, change.value or 0.0)} ({how}interval {low} to {high})"
    )
    margin = item.margin or 0.0
    allowed = _points(f"{100.0 * margin:.1f}" if item.unit == "share" else f"{margin:.3f}", item)
    if item.result == "fail":
        return f"{text}, and may get worse by {allowed} at most"
    if item.result == "inconclusive" and item.role == "protect":
        return f"{text}, which leaves open whether it got worse by more than the {allowed} allowed"
    return text


def _moved(item: Comparison, change: float) -> str:
    word = direction(change, item.unit, higher_is_better=item.higher_is_better)
    return f"{_points(_signed(change, item.unit), item)}, {word}"


def _points(size: str, item: Comparison) -> str:
    return f"{size} {'points' if item.unit == 'share' else item.unit}".rstrip()


def _figure(value: float | None, unit: str) -> str:
    """A value, which a comparison with an effect has."""
    value = value or 0.0
    return f"{100.0 * value:.1f} %" if unit == "share" else f"{value:.3f} {unit}".rstrip()


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "no limit"
    return f"{100.0 * value:+.1f}" if unit == "share" else f"{value:+.3f}"
