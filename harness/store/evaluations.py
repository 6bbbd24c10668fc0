"""Writing and reading evaluations: thousands of samples in one go, the items' texts kept once for all of them."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence

from harness.config.practice import PRACTICE_NOTE
from harness.evaluation.records import Evaluation, Sample, Score
from harness.store.connection import StoreFile
from harness.store.lookups import accepted_subject, find_run, is_run, optional_round_id
from harness.store.rows import finite, insert, insert_many, json_text, measured, now, text
from harness_base.errors import StoreError
from iteralign.core.content import content_id
from iteralign.scoring.checked import ScorerCheck


class Evaluations:
    """Every measuring with its samples, of runs and outside of them."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(
        self, run_id: int | None, evaluation: Evaluation, *, round_number: int | None = None, attempt: int | None = None
    ) -> int:
        """Keep an evaluation with its samples and give its id; `run_id` None is for a measuring outside of any run.

        Within a run, measuring the same subject on the same split again takes the earlier one's place. A value that is
        no finite number is kept as invalid.
        """
        with self._file.writing() as connection:
            return write_evaluation(connection, run_id, evaluation, round_number=round_number, attempt=attempt)

    def of_run(self, run_id: int, *, subject: str, split: str) -> Evaluation | None:
        """The run's evaluation of that subject ("base", "r1a1", "result") and split with its samples, or None."""
        with self._file.reading() as connection:
            return _read_evaluation(connection, run_id, subject=subject, split=split)

    def named(self, source: str) -> Evaluation:
        """What RUN, RUN/SUBJECT or an evaluation's number stands for. Raises StoreError where there is none.

        Without a subject a run stands for the model that it ended with, on its gate tasks.
        """
        run, _, subject = source.partition("/")
        with self._file.reading() as connection:
            if not _is_run(connection, run) and re.fullmatch("[0-9]{1,18}", source):
                return self._numbered(connection, int(source))
            return self._named_of_run(connection, run, subject)

    def final_named(self, source: str) -> Evaluation | None:
        """What RUN or RUN/SUBJECT was measured as on items that no decision saw; None where it was not."""
        run, _, subject = source.partition("/")
        with self._file.reading() as connection:
            if not _is_run(connection, run):
                return None
            run_id = find_run(connection, self._file.path, run)
            if subject in ("", accepted_subject(connection, run_id)) and subject != "base":
                subject = "result"
            return _read_evaluation(connection, run_id, subject=subject, split="final")

    def known_scores(self, content_key: str) -> tuple[Score, ...]:
        """What was last measured under that content key, in whatever run, with every sample.

        That may be a part of the task's items, the largest that there is, where all of them never were; see `Score`.
        Empty where nothing was, or where one of those scores is invalid.
        """
        with self._file.reading() as connection:
            newest = connection.execute(
                "SELECT evaluation_id FROM scores WHERE content_key = ? AND content_key <> ''"
                " AND evaluation_id NOT IN (SELECT evaluation_id FROM baselines)"  # a file may have brought those
                " ORDER BY task_items IS NULL DESC, CASE WHEN task_items IS NULL THEN 0 ELSE items END DESC,"
                " evaluation_id DESC LIMIT 1",
                [content_key],
            ).fetchone()
            if newest is None:
                return ()
            scores = _read_scores(connection, newest[0], "AND content_key = ?", [content_key])
        return scores if all(score.status == "valid" for score in scores) else ()

    def _numbered(self, connection: sqlite3.Connection, number: int) -> Evaluation:
        if not connection.execute("SELECT 1 FROM evaluations WHERE id = ?", [number]).fetchone():
            raise StoreError(f"The store {self._file.path} has no evaluation number {number}.")
        return evaluation_by_id(connection, number)

    def _named_of_run(self, connection: sqlite3.Connection, name: str, subject: str) -> Evaluation:
        run_id = find_run(connection, self._file.path, name)
        if subject in ("", "result"):
            subject = accepted_subject(connection, run_id)
        evaluation = _read_evaluation(connection, run_id, subject=subject, split="gate")
        if evaluation is None:
            raise StoreError(
                f"The run {name} has no evaluation of {subject} on its gate tasks; `harness show {name}` says what it "
                "measured."
            )
        return evaluation


