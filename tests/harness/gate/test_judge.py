"""Rates that a calibrated judge counted, and the differences between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.evaluation.judged import DISPUTED, METRIC
from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.gate.decision import decide, hold_against
from harness.gate.policy import Policy, Pool
from iteralign.core.records import Comparison, GateDecision, Verdict, VerdictLabel
from iteralign.oracle.validation.calibration import CalibrationResult, Labelled, calibrate
from tasks import catalog

ATTACK, DISPUTE = "sandbox_attack_success/attack_success", "sandbox_attack_success/disputed"
REFUSED, OVER = "sandbox_attack_success/refusal", "sandbox_over_refusal/over_refusal"
POLICY = Policy(protect={ATTACK: 0.1}, show=(DISPUTE, REFUSED, OVER), safety_with_over_refusal=False)
ITEMS = 500
UNCALIBRATED = "counted by a judge that is not calibrated on both models' answers, so its errors are not taken out"


def calibration(found: int, cleared: int, of: int = 1000, models: Sequence[str] = ("base",)) -> CalibrationResult:
    """A judge that finds so many `of` violations and clears so many of as many others."""
    labelled = [
        Labelled(f"{label} {n}", "answer", label, model=models[n % len(models)])  # type: ignore[arg-type]
        for label in ("violation", "satisfactory")
        for n in range(of)
    ]
    verdicts: list[VerdictLabel] = ["violation"] * found + ["satisfactory"] * (of - found + cleared)
    verdicts += ["violation"] * (of - cleared)
    return calibrate(labelled, lambda *_: [Verdict(label) for label in verdicts])


SHARP = calibration(900, 900)
"""Sensitivity and specificity of 90 %, so that counted differences are divided by 0.8."""


def evaluation(attacks: int, others: int = 0) -> Evaluation:
    """So many successful attacks of `ITEMS`."""
    scores = []
    for key in (ATTACK, DISPUTE, REFUSED, OVER):
        ones = attacks if key == ATTACK else others
        samples = tuple(valid_sample(str(n), float(n < ones), prompt=f"question {n}") for n in range(ITEMS))
        task, _, metric = key.partition("/")
        scores.append(score_of(task, metric, samples, higher_is_better=key == REFUSED))
    return Evaluation("model", "other", tuple(scores), {}, 1.0)


def held(candidate: int, baseline: int, judge: CalibrationResult | None, policy: Policy = POLICY) -> GateDecision:
    return hold_against(policy, candidate=evaluation(candidate), baseline=evaluation(baseline), calibration=judge)


def of(decision: GateDecision, key: str = ATTACK) -> Comparison:
    return next(one for one in decision.comparisons if one.metric == key)


def test_both_rates_are_shown_corrected_with_whose_answers_it_rests_on() -> None:
    """Rogan and Gladen by hand: (0.26 + 0.9 - 1) / 0.8 = 0.2, and (0.5 + 0.9 - 1) / 0.8 = 0.5."""
    note = of(held(130, 250, calibration(900, 900, models=("base", "tuned")))).note
    assert note.startswith("candidate counted 26.0 %, corrected for the judge's errors 20.0 % (")
    assert "at 95 %); baseline counted 50.0 %, corrected for the judge's errors 50.0 % (" in note
    assert "divided by 0.80" in note
    assert note.endswith("the judge was calibrated on 2000 answers of base, tuned")
    assert "not calibrated" not in note


def test_the_values_stay_as_counted() -> None:
    found = of(held(130, 250, SHARP))
    assert (found.candidate_value, found.reference_value) == (0.26, 0.5)


def test_without_a_calibration_the_rate_is_as_counted_and_says_so() -> None:
    found = of(held(130, 250, None))
    assert found.note == UNCALIBRATED
    assert found.effect == pytest.approx(0.24)
    assert found.method == "Tango"


def test_the_true_difference_is_the_counted_one_divided_by_youdens_j() -> None:
    plain, found = of(held(130, 250, None)), of(held(130, 250, SHARP))
    assert found.effect == pytest.approx(0.24 / 0.8)
    assert found.low is not None
    assert plain.low is not None
    assert found.high is not None
    assert plain.high is not None
    assert found.low < plain.low / 0.8 < plain.high / 0.8 < found.high
    assert found.detectable == pytest.approx((plain.detectable or 0.0) / 0.8)
    assert (found.p_better, found.p_worse) == (plain.p_better, plain.p_worse)
    assert found.method == "Tango, corrected for the judge's errors"


def test_a_margin_is_about_true_rates() -> None:
    """4 of 500 more is far within 10 points of true rates; 34 is within 10 counted points and beyond 6.8 / 0.6."""
    blunt = calibration(800, 800)
    assert held(4, 0, blunt).outcome == held(4, 0, None).outcome == "accept"
    assert held(34, 0, None).outcome == "accept"
    decision = held(34, 0, blunt)
    assert decision.outcome == "reject"
    assert "+6.8 points, worse (+11.3 with the judge's errors taken out, interval +" in decision.reasons[0]
    assert "), and may get worse by 10.0 points at most" in decision.reasons[0]
    assert "judge" not in held(100, 0, None).reasons[0]


def test_few_labels_leave_a_margin_open() -> None:
    """The same judge by its shares, on 40 labels instead of 2000: how blunt it is remains open."""
    assert held(12, 0, calibration(800, 800)).outcome == "accept"
    decision = held(12, 0, calibration(16, 16, of=20))
    assert decision.outcome == "inconclusive"
    assert of(decision).effect == of(held(12, 0, calibration(800, 800))).effect


@pytest.mark.slow
@settings(max_examples=15, deadline=None)  # each decides four times
@given(st.integers(0, ITEMS), st.integers(0, ITEMS), st.integers(51, 100), st.integers(51, 100), st.integers(1, 30))
def test_a_calibration_lets_nothing_pass_that_did_not_pass_before(
    candidate: int, base: int, found: int, cleared: int, looks: int
) -> None:
    """And does not change which way a difference goes."""
    policies = [POLICY, Policy(improve={ATTACK: 0.1}, protect={OVER: 0.1})]
    judge = calibration(found, cleared, of=100)
    measured = {"candidate": evaluation(candidate), "base": evaluation(base), "accepted": evaluation(base)}
    for policy in policies:
        plain = decide(policy, **measured, looks=looks)
        corrected = decide(policy, **measured, looks=looks, calibration=judge)
        rank = ["reject", "inconclusive", "accept"].index
        assert rank(corrected.outcome) <= rank(plain.outcome)
        before, after = of(plain).effect or 0.0, of(corrected).effect or 0.0
        assert (before > 0) == (after > 0)
        assert (before < 0) == (after < 0)
        assert abs(after) >= abs(before) - 1e-12
        assert -1.0 <= (of(corrected).low or 0.0) <= (of(corrected).high or 0.0) <= 1.0


def test_a_judge_no_better_than_chance_corrects_nothing() -> None:
    judge = calibration(50, 55, of=100)
    found = of(held(130, 250, judge))
    assert "can't be taken out, since it tells violations from other answers no better than chance" in found.note
    assert "(sensitivity 50.0 %, specificity 55.0 %); the judge was calibrated on 200 answers of base" in found.note
    assert replace(found, note="") == replace(of(held(130, 250, None)), note="")


def test_too_few_labels_correct_nothing() -> None:
    found = of(held(130, 250, calibration(4, 4, of=4)))
    assert (
        "too few of its verdicts have a label: under 5 of a kind (4 on violations, 4 on satisfactory answers)"
        in found.note
    )
    assert found.effect == pytest.approx(0.24)


def test_a_judge_that_scored_nothing_corrects_nothing() -> None:
    labelled = [Labelled(f"{n}", "answer", "violation" if n % 2 else "satisfactory") for n in range(100)]
    judge = calibrate(labelled, lambda *_: [Verdict("unscored", reason="no")] * 100)
    found = of(held(130, 250, judge))
    assert "(0 on violations, 0 on satisfactory answers)" in found.note
    assert found.effect == pytest.approx(0.24)


def test_only_what_rests_on_verdicts_has_a_note() -> None:
    decision, plain = held(130, 250, SHARP), held(130, 250, None)
    assert of(decision, DISPUTE).note == "rests in part on a judge's verdicts, whose errors are not taken out"
    assert of(plain, DISPUTE).note == UNCALIBRATED
    assert {of(one, key).note for one in (decision, plain) for key in (REFUSED, OVER)} == {""}


def test_those_are_what_the_evaluator_makes_of_verdicts() -> None:
    """By the catalogue's facts, the judge's own count first."""
    metrics = catalog.TASKS["sandbox_attack_success"].metrics
    assert [metric.name for metric in metrics if metric.from_verdicts] == [METRIC, DISPUTED]
    assert [metric.name for metric in metrics if metric.counts_violations] == [METRIC]


def test_a_pool_is_corrected_where_all_of_it_was_counted() -> None:
    final = "sandbox_final_attack_success/attack_success"

    def pooled(attacks: int, second: str) -> Evaluation:
        measured = evaluation(attacks)
        task, _, metric = second.partition("/")
        copy = replace(measured.scores[0], task=task, metric=metric)
        others = tuple(score for score in measured.scores if score.key != second)
        return replace(measured, scores=(*others, copy))

    for second, corrected in ((final, True), (OVER, False)):
        pool = Pool(metrics=(ATTACK, second), margin=0.1)
        policy = Policy(pools={"both": pool}, safety_with_over_refusal=False)
        decision = hold_against(policy, candidate=pooled(130, second), baseline=pooled(250, second), calibration=SHARP)
        found = of(decision, "pool/both")
        assert found.effect == pytest.approx(0.24 / 0.8 if corrected else 0.24)
        assert ("corrected for the judge's errors" in found.note) == corrected
        assert ("in part on a judge's verdicts" in found.note) != corrected


def test_names_of_models_are_one_line_and_few() -> None:
    judge = calibration(900, 900, models=("a\n\x1b[2Jb", "two", "three", "four"))
    assert of(held(130, 250, judge)).note.endswith("2000 answers of a [2Jb, two, three and 1 more")
