"""What a run measures: base, candidates and result, each recorded as it is measured."""

from __future__ import annotations

from collections.abc import Sequence

from harness.assembly.measurement import measure
from harness.evaluation.evaluator import nothing_known
from harness.evaluation.fingerprint import of_subject
from harness.evaluation.judged import dispute_notes
from harness.evaluation.parts import Rows
from harness.evaluation.records import Evaluation, Split
from harness.run.asking import AskedModel
from harness.run.open_run import OpenRun
from harness.run.parts import RunParts


class Measurements:
    """The evaluations of one run, of what is in force in its model."""

    def __init__(self, parts: RunParts, run: OpenRun) -> None:
        self._parts = parts
        self._run = run
        reuse = parts.config.gate.reuse
        self._known = run.store.evaluations.known_scores if reuse else nothing_known

    def once(self, subject: str, tasks: Sequence[str], split: Split) -> Evaluation:
        """The evaluation that the run already holds of what is in force, or a new one."""
        return self.kept(subject, split) or self.measure(subject, tasks, split)

    def kept(self, subject: str, split: Split) -> Evaluation | None:
        """The evaluation that the run already holds of what is in force; None where it holds none, or of others."""
        kept = self._run.store.evaluations.of_run(self._run.run_id, subject=subject, split=split)
        current = of_subject(self._parts.model.content_hash())
        same = kept and all(kept.fingerprint[key] == value for key, value in current.items())
        return kept if same else None

    def items(self) -> dict[str, tuple[str, ...]]:
        """See `harness.run.asking.Measuring`."""
        return self._parts.evaluator.items(self._parts.gate_tasks)

    def part(self, subject: str, rows: Rows, where: str) -> Evaluation:
        """See `harness.run.asking.Measuring`."""
        return self._evaluate(subject, self._parts.gate_tasks, "gate", rows, where)

    def keep(self, model: AskedModel) -> None:
        """See `harness.run.asking.Measuring`."""
        self._run.store.evaluations.record(
            self._run.run_id, model.measured, round_number=model.round_number, attempt=model.attempt
        )

    def measure(self, subject: str, tasks: Sequence[str], split: Split) -> Evaluation:
        """Evaluate and record; verdicts that are disputed become notes of the run."""
        evaluation = self._evaluate(subject, tasks, split)
        self._run.store.evaluations.record(self._run.run_id, evaluation)
        for note in dispute_notes(evaluation.scores):
            self._run.store.runs.add_note(self._run.run_id, f"{subject}, {note}")
        return evaluation

    def candidate(self, subject: str, round_number: int, attempt: int) -> Evaluation:
        """Evaluate a round's candidate on the gate's items, and record it with its round."""
        evaluation = self._evaluate(subject, self._parts.gate_tasks, "gate")
        self._run.store.evaluations.record(self._run.run_id, evaluation, round_number=round_number, attempt=attempt)
        return evaluation

    def _evaluate(
        self, subject: str, tasks: Sequence[str], split: Split, rows: Rows | None = None, where: str = ""
    ) -> Evaluation:
        parts = self._parts
        return measure(
            parts.evaluator, tasks, parts.model, subject, split, self._run.progress, self._known, rows, where
        )


def notes_on_base(base: Evaluation, deciding: Sequence[str]) -> list[str]:
    """What will have every candidate rejected, and what is measured on the user's own rows.

    Of a base that was asked its first rows that is what is invalid so far.
    """
    scores = {key: base.score(key) for key in deciding}
    notes = [
        f"{key} could not be measured for the base ({score.reason if score else 'it is missing'}), so every "
        "candidate will be rejected."
        for key, score in scores.items()
        if score is None or score.status == "invalid"
    ]
    notes += [
        f"{key.removeprefix('rows:')} is measured on rows that were {standing}."
        for key, standing in base.fingerprint.items()
        if key.startswith("rows:")
    ]
    return notes
