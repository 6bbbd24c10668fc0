"""What the items of the gate cost: choices that are rated, texts that are read, answers that are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.assembly.measurement import answer_tokens, evaluator_for, measure
from harness.config.schema import RunConfig
from harness.evaluation.evaluator import Evaluator, nothing_known
from harness.evaluation.records import Evaluation
from harness.planning.costs import RowCost, Timed, Unit, extrapolated
from harness.planning.counts import Stage
from harness.probing.answers import most_rows
from harness.probing.clock import Growing, Spell, StageClock, spent
from harness.run.parts import RunParts
from harness.run.sizes import CHOICES, TEXTS, WRITTEN, tasks_of
from iteralign.core.protocols import Advance
from iteralign.core.records import JudgedResponse, OracleItem, Principle, Verdict
from iteralign.oracle.kinds import default_oracle

_FIRST = 3
"""Items of each task, to begin with."""
_FEWEST = 2
"""Measurings that count, whatever they take."""
_GROWTH = 4
_BUDGET_S = {Stage.CHOICES: 10.0, Stage.TEXT: 4.0, Stage.WRITTEN: 12.0}
_OUTPUTS = {Stage.CHOICES: CHOICES, Stage.TEXT: TEXTS, Stage.WRITTEN: WRITTEN}


class _AsksNobody:
    """An oracle for measurings of which only the time is wanted."""

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        if advance:
            advance(len(items))
        return [Verdict("unscored", reason="nobody was asked")] * len(items)

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return [[] for _ in groups]


@dataclass(frozen=True)
class ProbedGate:
    """What the items cost by kind, and the evaluations that came about."""

    units: dict[Stage, Unit]
    evaluations: list[Evaluation]


def probe_gate(parts: RunParts, clock: StageClock, row_cost: RowCost) -> ProbedGate:
    """Measure some items of each kind, and time what is done with them; no judge is asked."""
    grown = {
        stage: _grow(parts, clock, stage, tasks)
        for stage, outputs in _OUTPUTS.items()
        if (tasks := tasks_of(parts, outputs))
    }
    most = most_rows(parts.model)
    units = {stage: each.unit(row_cost if stage is Stage.WRITTEN else None, most) for stage, each in grown.items()}
    # Requests are built and scores made of what comes back, whatever the kind.
    around = sum(extrapolated(each.around, each.whole) * each.whole for each in grown.values())
    whole = sum(each.whole for each in grown.values())
    units[Stage.KEPT] = Unit(around / whole, sum(each.around[-1].units for each in grown.values()))
    return ProbedGate(units, [each.evaluation for each in grown.values()])


@dataclass(frozen=True)
class _Grown:
    """Measurings of growing size, of tasks of `whole` items; `around` is the time of each outside of its stages."""

    whole: int
    growing: Growing
    around: tuple[Timed, ...]
    evaluation: Evaluation

    def unit(self, row_cost: RowCost | None, most: int) -> Unit:
        last = self.growing.points[-1]
        if row_cost is None:
            seconds = extrapolated(self.growing.points, self.whole)
        else:
            seconds = last.seconds / last.units * row_cost.gain(last.units, min(self.whole, most))
        return Unit(seconds, last.units, self.growing.peak_bytes, self.growing.gpu_bytes)


def _grow(parts: RunParts, clock: StageClock, stage: Stage, tasks: Sequence[str]) -> _Grown:
    """Measure more and more items of each of these tasks, as long as the next measuring is likely to be affordable.

    The first measuring is not counted, since it also pays for what is done once. Two that count are made in any case,
    where there are items for them: a single one can't tell what grows with the items from what does not.
    """
    whole = parts.evaluator.size(tasks)
    growing, around, limit, taken_s = Growing(), [], _FIRST, 0.0
    _measure(parts, clock, tasks, limit)
    while True:
        items, spell, inside, evaluation = _measure(parts, clock, tasks, limit)
        growing = growing.and_then(items, replace(spell, seconds=inside))
        around.append(Timed(items, spell.seconds - inside))
        taken_s += spell.seconds
        following = min(_GROWTH, whole / items) * spell.seconds
        affordable = len(around) < _FEWEST or taken_s + following <= _BUDGET_S[stage]
        if items >= whole or not affordable:
            return _Grown(whole, growing, tuple(around), evaluation)
        limit *= _GROWTH


def _measure(
    parts: RunParts, clock: StageClock, tasks: Sequence[str], limit: int
) -> tuple[int, Spell, float, Evaluation]:
    """Measure so many items of each task: how many that are, what it took, and how much of it in its stages."""
    evaluator = _evaluator(parts, tasks, limit)
    begun = len(clock.stages)
    evaluation, spell = spent(partial(measure, evaluator, tasks, parts.model, "base", "gate", clock, nothing_known))
    inside = sum(each.seconds for each in clock.stages[begun:] if ": " in each.text)
    return evaluator.size(tasks), spell, inside, evaluation


def _evaluator(parts: RunParts, tasks: Sequence[str], limit: int) -> Evaluator:
    """An evaluator of so many items of each task, which has nobody to judge them."""
    return evaluator_for(tasks, parts.model, _AsksNobody(), smaller(parts.config, limit))


def smaller(config: RunConfig, limit: int) -> RunConfig:
    """The run's configuration for so many items of each task, without its judge but with the answers that it has."""
    of_gate = {"limit": min(limit, config.gate.limit or limit), "answer_tokens": answer_tokens(config)}
    gate = config.gate.model_copy(update=of_gate)
    return config.model_copy(update={"gate": gate, "oracle": default_oracle()})
