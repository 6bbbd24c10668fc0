"""Examinations of judges. They belong to no run; runs rest on them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from harness.store.connection import StoreFile
from harness.store.rows import insert, insert_many, json_text, now
from harness_base.errors import StoreError
from iteralign.oracle.validation.examination import Examination, examination_of_json


@dataclass(frozen=True)
class StoredExamination:
    """An examination and its number in the store."""

    number: int
    examination: Examination


class Examinations:
    """Examinations by the oracle's name and the version of the pairs that it was examined with."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(self, oracle: str, examination: Examination) -> int:
        """Keep how the oracle of that name did, and give the examination's number."""
        limits = {
            "sensitivity_low": examination.sensitivity.lower,
            "specificity_low": examination.specificity.lower,
        }
        row = {
            "name": oracle,
            "version": examination.version,
            "passed": int(examination.passed),
            "result": json_text({**examination.as_json(), **limits}),
            "made_at": now(),
        }
        with self._file.writing() as connection:
            return insert(connection, "examinations", row)

    def newest(self, oracle: str, version: str) -> StoredExamination | None:
        """The newest one of that oracle by the pairs of that version, or None.

        Raises StoreError for one that was changed.
        """
        with self._file.reading() as connection:
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
                f"Examination {number} of the oracle {oracle} was changed in the store ({error}): examine it again "
                "with `harness oracle examine --again`."
            ) from None

    def rest_on(self, run_id: int, number: int, *, trusted: bool) -> None:
        """Say on which examination the run's judge rests; `trusted` where it failed and the user had the run go on."""
        row = {"run_id": run_id, "examination_id": number, "trusted": int(trusted)}
        with self._file.writing() as connection:
            insert_many(connection, "run_examinations", [row], on_conflict="REPLACE")
