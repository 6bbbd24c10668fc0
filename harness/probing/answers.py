"""What an answer of each kind costs to write: to an attack, under a principle, to a harmless prompt.

A small network spends much of a step on reading its weights, which all answers of a batch share. So a quick model is
tried with each kind at the size of a run's own batch; a slow one writes a few answers of all kinds in one batch, and
two short writings of different width say what an answer costs among more of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from harness.planning.costs import RowCost, Timed, Unit, extrapolated, interpolated
from harness.planning.counts import Stage
from harness.probing.clock import Growing, Spell, evenly, grow, spent
from iteralign.core.records import Attack, Constitution, Response
from iteralign.generation import planning
from iteralign.generation.generator import Decoding, RenderedPrompt
from iteralign.model.causal import CausalModel
from iteralign.model.responses import response_to

_FEW = 8
"""Answers to attacks in the first batch; of the other kinds half as many."""
_QUICK_S = 3.0
"""A first batch that took no longer can be followed by each kind at its real size."""
_BUDGET_S = 5.0
"""For each kind of a quick model."""
_STEPS = 8
"""Tokens of the short writings, behind the first."""
_WIDER = {"cpu": 4, "gpu": 16}
_MOST_ROWS = 512
"""Of a device on which memory alone sets a limit."""


@dataclass(frozen=True)
class Asked:
    """What a kind of answer is written to, all of it at once, and the principles before it."""

    attacks: Sequence[Attack]
    constitution: Constitution | None = None

    def rendered(self, model: CausalModel, count: int) -> list[RenderedPrompt]:
        principles = self.constitution.principles if self.constitution else ()
        return [model.prompts.prompt(each.conversation, principles) for each in evenly(self.attacks, count)]


@dataclass(frozen=True)
class Written:
    """What answers cost by kind, some of them by kind, and what a row costs in batches of any width.

    `rows` is among how many of its own kind a unit was reckoned; `points` are measurings of several sizes by kind,
    where there were any.
    """

    units: Mapping[Stage, Unit]
    responses: Mapping[Stage, list[Response]]
    row_cost: RowCost
    rows: Mapping[Stage, int]
    points: Mapping[Stage, tuple[Timed, ...]] = field(default_factory=dict)

    def among(self, stage: Stage, rows: int) -> Unit:
        """What one of that kind costs where so many are written at once."""
        unit = self.units[stage]
        if stage in self.points:
            return replace(unit, seconds=interpolated(self.points[stage], rows))
        return replace(unit, seconds=(unit.seconds or 0.0) * self.row_cost.gain(self.rows[stage], rows))


def write_answers(model: CausalModel, kinds: Mapping[Stage, Asked]) -> Written:
    """Write some answers of each kind, greedily, and time them."""
    few = {stage: _FEW if stage is Stage.ATTACK else _FEW // 2 for stage in kinds}
    # What is done once in a process (threads, a check of the network) is no part of what an answer costs.
    model.write(kinds[Stage.ATTACK].rendered(model, 1), Decoding(2))
    responses, spell = spent(partial(_mixed, model, kinds, few))
    if spell.seconds <= _QUICK_S:
        return _by_itself(model, kinds)
    row_cost = measured_row_cost(model, kinds[Stage.ATTACK])
    rows = {stage: real_rows(model, kind) for stage, kind in kinds.items()}
    return Written(_shares(model, rows, responses, spell, row_cost), responses, row_cost, rows)


def most_rows(model: CausalModel) -> int:
    """About how many answers are written at once, at most."""
    return planning.most_rows(model.network, planning.passes(model.network), model.settings.batch_size) or _MOST_ROWS


def real_rows(model: CausalModel, kind: Asked) -> int:
    """About how many answers of a kind are written at once."""
    return max(1, min(len(kind.attacks), most_rows(model)))


def measured_row_cost(model: CausalModel, kind: Asked) -> RowCost:
    """What a step costs by the number of rows, from two short writings."""
    wide = min(_WIDER[_device(model)] * _FEW, real_rows(model, kind))
    rows = sorted({min(_FEW, wide), wide})
    times = [Timed(count, _seconds_of_steps(model, kind.rendered(model, count))) for count in rows]
    return RowCost.fitted(times[0], times[-1])


def _device(model: CausalModel) -> str:
    return "cpu" if model.network.device.type == "cpu" else "gpu"


def _seconds_of_steps(model: CausalModel, prompts: Sequence[RenderedPrompt]) -> float:
    """Of the steps alone, without reading the prompts."""
    _, first = spent(partial(model.write, prompts, Decoding(1)))
    _, whole = spent(partial(model.write, prompts, Decoding(1 + _STEPS)))
    return max(whole.seconds - first.seconds, 1e-6)


def _mixed(model: CausalModel, kinds: Mapping[Stage, Asked], few: Mapping[Stage, int]) -> dict[Stage, list[Response]]:
    """A few answers of all kinds, written in one go."""
    prompts = {stage: kind.rendered(model, few[stage]) for stage, kind in kinds.items()}
    texts = iter(model.write([each for some in prompts.values() for each in some], Decoding(model.new_tokens)))
    return {
        stage: [
            response_to(attack, prompt, next(texts), model.answers)
            for attack, prompt in zip(evenly(kinds[stage].attacks, len(some)), some, strict=True)
        ]
        for stage, some in prompts.items()
    }


def _by_itself(model: CausalModel, kinds: Mapping[Stage, Asked]) -> Written:
    """Each kind at the size of a run's batch, or as near to it as the budget allows."""
    units: dict[Stage, Unit] = {}
    points: dict[Stage, tuple[Timed, ...]] = {}
    responses: dict[Stage, list[Response]] = {stage: [] for stage in kinds}

    def write(stage: Stage, kind: Asked, count: int) -> None:
        responses[stage] = model.generate(evenly(kind.attacks, count), kind.constitution)

    for stage, kind in kinds.items():
        if kind.attacks:
            whole = len(kind.attacks)
            grown = grow(partial(write, stage, kind), first=_FEW, most=whole, budget_s=_BUDGET_S)
            units[stage] = replace(unit_of(grown, whole), tokens=_mean_tokens(model, responses[stage]))
            points[stage] = grown.points
    rows = {stage: len(kind.attacks) for stage, kind in kinds.items()}
    return Written(units, responses, RowCost(0.0, 1.0), rows, points)


