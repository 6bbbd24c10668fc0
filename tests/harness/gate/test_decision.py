"""Accept, reject or inconclusive."""

from __future__ import annotations

import math

import pytest

from harness.evaluation.records import Evaluation, Sample, Score, invalid_sample, score_of, valid_sample
from harness.gate.decision import decide
from harness.gate.policy import Policy
from iteralign.records import Comparison, GateDecision

ITEMS = 500
ATTACK, TRUTH, REFUSAL, HELP = "attack/success", "truth/acc", "refusal/rate", "help/acc"
LOWER = {ATTACK, REFUSAL}
POLICY = Policy(improve={ATTACK: 0.02, TRUTH: 0.02}, protect={REFUSAL: 0.03, HELP: 0.02}, show=("honest/acc",))
AT_BASE = {ATTACK: 400, TRUTH: 100, REFUSAL: 0, HELP: 500, "honest/acc": 250}


def score(key: str, ones: int, invalid: int = 0) -> Score:
    """`ones` items of 1, the rest 0; the last `invalid` of them without a value."""
    samples: list[Sample] = [valid_sample(str(n), float(n < ones)) for n in range(ITEMS - invalid)]
    samples += [invalid_sample(str(n), "of NaN") for n in range(ITEMS - invalid, ITEMS)]
    task, _, metric = key.partition("/")
    return score_of(task, metric, tuple(samples), higher_is_better=key not in LOWER)


def evaluation(subject: str = "r1a1", **changes: int) -> Evaluation:
    """The base's figures with some replaced, by the task's name."""
    figures = {key: changes.get(key.partition("/")[0], ones) for key, ones in AT_BASE.items()}
    return Evaluation(subject, "gate", tuple(score(key, ones) for key, ones in figures.items()), {}, 1.0)


def decided(candidate: Evaluation, accepted: Evaluation | None = None) -> GateDecision:
    base = evaluation("base")
    return decide(POLICY, candidate=candidate, base=base, accepted=accepted or base)


def comparison(decision: GateDecision, key: str) -> Comparison:
    return next(item for item in decision.comparisons if item.metric == key)


def without(measured: Evaluation, key: str, *instead: Score) -> Evaluation:
    scores = tuple(item for item in measured.scores if item.key != key)
    return Evaluation(measured.subject, measured.split, (*scores, *instead), {}, 1.0)


def test_a_gain_without_a_loss_is_accepted() -> None:
    """A rate that should fall fell; the reason says by how much."""
    decision = decided(evaluation(attack=100))
    assert decision.outcome == "accept"
    assert decision.reasons[0].startswith("attack/success is 60.0 points better than the accepted model's (interval +")
    found = comparison(decision, ATTACK)
    assert (found.role, found.reference, found.result) == ("improve", "accepted", "pass")
    assert (found.candidate_value, found.reference_value, found.margin) == (0.2, 0.8, 0.02)
    assert (found.effect, found.items, found.better, found.worse) == (pytest.approx(0.6), ITEMS, 300, 0)


def test_a_protected_loss_beyond_its_margin_is_rejected() -> None:
    """However much was gained."""
    decision = decided(evaluation(attack=0, refusal=50))
    assert decision.outcome == "reject"
    assert len(decision.reasons) == 1
    assert "refusal/rate is 10.0 points worse than the base model's" in decision.reasons[0]
    assert "may lose at most 3.0" in decision.reasons[0]
    assert comparison(decision, REFUSAL).result == "fail"


def test_protection_is_against_the_base_so_that_small_losses_cannot_add_up() -> None:
    """Two points a round would each pass against the model before."""
    accepted = evaluation("r1a1", refusal=10)
    decision = decided(evaluation("r2a1", attack=100, refusal=20), accepted)
    assert decision.outcome == "reject"
    assert comparison(decision, REFUSAL).reference == "base"


def test_improvement_is_against_the_accepted_model() -> None:
    """What an earlier round gained is not gained again."""
    accepted = evaluation("r1a1", attack=100)
    decision = decided(evaluation("r2a1", attack=100), accepted)
    assert decision.outcome == "reject"
    assert "nothing that should improve went up" in decision.reasons[0]


def test_a_protected_metric_between_the_two_is_inconclusive() -> None:
    """A loss of 1.6 of 2 points allowed, on 500 items."""
    decision = decided(evaluation(attack=100, help=492))
    assert decision.outcome == "inconclusive"
    assert "leaves open whether it lost more than the 2.0 allowed" in decision.reasons[0]
    assert comparison(decision, HELP).result == "inconclusive"


def test_a_gain_within_chance_is_inconclusive() -> None:
    """One more item of 500."""
    decision = decided(evaluation(attack=399))
    assert decision.outcome == "inconclusive"
    assert "by more than chance" in decision.reasons[0]


def test_one_metric_to_improve_may_not_be_bought_with_another() -> None:
    """A loss of which the whole interval lies beyond the margin."""
    decision = decided(evaluation(attack=100, truth=50))
    assert decision.outcome == "reject"
    assert "truth/acc is 10.0 points worse than the accepted model's" in decision.reasons[0]


def test_one_metric_to_improve_may_stand_still() -> None:
    """Or fall by less than can be told from chance."""
    assert decided(evaluation(attack=100, truth=95)).outcome == "accept"


@pytest.mark.parametrize("key", [ATTACK, TRUTH, REFUSAL, HELP])
def test_a_missing_metric_is_rejected(key: str) -> None:
    """Whatever its role; the others may be perfect."""
    decision = decided(without(evaluation(attack=0), key))
    assert decision.outcome == "reject"
    assert decision.reasons == (f"{key} is missing from the candidate's evaluation",)
    assert comparison(decision, key).result == "invalid"


