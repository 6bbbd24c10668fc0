"""What must be known before figures are believed: the one place that every output takes its notes from.

A run's notes are `runs.notes` (add one with `Store.add_note`), an evaluation's are `Evaluation.notes` (add one to
`measuring.Subject.notes` before measuring). An evaluation that is read from a run has the run's notes too. Whoever
shows figures shows `notes_on` of what they come from: `eval`, `check` with its JSON, JUnit, comment and job summary,
and comparisons. A run's own summary, `show` and report print the run's notes.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.practice import PRACTICE_NOTE
from harness.evaluation.judged import is_embedded
from harness.evaluation.records import Evaluation, Split
from harness_base.display import split_label
from tasks import catalog


def notes_on(evaluation: Evaluation) -> tuple[str, ...]:
    """The notes of one evaluation, in sentences: that it is practice comes first."""
    practice = [PRACTICE_NOTE] if _is_practice(evaluation) else []
    return tuple(dict.fromkeys([*practice, *evaluation.notes]))


def notes_on_all(named: Sequence[tuple[str, Evaluation]]) -> tuple[str, ...]:
    """The notes of several evaluations, each by the name that it is shown under.

    What holds for all of them is said once, the rest with the name before it.
    """
    notes = [(name, notes_on(evaluation)) for name, evaluation in named]
    common = [note for note in notes[0][1] if all(note in found for _, found in notes)] if notes else []
    own = [f"{name}: {note}" for name, found in notes for note in found if note not in common]
    return (*common, *own)


def split_of(key: str, *evaluations: Evaluation) -> Split:
    """Whose items they are. What was measured outside of a run, on a practice task, has that task's items."""
    splits = {evaluation.split for evaluation in evaluations} - {"other"}
    task = key.partition("/")[0]
    known: Split = catalog.TASKS[task].split if task in catalog.TASKS else "other"
    return "gate" if "gate" in splits else "final" if splits else known


def split_notes(*evaluations: Evaluation) -> tuple[str, ...]:
    """Whose items the figures rest on, where they are a run's: what was chosen by its figures looks better in them."""
    keys = {score.key for evaluation in evaluations for score in evaluation.scores}
    splits = sorted({split_of(key, *evaluations) for key in keys} - {"other"})
    return tuple(f"The figures are on {split_label(split)}." for split in splits)


def _is_practice(evaluation: Evaluation) -> bool:
    """Whether a practice task or the embedded judge is behind some of the figures, whatever the notes say."""
    judges = (name for key, name in evaluation.fingerprint.items() if key.startswith("judge:"))
    return any(catalog.is_practice(score.task) for score in evaluation.scores) or any(map(is_embedded, judges))