def _is_run(connection: sqlite3.Connection, name: str) -> bool:
    return name == "latest" or is_run(connection, name)


def write_evaluation(
    connection: sqlite3.Connection,
    run_id: int | None,
    evaluation: Evaluation,
    *,
    round_number: int | None,
    attempt: int | None,
) -> int:
    """Add an evaluation and give its id; it takes the place of an earlier one of the run's same subject and split."""
    connection.execute(
        "DELETE FROM evaluations WHERE run_id = ? AND subject = ? AND split = ?",
        [run_id, evaluation.subject, evaluation.split],
    )
    row = {
        "run_id": run_id,
        "round_id": optional_round_id(connection, run_id, round_number),
        "attempt": attempt,
        "name": f"{_run_name(connection, run_id)}{evaluation.subject} ({evaluation.split})",
        "measured_at": now(),
        **_evaluation_row(evaluation),
    }
    evaluation_id = insert(connection, "evaluations", row)
    for score in evaluation.scores:
        _insert_score(connection, evaluation_id, score, reused=score.task in evaluation.reused)
    return evaluation_id


def _evaluation_row(evaluation: Evaluation) -> dict[str, object]:
    return {
        "subject": evaluation.subject,
        "split": evaluation.split,
        "seconds": evaluation.seconds,
        "fingerprint": json_text(evaluation.fingerprint),
        "scorer": evaluation.scorer_check.scorer,
        "scorer_reason": evaluation.scorer_check.reason,
        "scorer_difference": finite(evaluation.scorer_check.largest_difference),
        "notes": json_text(list(evaluation.notes)),
    }


def _run_name(connection: sqlite3.Connection, run_id: int | None) -> str:
    row = connection.execute("SELECT name FROM runs WHERE id = ?", [run_id]).fetchone()
    return "" if row is None else f"{row[0]}, "


def _insert_score(connection: sqlite3.Connection, evaluation_id: int, score: Score, *, reused: bool) -> None:
    value, status, reason = measured(score.value, score.status, score.reason)
    row = {
        "evaluation_id": evaluation_id,
        "name": score.key,
        "task": score.task,
        "metric": score.metric,
        "value": value,
        "status": status,
        "reason": reason,
        "items": score.items,
        "invalid_items": score.invalid_items,
        "higher_is_better": score.higher_is_better,
        "unit": score.unit,
        "family": score.family,
        "truncated_items": score.truncated_items,
        "content_key": score.content_key,
        "task_items": score.task_items,
        "reused": reused,
    }
    _insert_samples(connection, insert(connection, "scores", row), score.task, score.samples)


def _insert_samples(connection: sqlite3.Connection, score_id: int, task: str, samples: Sequence[Sample]) -> None:
    hashes = [content_id(sample.prompt) for sample in samples]
    items = _item_ids(connection, task, zip(samples, hashes, strict=True))
    rows = []
    for sample, prompt_hash in zip(samples, hashes, strict=True):
        value, status, reason = measured(sample.value, sample.status, sample.reason)
        item = items[text(sample.item_id), prompt_hash]
        rows.append((score_id, item, value, status, text(reason), text(sample.response)))
    connection.executemany(
        "INSERT INTO samples (score_id, item_id, value, status, reason, response) VALUES (?, ?, ?, ?, ?, ?)", rows
    )


