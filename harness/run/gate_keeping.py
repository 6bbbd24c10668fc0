"""The gates of a run: by policy, which measures each candidate and compares it, or one that accepts all."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.evaluation.records import Evaluation
from harness.gate.decision import decide
from harness.gate.policy import Policy
from iteralign.core.records import Candidate, GateDecision
from iteralign.oracle.validation.calibration import CalibrationResult

Measure = Callable[[str, int, int], Evaluation]
"""Given the subject's name, the round and the attempt, the evaluation of what is in force in the model, recorded."""


class PolicyGate:
    """Answers "accept this candidate?" for one run, which may ask so `looks` times at most, from all items at once."""

    def __init__(
        self,
        measure: Measure,
        policy: Policy,
        *,
        base: Evaluation,
        accepted: Evaluation,
        looks: int = 1,
        force: bool = False,
        calibration: CalibrationResult | None = None,
    ) -> None:
        self._measure = measure
        self._policy = policy
        self._base = base
        self._accepted = accepted
        self._looks = looks
        self._force = force
        self._calibration = calibration
        self._let_through: dict[str, Evaluation] = {}

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        """Reject what was never applied or has diverged before anything is measured; otherwise measure and compare."""
        refusal = unusable(candidate)
        if refusal:
            return GateDecision("reject", (refusal,))
        measured = self._measure(candidate.name, round_number, attempt)
        decision = decide(
            self._policy,
            candidate=measured,
            base=self._base,
            accepted=self._accepted,
            looks=self._looks,
            force=self._force,
            calibration=self._calibration,
        )
        if decision.outcome == "accept":
            self._let_through[candidate.name] = measured
        return decision

    def take(self, candidate: Candidate) -> None:
        """Hold later candidates against this one's measurings."""
        self._accepted = self._let_through[candidate.name]
        self._let_through.clear()


class AcceptAllGate:
    """Accepts every candidate without measuring it, as published with the paper. The decision says so.

    One whose weights were never applied, or whose logits are no numbers, is rejected all the same: it would be kept as
    a model that was trained.
    """

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        refusal = unusable(candidate)
        if refusal:
            return GateDecision("reject", (refusal,), retry=False)
        return GateDecision("accept", ("not measured: the gate is switched off",), retry=False)

    def take(self, candidate: Candidate) -> None:
        """Nothing is held against anything."""


def unusable(candidate: Candidate) -> str:
    """Why a candidate need not be measured: it computes nothing new, or no numbers; empty where it must be."""
    change = candidate.largest_logit_change
    if not math.isfinite(change):
        return f"the logits of {candidate.name} are not finite"
    if change == 0.0:
        return f"the logits of {candidate.name} equal the accepted model's: its weights were never applied"
    return ""
