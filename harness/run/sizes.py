"""How large a run's parts are: the numbers from which its least and its most are worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.evaluation.judged import is_embedded
from harness.planning.bounds import Sizes
from harness.planning.counts import Items
from harness.run.asking import first_rows
from harness.run.parts import RunParts
from iteralign.oracle.validation.examination import pairs
from tasks.catalog import TASKS

CHOICES = ("multiple_choice", "loglikelihood")
TEXTS = ("loglikelihood_rolling",)
WRITTEN = ("generate_until",)


def sizes(parts: RunParts) -> Sizes:
    """The sizes of what was loaded."""
    gate, final = items(parts, parts.gate_tasks), items(parts, parts.final_tasks)
    return Sizes(
        prompts=len(parts.red_team.prompts),
        harmless=len(parts.harmless.prompts),
        gate=gate,
        first_of_gate=_first_of_gate(parts, gate),
        final=final,
        examined=0 if parts.config.judge.is_practice() else len(pairs(parts.config.judge.cases)),
        proposed=parts.config.proposer.principles_a_group,
        final_again=_final_again(parts, final),
    )


def items(parts: RunParts, tasks: Sequence[str]) -> Items:
    """The items of some tasks by what they cost."""
    if not tasks:
        return Items()
    return _by_cost(parts, {name: count for name, (_, count) in parts.evaluator.items_by_output(tasks).items()})


def _first_of_gate(parts: RunParts, gate: Items) -> Items:
    """What is asked of the base to begin with: all, or its first rows where items are asked in blocks."""
    if parts.plan is None:
        return gate
    rows = first_rows([block.rows for block in parts.plan.blocks])
    return _by_cost(parts, {name: len(numbers) for name, numbers in rows.items()})


def _by_cost(parts: RunParts, counts: Mapping[str, int]) -> Items:
    """So many items of each task, by what they cost."""
    outputs = {name: output for name, (output, _) in parts.evaluator.items_by_output(counts).items()}

    def of(wanted: Sequence[str]) -> int:
        return sum(count for name, count in counts.items() if outputs[name] in wanted)

    judged = sum(count for name, count in counts.items() if name in TASKS and TASKS[name].judged)
    return Items(of(CHOICES), of(TEXTS), of(WRITTEN), judged)


def tasks_of(parts: RunParts, outputs: Sequence[str]) -> tuple[str, ...]:
    """Those of the gate's tasks with one of these outputs."""
    counted = parts.evaluator.items_by_output(parts.gate_tasks)
    return tuple(name for name, (output, _) in counted.items() if output in outputs)


def _final_again(parts: RunParts, final: Items) -> Items:
    """What the final look measures of a model that has not changed: all, or what a judge elsewhere has a say in."""
    if not parts.config.gate.reuse:
        return final
    if is_embedded(parts.config.judge.stored_name(parts.judge)) or not final.judged:
        return Items()
    return Items(written=final.judged, judged=final.judged)
