"""Asking the models of one run a part of the gate's items at a time: base, accepted model and candidates alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from harness.evaluation.parts import Rows, joined
from harness.evaluation.records import Evaluation

InForce = Callable[[], AbstractContextManager[None]]
"""Puts weights in force for the length of a `with` block."""


@dataclass
class AskedModel:
    """One model of the run, and what it was asked so far; None before it was asked anything.

    A candidate is that of `attempt` in `round_number`. `in_force` puts its weights in force while it is asked; what is
    active is the candidate, where nothing else is said.
    """

    subject: str
    evaluation: Evaluation | None = None
    in_force: InForce = nullcontext
    round_number: int | None = None
    attempt: int | None = None

    @property
    def measured(self) -> Evaluation:
        """What it was asked so far; it was asked something."""
        assert self.evaluation is not None
        return self.evaluation

    def lacks(self, rows: Rows, items: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
        """Those of these rows that it was not asked; `items` names each task's items by row."""
        held = _items_of(self.evaluation)
        lacking = {
            task: tuple(row for row in numbers if items[task][row] not in held.get(task, ()))
            for task, numbers in rows.items()
        }
        return {task: numbers for task, numbers in lacking.items() if numbers}


def _items_of(evaluation: Evaluation | None) -> dict[str, set[str]]:
    """The ids of the items that were measured, whichever of a task's metrics has them."""
    held: dict[str, set[str]] = {}
    for score in evaluation.scores if evaluation else ():
        held.setdefault(score.task, set()).update(sample.item_id for sample in score.samples)
    return held


class Measuring(Protocol):
    """What is needed to ask: `harness.run.measurements.Measurements` in a run."""

    def items(self) -> dict[str, tuple[str, ...]]:
        """The id of each item of the gate's tasks, by row."""
        ...

    def part(self, subject: str, rows: Rows, where: str) -> Evaluation:
        """What is in force in the model, measured on these rows of the gate's tasks."""
        ...

    def keep(self, model: AskedModel) -> None:
        """Record all that a model was asked."""
        ...


class Asking:
    """Asks models what they lack, and records it as it comes."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring
        self._items = measuring.items()

    def ask(self, model: AskedModel, rows: Rows, where: str) -> Evaluation:
        """All that the model was asked by now, these rows among it. `where` says which block it is, for the user."""
        lacking = model.lacks(rows, self._items)
        if lacking or model.evaluation is None:
            with model.in_force():
                part = self._measuring.part(model.subject, lacking, where)
            model.evaluation = joined(model.evaluation, part) if model.evaluation else part
            self._measuring.keep(model)
        return model.measured


def first_rows(blocks: Sequence[Rows]) -> dict[str, tuple[int, ...]]:
    """Of each task the rows of the first block that asks any of it."""
    first: dict[str, tuple[int, ...]] = {}
    for rows in blocks:
        for task, numbers in rows.items():
            first.setdefault(task, tuple(numbers))
    return first


def of_tasks(rows: Rows, tasks: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The rows of these tasks alone."""
    return {task: tuple(numbers) for task, numbers in rows.items() if task in tasks}