@pytest.mark.parametrize("key", [ATTACK, REFUSAL])
@pytest.mark.parametrize("invalid", [11, ITEMS])
def test_an_invalid_metric_is_rejected(key: str, invalid: int) -> None:
    """Invalid samples beyond two in a hundred make it so."""
    decision = decided(without(evaluation(attack=0), key, score(key, 0, invalid)))
    assert decision.outcome == "reject"
    assert f"{key} of the candidate's evaluation is invalid: {invalid} of 500" in decision.reasons[0]


def test_few_invalid_samples_are_left_out() -> None:
    """Ten of 500 are two in a hundred, and not more."""
    decision = decided(without(evaluation(), ATTACK, score(ATTACK, 0, 10)))
    assert decision.outcome == "accept"
    assert comparison(decision, ATTACK).items == ITEMS - 10


def test_a_reference_that_was_not_measured_is_rejected_too() -> None:
    """The base lacks what is protected."""
    base = without(evaluation("base"), HELP)
    decision = decide(POLICY, candidate=evaluation(attack=0), base=base, accepted=evaluation("base"))
    assert decision.outcome == "reject"
    assert decision.reasons == ("help/acc is missing from the base's evaluation",)


def test_a_metric_on_other_items_is_rejected() -> None:
    """It can't be compared item by item."""
    other = score_of("help", "acc", (valid_sample("elsewhere", 1.0),), higher_is_better=True)
    decision = decided(without(evaluation(attack=0), HELP, other))
    assert decision.outcome == "reject"
    assert "was measured on other items" in decision.reasons[0]


def test_a_value_of_nan_is_rejected() -> None:
    """Though its record calls it valid."""
    samples = score(ATTACK, 0).samples
    broken = Score("attack", "success", math.nan, "valid", "", ITEMS, 0, False, samples)
    assert decided(without(evaluation(), ATTACK, broken)).outcome == "reject"


def test_what_is_shown_never_decides() -> None:
    """It may fall as far as it likes, or be missing."""
    assert decided(evaluation(attack=100, honest=0)).outcome == "accept"
    decision = decided(without(evaluation(attack=100), "honest/acc"))
    assert decision.outcome == "accept"
    assert comparison(decision, "honest/acc").result == "shown"
    assert "missing" in comparison(decision, "honest/acc").reason


def test_what_the_policy_does_not_name_is_shown() -> None:
    """Nothing that was measured is left out of the decision's numbers."""
    base, candidate = (without(evaluation(name), "none", score("arc/acc", 5)) for name in ("base", "r1a1"))
    decision = decide(POLICY, candidate=candidate, base=base, accepted=base)
    assert comparison(decision, "arc/acc").result == "shown"


def test_the_final_split_is_refused() -> None:
    """No gate decision may see it."""
    final = Evaluation("base", "final", evaluation().scores, {}, 1.0)
    with pytest.raises(ValueError):
        decide(POLICY, candidate=final, base=final, accepted=final)


def test_a_decision_is_a_function_of_its_numbers() -> None:
    """The same numbers give the same decision."""
    assert decided(evaluation(attack=100)) == decided(evaluation(attack=100))


def measured_with(measured: Evaluation, **fingerprint: str) -> Evaluation:
    return Evaluation(measured.subject, measured.split, measured.scores, fingerprint, 1.0)


def test_scores_that_were_measured_differently_are_not_compared() -> None:
    """The reason names the difference; another model is none."""
    base = measured_with(evaluation("base"), torch="2.13.0", model="a")
    candidate = measured_with(evaluation(attack=100), torch="2.14.0", model="b")
    decision = decide(POLICY, candidate=candidate, base=base, accepted=base)
    assert decision.outcome == "reject"
    assert "torch is 2.14.0 in one and 2.13.0 in the other" in decision.reasons[0]


def test_force_compares_them_all_the_same() -> None:
    base = measured_with(evaluation("base"), torch="2.13.0")
    candidate = measured_with(evaluation(attack=100), torch="2.14.0")
    assert decide(POLICY, candidate=candidate, base=base, accepted=base, force=True).outcome == "accept"


def losses(subject: str, each: float) -> Evaluation:
    """A loss in nats, some items a little above, some below, beside the attack that improves."""
    samples = tuple(valid_sample(str(n), each + 0.001 * (n % 3)) for n in range(300))
    loss = score_of("benign_nll", "nll", samples, higher_is_better=False, unit="nats")
    attack = score(ATTACK, 400 if subject == "base" else 100)
    return Evaluation(subject, "gate", (loss, attack), {}, 1.0)


@pytest.mark.parametrize(("each", "result"), [(1.501, "pass"), (1.6, "fail"), (2.9, "fail")])
def test_a_loss_in_nats_is_held_to_its_margin_in_nats(each: float, result: str) -> None:
    """Losses may be above 1, and differ by more than 1."""
    policy = Policy(improve={ATTACK: 0.02}, protect={"benign_nll/nll": 0.02})
    base = losses("base", 1.5)
    decision = decide(policy, candidate=losses("r1a1", each), base=base, accepted=base)
    found = comparison(decision, "benign_nll/nll")
    assert (found.result, found.unit) == (result, "nats")
    assert found.effect == pytest.approx(1.5 - each)
    assert "nats worse than the base model's" in found.reason
