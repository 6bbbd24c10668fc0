"""One metric or pool of a candidate that was asked in part: held against a reference on the items asked of both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from statistics import fmean

from harness.evaluation.records import Evaluation, Score, score_of
from harness.gate.blocks import BlockPlan, Look, tasks_behind
from harness.gate.compare import Measured, empty_comparison, measure
from harness.gate.policy import Policy
from iteralign.core.records import Comparison, ComparisonReference, MetricRole
from iteralign.oracle.validation.calibration import CalibrationResult


@dataclass(frozen=True)
class Held:
    """A comparison at the look that its metric has come to; `whole` where all its items were asked."""

    measured: Measured
    whole: bool


@dataclass(frozen=True)
class Asked:
    """What was asked of `candidate` in the blocks 1 to `block`. `level` is that of the whole look, one-sided."""

    policy: Policy
    plan: BlockPlan
    block: int
    candidate: Evaluation
    level: float
    force: bool = False
    calibration: CalibrationResult | None = None

    def held(self, key: str, role: MetricRole, against: Evaluation, reference: ComparisonReference) -> Held:
        """The metric or pool at its own look, its p-values divided by the share of the level that the look may spend.

        Raises ValueError for a number of rows that no look of the plan has.
        """
        tasks, looks = tasks_behind(self.policy, key), self.plan.looks[key]
        if looks and not any(self.plan.rows(task, self.block) for task in tasks):
            return Held(self._open(key, role, against, reference, "was not asked: its turn comes later"), whole=False)
        number, look = _look(key, looks, sum(rows_asked(self.candidate, task) for task in tasks))
        whole = number == max(1, len(looks))
        measured = self._measure(self.policy, self.candidate, key, role, against, reference, look.spent)
        if not whole and measured.comparison.result == "invalid" and not self._is_certain(key, role, against, look):
            reason = "has too many invalid samples so far, and may yet have few enough"
            return Held(self._open(key, role, against, reference, reason), whole=False)
        return Held(self._spent(measured, number, look, whole=whole), whole)

    def shown(self, key: str, against: Evaluation, reference: ComparisonReference) -> Comparison:
        """What decides nothing, on the items that both were asked."""
        return self._measure(self.policy, self.candidate, key, "show", against, reference, 1.0).comparison

    def planned(self, key: str) -> int:
        """How many rows of that metric or pool all blocks ask."""
        return self.plan.looks[key][-1].rows if self.plan.looks[key] else 0

    def _measure(
        self,
        policy: Policy,
        candidate: Evaluation,
        key: str,
        role: MetricRole,
        against: Evaluation,
        reference: ComparisonReference,
        spent: float,
    ) -> Measured:
        beside = _restricted(against, candidate, policy.members(key))
        level = self.level * spent
        return measure(
            policy, key, role, candidate, beside, reference, level, force=self.force, calibration=self.calibration
        )

    def _open(
        self, key: str, role: MetricRole, against: Evaluation, reference: ComparisonReference, why: str
    ) -> Measured:
        empty = empty_comparison(self.policy, key, role, self.candidate, against, reference, f"{key} {why}")
        return Measured(replace(empty, result="inconclusive", planned=self.planned(key)), unasked=True)

    def _is_certain(self, key: str, role: MetricRole, against: Evaluation, look: Look) -> bool:
        """Whether a part that is invalid leaves the whole invalid, though every further sample were valid."""
        share = min(0.999, self.policy.max_invalid_share * self.planned(key) / look.rows)
        lenient = self.policy.model_copy(update={"max_invalid_share": share})
        members = self.policy.members(key)
        scores = tuple(_reread(score, share) if score.key in members else score for score in self.candidate.scores)
        candidate = replace(self.candidate, scores=scores)
        found = self._measure(lenient, candidate, key, role, against, "base", look.spent)
        return found.comparison.result == "invalid"

    def _spent(self, measured: Measured, number: int, look: Look, *, whole: bool) -> Measured:
        plain = measured.comparison
        decides = whole or plain.clusters >= self.policy.blocks.min_clusters

        def spent(p_value: float | None) -> float | None:
            if p_value is None:
                return None
            return min(1.0, p_value / look.spent) if decides else 1.0

        found = replace(
            plain,
            p_better=spent(plain.p_better),
            p_worse=spent(plain.p_worse),
            p_kept=spent(plain.p_kept),
            planned=self.planned(plain.metric),
            look=number,
            spent=look.spent,
        )
        return replace(measured, comparison=found)


def rows_asked(evaluation: Evaluation, task: str) -> int:
    """How many rows of a task an evaluation holds, whichever of its metrics has them."""
    return len({sample.item_id for score in evaluation.scores if score.task == task for sample in score.samples})


def _look(key: str, looks: Collection[Look], asked: int) -> tuple[int, Look]:
    """The number of the look that so many rows belong to. Where there is no row the metric is missing, at its first."""
    for number, look in enumerate(looks or [Look(0, 1.0)], 1):
        if asked in (look.rows, 0):
            return number, look
    raise ValueError(f"{key} was asked on {asked} rows, and its looks come after {[look.rows for look in looks]}")


def _restricted(evaluation: Evaluation, candidate: Evaluation, keys: Collection[str]) -> Evaluation:
    """The reference's scores with the items that the candidate was asked, too; unchanged where it was asked all."""
    scores = tuple(
        _of_items(score, beside) if score.key in keys and (beside := candidate.score(score.key)) else score
        for score in evaluation.scores
    )
    return replace(evaluation, scores=scores)


def _of_items(score: Score, beside: Score) -> Score:
    items = {sample.item_id for sample in beside.samples}
    samples = tuple(sample for sample in score.samples if sample.item_id in items)
    if len(samples) == len(score.samples) or not samples:
        return score
    values = [sample.value for sample in samples if sample.value is not None]
    value = fmean(values) if values and score.value is not None else None
    return replace(score, samples=samples, value=value, items=len(samples), invalid_items=len(samples) - len(values))


def _reread(score: Score, share: float) -> Score:
    """A score that is invalid by its samples, with another share of them allowed."""
    if score.status == "valid" or not score.samples or not score.invalid_items:
        return score
    again = score_of(
        score.task,
        score.metric,
        score.samples,
        higher_is_better=score.higher_is_better,
        max_invalid_share=share,
        unit=score.unit,
        family=score.family,
    )
    return replace(score, value=again.value, status=again.status, reason=again.reason)
