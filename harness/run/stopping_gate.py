"""The gate that stops when it knows: candidates are asked block after block, until the decision stands."""

from __future__ import annotations

from harness.evaluation.records import Evaluation
from harness.gate.blocks import BlockPlan
from harness.gate.policy import Policy
from harness.gate.sequential import Standing, decide_block
from harness.run.asking import AskedModel, Asking, InForce, of_tasks
from harness.run.gate_keeping import unusable
from iteralign.core.records import Candidate, GateDecision
from iteralign.oracle.validation.calibration import CalibrationResult

Rows = dict[str, tuple[int, ...]]


class StoppingGate:
    """Answers "accept this candidate?" for one run, `looks` times at most, from as few items as it can.

    Base and accepted model are asked the candidate's rows as they are needed: the base all of them, the accepted model
    those of what is to improve on it, with `accepted_in_force` around. A run's plan is one for all of its candidates.
    """

    def __init__(
        self,
        asking: Asking,
        policy: Policy,
        plan: BlockPlan,
        *,
        base: AskedModel,
        accepted: AskedModel,
        accepted_in_force: InForce,
        looks: int = 1,
        force: bool = False,
        calibration: CalibrationResult | None = None,
    ) -> None:
        self._asking, self._policy, self._plan = asking, policy, plan
        self._base, self._accepted = base, accepted
        self._accepted_in_force = accepted_in_force
        self._looks, self._force, self._calibration = looks, force, calibration
        self._let_through: dict[str, AskedModel] = {}

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        """Reject what was never applied or has diverged before anything is measured; otherwise ask until it stands."""
        refusal = unusable(candidate)
        if refusal:
            return GateDecision("reject", (refusal,))
        asked = AskedModel(candidate.name, round_number=round_number, attempt=attempt)
        decision = self._ask_until_decided(asked)
        if decision.outcome == "accept":
            self._let_through[candidate.name] = asked
        return decision

    def take(self, candidate: Candidate) -> None:
        """Hold later candidates against this one, and ask it what it was not asked yet as the accepted model."""
        self._accepted = self._let_through[candidate.name]
        self._accepted.in_force = self._accepted_in_force
        self._let_through.clear()

    def _ask_until_decided(self, candidate: AskedModel) -> GateDecision:
        wanted = {task for block in self._plan.blocks for task in block.rows}
        rows: Rows = {}
        for block in self._plan.blocks:
            # What was closed and is open again is asked up to here, so that it stands at a look of its plan.
            rows |= {task: self._plan.rows(task, block.number) for task in wanted}
            standing = self._after(block.number, candidate, rows)
            if standing.decision:
                return standing.decision
            wanted = set(standing.ask)
        raise AssertionError("the last block is always decided")

    def _after(self, block: int, candidate: AskedModel, rows: Rows) -> Standing:
        where = f"block {block} of {len(self._plan.blocks)}"
        measured = self._asking.ask(candidate, rows, where)
        return decide_block(
            self._policy,
            self._plan,
            block,
            candidate=measured,
            base=self._asking.ask(self._base, rows, where),
            accepted=self._asked_accepted(rows, where),
            looks=self._looks,
            force=self._force,
            calibration=self._calibration,
        )

    def _asked_accepted(self, rows: Rows, where: str) -> Evaluation:
        if self._accepted is self._base:
            return self._asking.ask(self._base, rows, where)
        improving = {key.partition("/")[0] for key in self._policy.improve}
        return self._asking.ask(self._accepted, of_tasks(rows, improving), where)
