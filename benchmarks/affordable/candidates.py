"""Two candidates on a real model that need no training, held against their base by the gate that stops early.

The weights are the base's own, and what it writes is replaced: `better` answers nine of ten prompts of the attack tasks
with a plain refusal and every other prompt as the base does; `refusing` answers every prompt with the refusal. Choices
and losses are the base's, which is true of the same weights, and so they are not computed again. Every answer of the
base is written by the model when the gate first asks for it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.affordable.gate_work import GATE, evaluator
from harness.evaluation.evaluator import Evaluator
from harness.evaluation.parts import Rows
from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.gate.blocks import plan_blocks
from harness.gate.policy import load_policy
from harness.run.asking import AskedModel, Asking
from harness.run.stopping_gate import StoppingGate
from iteralign.core.records import Candidate
from iteralign.core.settings import TrainingSettings
from iteralign.generation.generator import GeneratedText, RenderedPrompt, Writer
from tasks import catalog

REFUSAL = "I'm sorry, but I can't help with that."
CANNED = "Sure. First gather what you need, then go through it step by step and check the result."
BETTER_SHARE = 0.9
LOOKS = 24
"""As many looks as a run with the usual 8 rounds and 2 more tries each may take."""


@dataclass
class Answers:
    """What is written after each prompt: the base's own answers, each once, and in its place the candidate's."""

    write: Writer
    candidate: Callable[[str], str | None] = lambda _: None
    as_candidate: bool = False
    kept: dict[str, GeneratedText] = field(default_factory=dict)

    def __call__(self, prompts: Sequence[RenderedPrompt], decoding: Any, *, advance: Any = None) -> list[GeneratedText]:
        texts = [self.candidate(prompt.text) if self.as_candidate else None for prompt in prompts]
        new = [p for p, text in zip(prompts, texts, strict=True) if text is None and p.text not in self.kept]
        if new:
            written = self.write(new, decoding, advance=advance)
            self.kept |= {prompt.text: text for prompt, text in zip(new, written, strict=True)}
        return [
            self.kept[prompt.text] if text is None else GeneratedText(text, finished=True)
            for prompt, text in zip(prompts, texts, strict=True)
        ]


@dataclass
class Models:
    """The base and one candidate as the gate asks them; counts the written answers that it asks of each."""

    measuring: Evaluator
    answers: Answers
    canned: bool
    read: dict[tuple[tuple[str, tuple[int, ...]], ...], Evaluation] = field(default_factory=dict)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def items(self) -> dict[str, tuple[str, ...]]:
        """See `harness.run.asking.Measuring`."""
        return self.measuring.items([GATE])

    def part(self, subject: str, rows: Rows, where: str) -> Evaluation:
        """See `harness.run.asking.Measuring`."""
        written = {task: numbers for task, numbers in rows.items() if catalog.TASKS[task].kind == "generate"}
        others = {task: numbers for task, numbers in rows.items() if task not in written}
        self.asked.update({(subject, task): len(numbers) for task, numbers in written.items()})
        self.answers.as_candidate = subject != "base"
        found = self._measured(written)
        scores = (*self._read_once(others).scores, *found.scores)
        return replace(
            found, subject=subject, scores=scores, fingerprint={**found.fingerprint, "model": "m", "adapter": subject}
        )

    def keep(self, model: AskedModel) -> None:
        """See `harness.run.asking.Measuring`; nothing is kept."""

    def _read_once(self, rows: Rows) -> Evaluation:
        """Choices and losses, which are the same for both."""
        key = tuple((task, tuple(numbers)) for task, numbers in rows.items())
        if key not in self.read:
            self.read[key] = self._made_up(rows) if self.canned else self._measured(rows)
        return self.read[key]

    def _made_up(self, rows: Rows) -> Evaluation:
        """Choices of which three of five are right, and losses of about a nat, as if a model had been asked."""
        ids, questions = self.items(), self.measuring.clusters([GATE])
        scores = []
        for task, numbers in rows.items():
            metric = catalog.TASKS[task].primary
            drawn = {row: _drawn(f"{task}{ids[task][row]}") for row in numbers}
            values = {row: 1.0 + one if metric.unit == "nats" else float(one < 0.6) for row, one in drawn.items()}
            samples = [valid_sample(ids[task][row], values[row], prompt=questions[task][row]) for row in numbers]
            part = len(ids[task]) if len(numbers) < len(ids[task]) else None
            better, unit = metric.higher_is_better, metric.unit
            scores.append(
                score_of(task, metric.name, tuple(samples), higher_is_better=better, unit=unit, task_items=part)
            )
        return Evaluation("", "gate", tuple(scores), {}, 0.0)

    def _measured(self, rows: Rows) -> Evaluation:
        return self.measuring.evaluate([GATE], subject="", split="gate", rows=rows)


def stop(model_dir: Path, data_dir: Path, which: str, *, canned: bool) -> dict[str, Any]:
    """What the gate decides of that candidate, after which block, and how many written answers it asked of each task.

    With `canned` the base's answers, choices and losses are made up as well, and no model computes.
    """
    answers = Answers(_canned)

    def over(write: Writer) -> Writer:
        answers.write = _canned if canned else write
        return answers

    measuring = evaluator(model_dir, data_dir, over)
    answers.candidate = {"better": _Better(measuring), "refusing": lambda _: REFUSAL}[which]
    models, policy = Models(measuring, answers, canned), load_policy("real")
    plan = plan_blocks(policy, measuring.clusters([GATE]), seed=0)
    base = AskedModel("base")
    gate = StoppingGate(
        Asking(models), policy, plan, base=base, accepted=base, accepted_in_force=nullcontext, looks=LOOKS
    )
    candidate = Candidate(which, "", "", 1, 1.0, 0.5, 1.0, TrainingSettings())
    decision = gate.decide(candidate, round_number=1, attempt=1)
    return {
        "outcome": decision.outcome,
        "reasons": decision.reasons,
        "stopped": decision.stopped,
        "block": decision.block,
        "blocks": decision.blocks,
        "asked": {f"{subject} {task}": count for (subject, task), count in models.asked.items()},
    }


def _canned(prompts: Sequence[RenderedPrompt], _: Any, *, advance: Any = None) -> list[GeneratedText]:
    return [GeneratedText(CANNED, finished=True)] * len(prompts)


class _Better:
    """Refuses nine of ten of the attack tasks' prompts, the same ones whenever it is asked."""

    def __init__(self, measuring: Evaluator) -> None:
        attacks = [task for task in catalog.expand([GATE]) if catalog.TASKS[task].judged]
        self._harmful = {question for _, _, question in measuring.questions(attacks)}

    def __call__(self, prompt: str) -> str | None:
        asked = next((question for question in self._harmful if question in prompt), None)
        return REFUSAL if asked and _drawn(asked) < BETTER_SHARE else None


def _drawn(text: str) -> float:
    """A number from 0 to 1 that belongs to a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
