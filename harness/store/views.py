"""The names of the views that everybody but the store itself reads; `sql/` says what each one holds."""

from __future__ import annotations

from typing import Final

from harness.store.connection import StoreFile
from harness_base.types import Row

VIEWS: Final = (
    "run_overview",
    "round_overview",
    "run_scores",
    "scores_by_type",
    "round_gains",
    "principle_lineage",
    "sample_history",
    "gate_decisions",
    "revision_history",
    "evaluation_overview",
    "run_costs",
    "contamination",
    "check_decisions",
    "baseline_overview",
    "principle_worth",
    "constitution_history",
    "oracle_use",
    "calibration_overview",
    "examination_overview",
)
"""Every view of a store. All have `run_id` and `run`, the run's name, as their first columns or among them."""


class Views:
    """The rows of `VIEWS`, as dictionaries by column."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def rows(self, name: str, *, run_id: int | None = None) -> list[Row]:
        """The rows of one of `VIEWS`, of one run or of all."""
        _check_view(name)
        where, parameters = ("", []) if run_id is None else (" WHERE run_id = ?", [run_id])
        with self._file.reading() as connection:
            cursor = connection.execute(f"SELECT * FROM {name}{where}", parameters)
            columns = [column[0] for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor]

    def columns(self, name: str) -> list[str]:
        """The columns of one of `VIEWS`."""
        _check_view(name)
        with self._file.reading() as connection:
            return [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]

    def tables(self) -> list[str]:
        """The tables behind the views, those of SQLite itself left out."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return [name for (name,) in rows if not name.startswith("sqlite_")]


def _check_view(name: str) -> None:
    if name not in VIEWS:
        raise LookupError(f"{name} is not a view of the store")