def unit_of(grown: Growing, units: int) -> Unit:
    """What one of so many units costs, from measurings of growing size."""
    return Unit(extrapolated(grown.points, units), grown.points[-1].units, grown.peak_bytes, grown.gpu_bytes)


def _shares(
    model: CausalModel,
    real: Mapping[Stage, int],
    responses: Mapping[Stage, list[Response]],
    spell: Spell,
    row_cost: RowCost,
) -> dict[Stage, Unit]:
    """Each kind's share of one batch, by the tokens that were written, as it would be among so many `real` rows."""
    rows = sum(len(some) for some in responses.values())
    lengths = {stage: _mean_tokens(model, some) for stage, some in responses.items() if some}
    written = sum(lengths[stage] * len(responses[stage]) for stage in lengths)
    return {
        stage: Unit(
            spell.seconds * length / max(written, 1.0) * row_cost.gain(rows, real[stage]),
            len(responses[stage]),
            spell.peak_bytes,
            spell.gpu_bytes,
            length,
        )
        for stage, length in lengths.items()
    }


def _mean_tokens(model: CausalModel, responses: Sequence[Response]) -> float:
    """How many tokens an answer has on average, its end among them."""
    if not responses:
        return 0.0
    return sum(1 + len(model.tokenizer(each.text)["input_ids"]) for each in responses) / len(responses)
