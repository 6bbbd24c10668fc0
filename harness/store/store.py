"""The store as the pipeline and the command line use it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sqlite_utils import Database

from harness.contamination.records import Match
from harness.evaluation.baselines import Baseline
from harness.evaluation.records import Evaluation, Score
from harness.store import baselines, calibrations, constitutions, digest, examinations, oracle_calls
from harness.store.connection import open_database, transaction, translated
from harness.store.constitutions import Edit, Review, StoredConstitution
from harness.store.evaluations import evaluation_by_id, read_evaluation, read_known_scores, write_evaluation
from harness.store.examinations import StoredExamination, Threshold
from harness.store.lookups import accepted_subject, find_run
from harness.store.oracle_calls import StoreCallLog, StoredCall
from harness.store.recorder import StoreRecorder, insert_prompts
from harness.store.resume import ResumeState, read_resume_state, remove_unfinished_rounds
from harness.store.rows import insert, insert_many, json_text, now
from harness.store.views import VIEWS
from harness_base.errors import StoreError
from iteralign.core.records import Principle, Prompt
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.oracle.validation.examination import Examination


class Store:
    """One SQLite file. Every method that writes is one transaction: it happened, or it did not.

    All methods raise DiskError when the disk is full or the file can't be written.
    """

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self._path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Store:
        """Open the store at `path`, making it (and its folder) where there is none and `create` is true.

        Raises StoreError for a missing file, one that is no store, or one written by a newer version; such a file is
        left exactly as it was.
        """
        return cls(open_database(path, create=create), path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._db.conn
        return connection

    def start_run(
        self,
        *,
        name: str,
        model: str,
        oracle: str,
        seed: int,
        config: Mapping[str, Any],
        environment: Mapping[str, Any],
        practice: bool,
        notes: Sequence[str] = (),
    ) -> int:
        """Add a run and give its id; StoreError when the name is taken or is kept for something else."""
        row = {
            "name": name,
            "model": model,
            "oracle": oracle,
            "seed": seed,
            "practice": practice,
            "started_at": now(),
            "config": json_text(config),
            "environment": json_text(environment),
            "notes": json_text(list(notes)),
        }
        with transaction(self._db, self._path) as connection:
            self._check_name(connection, name)
            return insert(connection, "runs", row)

    def _check_name(self, connection: sqlite3.Connection, name: str) -> None:
        if name == "latest":
            raise StoreError("A run can't be named latest, which stands for the last run; choose another name.")
        if connection.execute("SELECT 1 FROM runs WHERE name = ?", [name]).fetchone():
            raise StoreError(
                f"The store {self._path} already has a run named {name}; choose another name, or resume that one."
            )

    def finish_run(self, run_id: int, *, status: str, outcome: str) -> None:
        """Say how the run ended: `status` is done, interrupted or failed, `outcome` one sentence."""
        with transaction(self._db, self._path) as connection:
            connection.execute(
                "UPDATE runs SET status = ?, outcome = ?, finished_at = ? WHERE id = ?",
                [status, outcome, now(), run_id],
            )

    def run_id(self, name: str) -> int:
        """The run of that name, or the last one started for "latest"; StoreError, with close names, otherwise."""
        with translated(self._path):
            return find_run(self._connection, self._path, name)

    def recorder(self, run_id: int) -> StoreRecorder:
        """The recorder that the loop of this run is given."""
        return StoreRecorder(self._db, self._path, run_id)

    def record_prompts(self, run_id: int, prompts: Sequence[Prompt], *, skipped: Mapping[str, int]) -> None:
        """Keep the pool that the run draws from, and how many prompts were left out for which reason."""
        pool = [{"run_id": run_id, "prompt_id": prompt.id, "source": prompt.source} for prompt in prompts]
        left_out = [{"run_id": run_id, "reason": reason, "prompts": number} for reason, number in skipped.items()]
        with transaction(self._db, self._path) as connection:
            insert_prompts(connection, prompts)
            insert_many(connection, "run_prompts", pool, known="IGNORE")
            insert_many(connection, "skipped_prompts", left_out, known="REPLACE")

    def record_overlaps(self, run_id: int, kind: str, matches: Sequence[Match]) -> None:
        """Keep which texts of a kind were kept from training, and the items of gate tasks that they match."""
        rows = [
            {
                "run_id": run_id,
                "kind": kind,
                "text": match.text,
                "task": match.item.task,
                "item": match.item.item_id,
                "item_text": match.item.text,
                "how": match.how,
                "similarity": match.similarity,
            }
            for match in matches
        ]
        with transaction(self._db, self._path) as connection:
            insert_many(connection, "overlaps", rows, known="IGNORE")

    def call_log(self, run_id: int | None) -> StoreCallLog:
        """Where the calls of an oracle are kept, and answered from; `run_id` None is for calls outside of any run."""
        return StoreCallLog(self._db, self._path, run_id)

    def oracle_calls(self, run_id: int | None = None) -> list[StoredCall]:
        """Every call of the oracle in one run, or all that the store holds, as they were made."""
        with translated(self._path):
            return oracle_calls.read_calls(self._connection, run_id)

    def restate_calls(self, statuses: Mapping[int, tuple[str, str]]) -> None:
        """For calls by their number: whether their reply can be read ("read", "unreadable"), and why not."""
        with transaction(self._db, self._path) as connection:
            for number, (status, reason) in statuses.items():
                oracle_calls.restate(connection, number, status, reason)

    def add_note(self, run_id: int, note: str) -> None:
        """Add what a reader of the run must know to its notes, once."""
        with transaction(self._db, self._path) as connection:
            (notes,) = connection.execute("SELECT notes FROM runs WHERE id = ?", [run_id]).fetchone()
            both = list(dict.fromkeys([*json.loads(notes), note]))
            connection.execute("UPDATE runs SET notes = ? WHERE id = ?", [json_text(both), run_id])

    def constitutions(self, run_id: int) -> tuple[StoredConstitution, ...]:
        """Every version of the run's constitution, the oldest first, those that people made among them."""
        with translated(self._path):
            return constitutions.read_history(self._connection, run_id)

    def constitution(self, run_id: int, version: int | None = None) -> StoredConstitution:
        """That version of the run's constitution, or the newest one, whoever made it.

        Raises StoreError, naming the versions that there are, where there is none.
        """
        with translated(self._path):
            return constitutions.read_version(self._connection, run_id, version)

    def edit_constitution(
        self,
        run_id: int,
        *,
        action: Edit,
        principles: Sequence[Principle],
        round_number: int,
        made_by: str,
        why: str,
    ) -> int:
        """Keep what was done to the run's constitution, with all of its principles, and give its version.

        `pending` has it wait for a person. Every action makes a version one above the run's highest, apart from
        `approve`, which settles the version that waits in that round: `principles` must be those that wait there.
        Edits hang on the run, so that they stay when an unfinished round is removed. Raises StoreError where nothing
        waits for approval, or something else does, and for evidence that names a prompt that the store does not hold.
        """
        with transaction(self._db, self._path) as connection:
            return constitutions.write_edit(
                connection,
                run_id,
                action=action,
                principles=principles,
                round_number=round_number,
                made_by=made_by,
                why=why,
            )

    def review_of(self, run_id: int, round_number: int) -> Review:
        """Whether the constitution of that round waits for a person, was approved, or was never put before one."""
        with translated(self._path):
            return constitutions.read_review(self._connection, run_id, round_number)

    def open_review(self, run_id: int) -> Review:
        """The newest review of a round that has not finished, approved or not; its state is none where there is none.

        Then its round is the last one that finished, 0 where none did.
        """
        with translated(self._path):
            return constitutions.read_open_review(self._connection, run_id)

    def retired_principles(self, run_id: int) -> tuple[str, ...]:
        """The texts that people took out of the run's constitution and did not put back."""
        with translated(self._path):
            return constitutions.read_retired(self._connection, run_id)

    def constitution_in_force(self, run_id: int) -> StoredConstitution | None:
        """What people made of the constitution since the last finished round, for the run to go on with.

        None where they did nothing, so that what that round made still holds. What waits for approval does not hold.
        """
        with translated(self._path):
            return constitutions.read_in_force(self._connection, run_id)

    def with_known_evidence(self, principles: Sequence[Principle]) -> tuple[Principle, ...]:
        """The principles without evidence that names prompts that this store does not hold."""
        with translated(self._path):
            return constitutions.with_known_evidence(self._connection, principles)

    def record_evaluation(
        self, run_id: int | None, evaluation: Evaluation, *, round_number: int | None = None, attempt: int | None = None
    ) -> int:
        """Keep an evaluation with its samples and give its id; `run_id` None is for a measuring outside of any run.

        Within a run, measuring the same subject on the same split again takes the earlier one's place. A value that is
        no finite number is kept as invalid.
        """
        with transaction(self._db, self._path) as connection:
            return write_evaluation(connection, run_id, evaluation, round_number=round_number, attempt=attempt)

    def evaluation(self, run_id: int, *, subject: str, split: str) -> Evaluation | None:
        """The run's evaluation of that subject ("base", "r1a1", "result") and split with its samples, or None."""
        with translated(self._path):
            return read_evaluation(self._connection, run_id, subject=subject, split=split)

    def evaluation_named(self, source: str) -> Evaluation:
        """What RUN, RUN/SUBJECT or an evaluation's number stands for. Raises StoreError where there is none.

        Without a subject a run stands for the model that it ended with, on its gate tasks.
        """
        run, _, subject = source.partition("/")
        if not self._is_run(run) and re.fullmatch("[0-9]{1,18}", source):
            return self._evaluation_numbered(int(source))
        return self._evaluation_of_run(run, subject)

    def accepted_subject(self, run_id: int) -> str:
        """The subject that the run accepted last, such as "r3a1"; "base" where it accepted none."""
        with translated(self._path):
            return accepted_subject(self._connection, run_id)

    def final_evaluation_named(self, source: str) -> Evaluation | None:
        """What RUN or RUN/SUBJECT was measured as on items that no decision saw; None where it was not."""
        run, _, subject = source.partition("/")
        if not self._is_run(run):
            return None
        run_id = self.run_id(run)
        with translated(self._path):
            accepted = accepted_subject(self._connection, run_id)
            known = "base" if subject == "base" else "result" if subject in ("", "result", accepted) else subject
            return read_evaluation(self._connection, run_id, subject=known, split="final")

    def _is_run(self, name: str) -> bool:
        with translated(self._path):
            known = self._connection.execute("SELECT 1 FROM runs WHERE name = ?", [name]).fetchone()
        return name == "latest" or known is not None

    def _evaluation_of_run(self, name: str, subject: str) -> Evaluation:
        run_id = self.run_id(name)
        with translated(self._path):
            if subject in ("", "result"):
                subject = accepted_subject(self._connection, run_id)
            found = read_evaluation(self._connection, run_id, subject=subject, split="gate")
        if found is None:
            raise StoreError(
                f"The run {name} has no evaluation of {subject} on its gate tasks; `harness show {name}` says what it "
                "measured."
            )
        return found

    def _evaluation_numbered(self, number: int) -> Evaluation:
        with translated(self._path):
            if not self._connection.execute("SELECT 1 FROM evaluations WHERE id = ?", [number]).fetchone():
                raise StoreError(f"The store {self._path} has no evaluation number {number}.")
            return evaluation_by_id(self._connection, number)

    def bless(self, baseline: Baseline) -> None:
        """Keep a baseline for good. Raises BaselineError where its name is taken."""
        with transaction(self._db, self._path) as connection:
            baselines.write_baseline(connection, baseline)

    def baseline(self, name: str) -> Baseline | None:
        """The baseline of that name, retired or not, or None. Raises BaselineError where it was changed since."""
        with translated(self._path):
            return baselines.read_baseline(self._connection, name)

    def retire_baseline(self, name: str, *, by: str, reason: str) -> None:
        """Mark a baseline as no longer to be used. Raises BaselineError where that can't be."""
        with transaction(self._db, self._path) as connection:
            baselines.retire(connection, name, by=by, reason=reason)

    def record_check(self, run_id: int | None, *, kind: str, name: str, evidence: Mapping[str, Any]) -> None:
        """Keep a decision outside of the loop: `kind` is final (of a run, once) or release."""
        row = {
            "run_id": run_id,
            "kind": kind,
            "name": name,
            "outcome": evidence["outcome"],
            "evidence": json_text(evidence),
            "decided_at": now(),
        }
        with transaction(self._db, self._path) as connection:
            insert_many(connection, "checks", [row], known="REPLACE")

    def record_calibration(self, oracle: str, labels: str, result: CalibrationResult) -> int:
        """Keep how an oracle, by its name, stood against people's labels, and give the calibration's number."""
        with transaction(self._db, self._path) as connection:
            return calibrations.write_calibration(connection, oracle, labels, result)

    def calibration(self, oracle: str) -> CalibrationResult | None:
        """The newest calibration of the oracle of that name, or None. Raises StoreError for one that was changed."""
        with translated(self._path):
            return calibrations.read_calibration(self._connection, oracle)

    def record_examination(self, oracle: str, found: Examination) -> int:
        """Keep how an oracle, by its name, did in the examination, and give the examination's number."""
        with transaction(self._db, self._path) as connection:
            return examinations.write_examination(connection, oracle, found)

    def examination(self, oracle: str, version: str) -> StoredExamination | None:
        """The newest examination of that oracle by the pairs of that version, or None.

        Raises StoreError for one that was changed.
        """
        with translated(self._path):
            return examinations.read_examination(self._connection, oracle, version)

    def rest_on_examination(self, run_id: int, number: int, *, trusted: bool) -> None:
        """Say on which examination the run's judge rests; `trusted` where it failed and the user had the run go on."""
        with transaction(self._db, self._path) as connection:
            examinations.rest_on(connection, run_id, number, trusted=trusted)

    def record_threshold(self, oracle: str, threshold: Threshold) -> None:
        """Keep where the oracle of that name draws its line from now on."""
        with transaction(self._db, self._path) as connection:
            examinations.write_threshold(connection, oracle, threshold)

    def threshold(self, oracle: str) -> Threshold | None:
        """Where the oracle of that name draws its line, or None where nothing was fitted for it."""
        with translated(self._path):
            return examinations.read_threshold(self._connection, oracle)

    def known_scores(self, content_key: str) -> tuple[Score, ...]:
        """What was measured under that content key before, in whatever run, with every sample; empty if nothing was."""
        with translated(self._path):
            return read_known_scores(self._connection, content_key)

    def resume_state(self, run_id: int) -> ResumeState:
        """Where the run stands after its last finished round; nothing is changed."""
        with translated(self._path):
            return read_resume_state(self._connection, run_id)

    def resume_run(self, run_id: int) -> ResumeState:
        """Put an interrupted or failed run back to running, without the rows of its unfinished round.

        Raises StoreError for a run that is done.
        """
        with transaction(self._db, self._path) as connection:
            name, status = connection.execute("SELECT name, status FROM runs WHERE id = ?", [run_id]).fetchone()
            if status == "done":
                raise StoreError(f"The run {name} is done, so there is nothing to resume; start another run.")
            remove_unfinished_rounds(connection, run_id)
            connection.execute(
                "UPDATE runs SET status = 'running', outcome = '', finished_at = NULL WHERE id = ?", [run_id]
            )
            return read_resume_state(connection, run_id)

    def view(self, name: str, *, run_id: int | None = None) -> list[dict[str, Any]]:
        """The rows of one of `VIEWS`, of one run or of all."""
        if name not in VIEWS:
            raise LookupError(f"{name} is not a view of the store")
        where, parameters = ("", []) if run_id is None else (" WHERE run_id = ?", [run_id])
        with translated(self._path):
            cursor = self._connection.execute(f"SELECT * FROM {name}{where}", parameters)
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor]

    def view_columns(self, name: str) -> list[str]:
        """The columns of one of `VIEWS`."""
        if name not in VIEWS:
            raise LookupError(f"{name} is not a view of the store")
        with translated(self._path):
            return [row[1] for row in self._connection.execute(f"PRAGMA table_info({name})")]

    def table_names(self) -> list[str]:
        """The tables behind the views, those of SQLite itself left out."""
        with translated(self._path):
            rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return [name for (name,) in rows if not name.startswith("sqlite_")]

    def content_digest(self, run_id: int) -> str:
        """A hash of all that the run's seed decides: answers, verdicts, principles, decisions, scores and samples."""
        with translated(self._path):
            return digest.content_digest(self._connection, run_id)

    def table_digests(self, run_id: int) -> dict[str, str]:
        """The parts of `content_digest`, so that two runs that differ show where."""
        with translated(self._path):
            return digest.table_digests(self._connection, run_id)
