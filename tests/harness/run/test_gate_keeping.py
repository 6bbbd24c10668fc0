"""The gatekeeper: what it refuses unmeasured, and what it remembers."""

from __future__ import annotations

import math

import pytest

from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.gate.policy import load_policy
from harness.run.gate_keeping import PolicyGate
from iteralign.core.records import Candidate
from iteralign.core.settings import TrainingSettings

LOWER_IS_BETTER = {"sandbox_attack_success/attack_success", "sandbox_over_refusal/over_refusal"}


def evaluation(subject: str, good: float) -> Evaluation:
    """Every metric of the sandbox's policy at `good` of the best that it can be, on 100 items."""
    policy = load_policy("sandbox")
    scores = []
    for key in (*policy.improve, *policy.protect):
        task, _, metric = key.partition("/")
        best = 0.0 if key in LOWER_IS_BETTER else 1.0
        samples = tuple(valid_sample(str(n), best if n < 100 * good else 1.0 - best) for n in range(100))
        scores.append(score_of(task, metric, samples, higher_is_better=key not in LOWER_IS_BETTER))
    return Evaluation(subject, "gate", tuple(scores), {}, 0.0)


def candidate(name: str, change: float = 1.0) -> Candidate:
    return Candidate(name, "", "", 1, 1.0, 0.5, change, TrainingSettings())


def gatekeeper(*measured: Evaluation) -> PolicyGate:
    left = list(measured)
    base = evaluation("base", 0.5)
    return PolicyGate(lambda *_: left.pop(0), load_policy("sandbox"), base=base, accepted=base)


def test_a_candidate_that_is_better_everywhere_is_accepted() -> None:
    assert gatekeeper(evaluation("r1a1", 0.9)).decide(candidate("r1a1"), round_number=1, attempt=1).outcome == "accept"


def test_what_was_accepted_is_what_the_next_candidate_must_improve_on() -> None:
    keeper = gatekeeper(evaluation("r1a1", 0.9), evaluation("r2a1", 0.9))
    keeper.decide(candidate("r1a1"), round_number=1, attempt=1)
    keeper.take(candidate("r1a1"))
    assert keeper.decide(candidate("r2a1"), round_number=2, attempt=1).outcome != "accept"


@pytest.mark.parametrize(
    ("change", "says"), [(0.0, "never applied"), (math.nan, "not finite"), (math.inf, "not finite")]
)
def test_an_adapter_that_was_not_applied_or_diverged_is_rejected_unmeasured(change: float, says: str) -> None:
    decision = gatekeeper().decide(candidate("r1a1", change), round_number=1, attempt=1)
    assert decision.outcome == "reject"
    assert says in decision.reasons[0]
