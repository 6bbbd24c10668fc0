"""The final look: the result held against the base on items that no round has seen."""

from __future__ import annotations

from harness.evaluation.records import Evaluation
from harness.gate.decision import hold_against
from harness.gate.policy import Policy
from harness.release.evidence import evidence
from harness.run.measurements import Measurements
from harness.run.open_run import OpenRun
from harness.run.parts import RunParts
from iteralign.oracle.validation.calibration import CalibrationResult


def confirm(parts: RunParts, run: OpenRun, measurements: Measurements, calibration: CalibrationResult | None) -> None:
    """Evaluate the result on the final items, and hold it there against the base: one look, kept as a check."""
    if not parts.final_tasks:
        return
    base = run.store.evaluations.of_run(run.run_id, subject="base", split="final")
    result = measurements.measure("result", parts.final_tasks, "final")
    if base is None or result.fingerprint["adapter"] == base.fingerprint["adapter"]:
        return  # nothing was accepted, so there is nothing to confirm
    policy = _policy_on_final_items(parts, result)
    if policy is None:
        run.note("The final tasks lack some of what the policy decides by, so they confirm nothing.")
        return
    decision = hold_against(policy, candidate=result, baseline=base, force=run.force, calibration=calibration)
    record = evidence(
        decision, policy, candidate=result, candidate_name="result", reference=base, reference_name="base"
    )
    run.store.checks.record(run.run_id, kind="final", name="the result against the base", evidence=record)


def _policy_on_final_items(parts: RunParts, result: Evaluation) -> Policy | None:
    """The policy for what the rounds did not see, or None where that lacks some of what decides."""
    unseen = {score.key for score in result.scores if score.task not in parts.gate_tasks}
    return parts.policy.on_final_items(unseen)
