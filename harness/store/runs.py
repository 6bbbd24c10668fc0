"""Runs: how each began, how it ended, what its reader must know, and where it stands when it goes on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from harness.store.connection import StoreFile
from harness.store.lookups import accepted_subject, find_run, is_run
from harness.store.recorder import StoreRecorder
from harness.store.resume import ResumeState, read_resume_state, remove_unfinished_rounds
from harness.store.rows import insert, json_text, now
from harness_base.errors import StoreError


class Runs:
    """Every run of the store, told by an id; people tell them by name."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def start(
        self,
        *,
        name: str,
        model: str,
        oracle: str,
        seed: int,
        config: Mapping[str, object],
        environment: Mapping[str, object],
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
        with self._file.writing() as connection:
            self._check_name(connection, name)
            return insert(connection, "runs", row)

    def _check_name(self, connection: sqlite3.Connection, name: str) -> None:
        if name == "latest":
            raise StoreError("A run can't be named latest, which stands for the last run; choose another name.")
        if is_run(connection, name):
            raise StoreError(
                f"The store {self._file.path} already has a run named {name}; choose another name, or resume that one."
            )

    def finish(self, run_id: int, *, status: str, outcome: str) -> None:
        """Say how the run ended: `status` is done, interrupted or failed, `outcome` one sentence."""
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE runs SET status = ?, outcome = ?, finished_at = ? WHERE id = ?",
                [status, outcome, now(), run_id],
            )

    def id_of(self, name: str) -> int:
        """The run of that name, or the last one started for "latest"; StoreError, with close names, otherwise."""
        with self._file.reading() as connection:
            return find_run(connection, self._file.path, name)

    def recorder(self, run_id: int) -> StoreRecorder:
        """The recorder that the loop of this run is given."""
        return StoreRecorder(self._file, run_id)

    def add_note(self, run_id: int, note: str) -> None:
        """Add what a reader of the run must know to its notes, once."""
        with self._file.writing() as connection:
            (notes,) = connection.execute("SELECT notes FROM runs WHERE id = ?", [run_id]).fetchone()
            both = list(dict.fromkeys([*json.loads(notes), note]))
            connection.execute("UPDATE runs SET notes = ? WHERE id = ?", [json_text(both), run_id])

    def accepted_subject(self, run_id: int) -> str:
        """The subject that the run accepted last, such as "r3a1"; "base" where it accepted none."""
        with self._file.reading() as connection:
            return accepted_subject(connection, run_id)

    def resume_state(self, run_id: int) -> ResumeState:
        """Where the run stands after its last finished round; nothing is changed."""
        with self._file.reading() as connection:
            return read_resume_state(connection, run_id)

    def resume(self, run_id: int) -> ResumeState:
        """Put an interrupted or failed run back to running, without the rows of its unfinished round.

        Raises StoreError for a run that is done.
        """
        with self._file.writing() as connection:
            name, status = connection.execute("SELECT name, status FROM runs WHERE id = ?", [run_id]).fetchone()
            if status == "done":
                raise StoreError(f"The run {name} is done, so there is nothing to resume; start another run.")
            remove_unfinished_rounds(connection, run_id)
            connection.execute(
                "UPDATE runs SET status = 'running', outcome = '', finished_at = NULL WHERE id = ?", [run_id]
            )
            return read_resume_state(connection, run_id)
