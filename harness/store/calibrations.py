"""Calibrations of oracles against people's labels. They belong to no run, and the newest one of an oracle counts."""

from __future__ import annotations

import json

from harness.store.connection import StoreFile
from harness.store.rows import insert, json_text, now
from harness_base.errors import StoreError
from iteralign.oracle.validation.calibration import CalibrationResult, result_of_json


class Calibrations:
    """Calibrations by the oracle's name."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(self, oracle: str, labels: str, result: CalibrationResult) -> int:
        """Keep how an oracle stood against people's labels; `labels` says which. Gives the calibration's number."""
        row = {"oracle": oracle, "labels": labels, "result": json_text(result.as_json()), "made_at": now()}
        with self._file.writing() as connection:
            return insert(connection, "calibrations", row)

    def newest(self, oracle: str) -> CalibrationResult | None:
        """The newest calibration of that oracle, or None. Raises StoreError for one that is not as it was written."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT id, result FROM calibrations WHERE oracle = ? ORDER BY id DESC LIMIT 1", [oracle]
            ).fetchone()
        if row is None:
            return None
        number, result = row
        try:
            return result_of_json(json.loads(result))
        except ValueError as error:
            raise StoreError(
                f"Calibration {number} of the oracle {oracle} was changed in the store ({error}): calibrate it again "
                "with `harness oracle calibrate`."
            ) from None
