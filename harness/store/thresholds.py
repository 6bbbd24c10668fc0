"""Where judges that give scores draw their line. They belong to no run, and the newest one of an oracle counts."""

from __future__ import annotations

from dataclasses import dataclass

from harness.store.connection import StoreFile
from harness.store.rows import insert, now


@dataclass(frozen=True)
class Threshold:
    """Where a judge's line is drawn, in nats, and what it was fitted on."""

    value: float
    fitted_on: str


class Thresholds:
    """Thresholds by the oracle's name."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(self, oracle: str, threshold: Threshold) -> None:
        """Keep where the oracle of that name draws its line from now on."""
        row = {"oracle": oracle, "threshold": threshold.value, "fitted_on": threshold.fitted_on, "made_at": now()}
        with self._file.writing() as connection:
            insert(connection, "judge_thresholds", row)

    def newest(self, oracle: str) -> Threshold | None:
        """Where the oracle of that name draws its line, or None where nothing was fitted for it."""
        with self._file.reading() as connection:
            row = connection.execute(
                "SELECT threshold, fitted_on FROM judge_thresholds WHERE oracle = ? ORDER BY id DESC LIMIT 1", [oracle]
            ).fetchone()
        return Threshold(*row) if row else None
