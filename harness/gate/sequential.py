"""A gate that stops when it knows: a pure function of what was asked so far and the plan of the blocks.

Each metric spends the run's level over its own looks, by its plan: its p-value at a look is divided by the share that
the look may spend, and what stands then at the whole level stands for good (a union bound over its looks; Holm over the
metrics, of which one that was not asked yet counts with p = 1). So a decision after any block keeps the error rates
promised for the whole run, however it is decided what to ask on.

A GO needs every question of harm closed: each protected metric has kept its margin, and each metric to improve was
shown better, has kept its margin, or was asked to the end. A NO-GO stands at any time. What is decided is not asked on.
A stop for futility only ever says "inconclusive", so that no error rate depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.evaluation.records import Evaluation
from harness.gate.blocks import BlockPlan, tasks_behind
from harness.gate.decision import missing_tasks, settled, shown_keys, verdict, worth_a_retry
from harness.gate.futility import why_futile
from harness.gate.partial import Asked, Held
from harness.gate.policy import Policy
from iteralign.core.records import Comparison, GateDecision, GateOutcome, Leaning, StopReason
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.statistics.multiplicity import level_of_one_look

_STOPS: Mapping[GateOutcome, StopReason] = {"accept": "go", "reject": "harm", "inconclusive": "futility"}


@dataclass(frozen=True)
class Standing:
    """After a block: a decision, or the tasks to be asked in the next block because something of them is open."""

    decision: GateDecision | None
    ask: frozenset[str]


def decide_block(
    policy: Policy,
    plan: BlockPlan,
    block: int,
    *,
    candidate: Evaluation,
    base: Evaluation,
    accepted: Evaluation,
    looks: int = 1,
    force: bool = False,
    calibration: CalibrationResult | None = None,
) -> Standing:
    """Decide after block number `block`, if it can be, on the partial scores of `candidate`.

    Of each task `candidate` holds the rows that were asked so far: those of all blocks up to this one, or up to the one
    after which `Standing.ask` no longer named the task. `base` and `accepted` hold at least those. Everything else is
    as for `harness.gate.decision.decide`, whose verdict the last block gives with what is left of the level.

    Raises ValueError for an evaluation of the final split, and for rows that are those of no look of the plan.
    """
    if any(evaluation.split == "final" for evaluation in (candidate, base, accepted)):
        raise ValueError("the final split is not for gate decisions")
    level = level_of_one_look(1.0 - policy.confidence, looks)
    asked = Asked(policy, plan, block, candidate, level, force=force, calibration=calibration)
    better = [asked.held(key, "improve", accepted, "accepted") for key in policy.improve]
    kept = [asked.held(key, "protect", base, "base") for key in policy.protected]
    shown = [asked.shown(key, base, "base") for key in shown_keys(policy, candidate)]
    comparisons = settled([one.measured for one in better], [one.measured for one in kept], level)
    state = _State(policy, plan, block, candidate, level, [*better, *kept], comparisons, shown)
    decision = state.decision(looks)
    return Standing(decision, frozenset() if decision else frozenset(state.open_tasks()))


@dataclass(frozen=True)
class _State:
    """What is known after a block: each deciding metric as it was held, beside its settled comparison."""

    policy: Policy
    plan: BlockPlan
    block: int
    candidate: Evaluation
    level: float
    held: list[Held]
    comparisons: list[Comparison]
    shown: list[Comparison]

    def decision(self, looks: int) -> GateDecision | None:
        """The decision, None where more is to be asked first."""
        missing = list(missing_tasks(self.policy, self.candidate, self.comparisons))
        last = self.block >= len(self.plan.blocks)
        # Where nothing is open any more, further blocks would bring nothing that decides.
        through = last or not (missing or any(self._open_deciding()))
        outcome, reasons = verdict(self.comparisons, missing if last else [])
        if outcome == "accept" and (missing or any(map(self._harm_is_open, self.held, self.comparisons))):
            outcome, reasons = "inconclusive", ["a metric to improve was not asked to the end"]
        elif outcome != "inconclusive":
            return self._stated(outcome, reasons, "", looks)
        if through:
            return self._stated(outcome, reasons, "", looks)
        unlikely = why_futile(self.policy, self.plan, self.held, self.comparisons, self.level)
        return self._stated(outcome, [f"stopped early: {unlikely}"], unlikely, looks) if unlikely else None

    def _stated(self, outcome: GateOutcome, reasons: list[str], unlikely: str, looks: int) -> GateDecision:
        early = unlikely or (outcome != "inconclusive" and not all(one.whole for one in self.held))
        leaning = [
            replace(item, leans=self._leans(one, item, futile=bool(unlikely)))
            for one, item in zip(self.held, self.comparisons, strict=True)
        ]
        decision = GateDecision(
            outcome,
            tuple(reasons),
            (*leaning, *self.shown),
            looks=looks,
            block=self.block,
            blocks=len(self.plan.blocks),
            stopped=_STOPS[outcome] if early else "",
            unlikely=unlikely,
        )
        return replace(decision, retry=worth_a_retry(self.policy, decision))

    def _leans(self, held: Held, item: Comparison, *, futile: bool) -> Leaning:
        """Asking ended on a high or a low: of all runs, those with luck end early."""
        if held.whole or held.measured.effect is None:
            return ""
        if item.result == "pass":
            return "better"
        if item.result == "fail" or (futile and item.role == "improve"):
            return "worse"
        return "better" if self._has_kept(item) else ""

    def _harm_is_open(self, held: Held, item: Comparison) -> bool:
        """Whether a metric that is neither bad nor good may yet be shown to have lost more than its margin."""
        return item.result == "inconclusive" and not held.whole and not self._has_kept(item)

    def _has_kept(self, item: Comparison) -> bool:
        return item.p_kept is not None and item.p_kept <= self.level

    def open_tasks(self) -> Iterator[str]:
        """The tasks of open metrics, and those that decide nothing but are to be shown or required."""
        yield from self._open_deciding()
        deciding = {task for item in self.comparisons for task in tasks_behind(self.policy, item.metric)}
        yield from {task for block in self.plan.blocks for task in block.rows} - deciding

    def _open_deciding(self) -> Iterator[str]:
        gained = any(item.role == "improve" and item.result == "pass" for item in self.comparisons)
        both = list(zip(self.held, self.comparisons, strict=True))
        blocked = any(item.role == "protect" and item.result != "pass" and held.whole for held, item in both)
        for held, item in both:
            may_gain = item.role == "improve" and item.result == "inconclusive" and not held.whole
            if self._harm_is_open(held, item) or (may_gain and not gained and not blocked):
                yield from tasks_behind(self.policy, item.metric)
