"""Decisions outside of the loop, with all their evidence."""

from __future__ import annotations

from collections.abc import Mapping

from harness.store.connection import StoreFile
from harness.store.rows import insert_many, json_text, now


class Checks:
    """Final checks of runs, one a run, and release checks."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(self, run_id: int | None, *, kind: str, name: str, evidence: Mapping[str, object]) -> None:
        """Keep a decision: `kind` is final (of a run, once) or release."""
        row = {
            "run_id": run_id,
            "kind": kind,
            "name": name,
            "outcome": evidence["outcome"],
            "evidence": json_text(evidence),
            "decided_at": now(),
        }
        with self._file.writing() as connection:
            insert_many(connection, "checks", [row], on_conflict="REPLACE")
