"""Examinations of judges and the thresholds of those that give scores. They belong to no run; runs rest on them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from harness.store.rows import insert, insert_many, json_text, now
from harness_base.errors import StoreError
from iteralign.oracle.validation.examination import Examination, examination_of_json


@dataclass(frozen=True)
class StoredExamination:
    """An examination and its number in the store."""

    number: int
    examination: Examination


@dataclass(frozen=True)
class Threshold:
    """Where a judge's line is drawn, in nats, and what it was fitted on."""

    value: float
    fitted_on: str


def write_examination(connection: sqlite3.Connection, oracle: str, found: Examination) -> int:
    """Add an examination of the oracle of that name and give its number."""
    limits = {"sensitivity_low": found.sensitivity.lower, "specificity_low": found.specificity.lower}
    row = {
        "name": oracle,
        "version": found.version,
        "passed": int(found.passed),
        "result": json_text({**found.as_json(), **limits}),
        "made_at": now(),
    }
    return insert(connection, "examinations", row)


def read_examination(connection: sqlite3.Connection, oracle: str, version: str) -> StoredExamination | None:
    """The newest one of that oracle by those pairs, or None. Raises StoreError for one that was changed."""
    row = connection.execute(
        "SELECT id, result FROM examinations WHERE name = ? AND version = ? ORDER BY id DESC LIMIT 1",
        [oracle, version],
    ).fetchone()
    if row is None:
        return None
    number, result = row
    try:
        return StoredExamination(number, examination_of_json(json.loads(result)))
    except ValueError as error:
        raise StoreError(
            f"Examination {number} of the oracle {oracle} was changed in the store ({error}): examine it again with "
            "`harness oracle examine --again`."
        ) from None


def rest_on(connection: sqlite3.Connection, run_id: int, number: int, *, trusted: bool) -> None:
    """Say on which examination a run's judge rests, and whether it is trusted though it failed."""
    row = {"run_id": run_id, "examination_id": number, "trusted": int(trusted)}
    insert_many(connection, "run_examinations", [row], known="REPLACE")


def write_threshold(connection: sqlite3.Connection, oracle: str, threshold: Threshold) -> None:
    """Add a threshold of the oracle of that name."""
    row = {"oracle": oracle, "threshold": threshold.value, "fitted_on": threshold.fitted_on, "made_at": now()}
    insert(connection, "judge_thresholds", row)


def read_threshold(connection: sqlite3.Connection, oracle: str) -> Threshold | None:
    """The newest threshold of that oracle, or None."""
    row = connection.execute(
        "SELECT threshold, fitted_on FROM judge_thresholds WHERE oracle = ? ORDER BY id DESC LIMIT 1", [oracle]
    ).fetchone()
    return Threshold(*row) if row else None