def _item_ids(
    connection: sqlite3.Connection, task: str, samples: Iterable[tuple[Sample, str]]
) -> dict[tuple[str, str], int]:
    rows = [
        {
            "task": task,
            "name": sample.item_id,
            "prompt_hash": prompt_hash,
            "prompt": sample.prompt,
            "type": sample.item_type,
        }
        for sample, prompt_hash in samples
    ]
    insert_many(connection, "items", rows, on_conflict="IGNORE")
    # Items that an earlier version kept have no type yet.
    connection.executemany(
        "UPDATE items SET type = ? WHERE task = ? AND name = ? AND prompt_hash = ? AND type = ''",
        [(row["type"], row["task"], text(str(row["name"])), row["prompt_hash"]) for row in rows if row["type"]],
    )
    stored = connection.execute("SELECT name, prompt_hash, id FROM items WHERE task = ?", [text(task)])
    return {(name, prompt_hash): item for name, prompt_hash, item in stored}


def _read_evaluation(connection: sqlite3.Connection, run_id: int, *, subject: str, split: str) -> Evaluation | None:
    row = connection.execute(
        "SELECT id FROM evaluations WHERE run_id = ? AND subject = ? AND split = ?", [run_id, subject, split]
    ).fetchone()
    return None if row is None else evaluation_by_id(connection, row[0])


def evaluation_by_id(connection: sqlite3.Connection, evaluation_id: int) -> Evaluation:
    """The evaluation of that id, which the caller knows to be there, with every sample, and with its run's notes."""
    subject, split, fingerprint, seconds, notes, run_notes, practice, *scorer_check = connection.execute(
        "SELECT subject, split, fingerprint, seconds, e.notes, runs.notes, runs.practice, scorer, scorer_reason,"
        " scorer_difference FROM evaluations AS e LEFT JOIN runs ON runs.id = e.run_id WHERE e.id = ?",
        [evaluation_id],
    ).fetchone()
    reused = connection.execute(
        "SELECT DISTINCT task FROM scores WHERE evaluation_id = ? AND reused ORDER BY id", [evaluation_id]
    )
    return Evaluation(
        subject=subject,
        split=split,  # a CHECK in the schema leaves only the three words
        scores=_read_scores(connection, evaluation_id),
        fingerprint=json.loads(fingerprint),
        seconds=seconds,
        scorer_check=ScorerCheck(*scorer_check),
        reused=tuple(task for (task,) in reused),
        notes=_notes(practice, json.loads(run_notes or "[]"), json.loads(notes)),
    )


def _notes(practice: int | None, of_run: list[str], own: list[str]) -> tuple[str, ...]:
    """What a run says of itself holds for each of its evaluations."""
    return tuple(dict.fromkeys([*([PRACTICE_NOTE] if practice else []), *of_run, *own]))


_SCORE_COLUMNS = (
    *("task", "metric", "value", "status", "reason", "items", "invalid_items"),
    *("unit", "family", "truncated_items", "content_key", "task_items"),
)


def _read_scores(
    connection: sqlite3.Connection, evaluation_id: int, condition: str = "", parameters: Sequence[str] = ()
) -> tuple[Score, ...]:
    rows = connection.execute(
        f"SELECT id, higher_is_better, {', '.join(_SCORE_COLUMNS)} FROM scores"
        f" WHERE evaluation_id = ? {condition} ORDER BY id",
        [evaluation_id, *parameters],
    ).fetchall()
    return tuple(
        Score(
            **dict(zip(_SCORE_COLUMNS, values, strict=True)),
            higher_is_better=bool(higher_is_better),
            samples=_read_samples(connection, score_id),
        )
        for score_id, higher_is_better, *values in rows
    )


def _read_samples(connection: sqlite3.Connection, score_id: int) -> tuple[Sample, ...]:
    rows = connection.execute(
        "SELECT items.name, samples.value, samples.status, samples.reason, items.prompt, samples.response, items.type"
        " FROM samples JOIN items ON items.id = samples.item_id WHERE samples.score_id = ? ORDER BY samples.id",
        [score_id],
    )
    return tuple(Sample(*row) for row in rows)
