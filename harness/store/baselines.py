"""Baselines in the store: each with an evaluation of its own, which no later measuring replaces."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from harness.evaluation.baselines import Baseline, content_hash
from harness.store.connection import StoreFile
from harness.store.evaluations import evaluation_by_id, write_evaluation
from harness.store.rows import insert, now
from harness_base.errors import BaselineError


class Baselines:
    """Blessed evaluations by name. None is ever replaced; one that is no longer to be used is retired."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def bless(self, baseline: Baseline) -> None:
        """Keep a baseline for good. Raises BaselineError where the name is taken, also by a retired one."""
        evaluation = replace(baseline.evaluation, split="other", reused=())
        with self._file.writing() as connection:
            _check_name(connection, baseline.name)
            row = {
                "name": baseline.name,
                "evaluation_id": write_evaluation(connection, None, evaluation, round_number=None, attempt=None),
                "source": baseline.source,
                "reason": baseline.reason,
                "blessed_by": baseline.blessed_by,
                "blessed_at": baseline.blessed_at,
                "content_hash": content_hash(baseline),
            }
            insert(connection, "baselines", row)
            stored = _read(connection, baseline.name)  # raises where the store could not keep it as it is
            assert stored is not None

    def named(self, name: str) -> Baseline | None:
        """The baseline of that name with every sample, retired or not, or None.

        Raises BaselineError where what the store holds no longer fits the hash that it was blessed with.
        """
        with self._file.reading() as connection:
            return _read(connection, name)

    def retire(self, name: str, *, by: str, reason: str) -> None:
        """Mark a baseline as no longer to be used. Raises BaselineError for none, or one that is retired already."""
        with self._file.writing() as connection:
            changed = connection.execute(
                "UPDATE baselines SET retired_by = ?, retired_at = ?, retired_reason = ?"
                " WHERE name = ? AND retired_at IS NULL",
                [by, now(), reason, name],
            )
            if not changed.rowcount:
                raise BaselineError(
                    f"There is no baseline {name} that could be retired; `harness baseline list` shows them."
                )


def _check_name(connection: sqlite3.Connection, name: str) -> None:
    if connection.execute("SELECT 1 FROM baselines WHERE name = ?", [name]).fetchone():
        raise BaselineError(
            f"There is a baseline named {name} already, and baselines are never replaced: choose another name."
        )


def _read(connection: sqlite3.Connection, name: str) -> Baseline | None:
    row = connection.execute(
        "SELECT evaluation_id, source, reason, blessed_by, blessed_at, content_hash, retired_reason FROM baselines"
        " WHERE name = ?",
        [name],
    ).fetchone()
    if row is None:
        return None
    evaluation_id, source, reason, blessed_by, blessed_at, expected, retired = row
    evaluation = evaluation_by_id(connection, evaluation_id)
    baseline = Baseline(name, source, reason, blessed_by, blessed_at, evaluation, retired)
    if content_hash(baseline) != expected:
        raise BaselineError(
            f"The baseline {name} is not in the store as it was blessed (it was changed there, or holds text or values"
            " that can't be stored): bless it anew under another name."
        )
    return baseline
