"""Putting values into SQLite: text that it can hold, numbers that are numbers, JSON."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

Row = Mapping[str, object]
"""Column to value: str, int, float, bool or None."""


def now() -> str:
    """The time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def text(value: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair, which JSON from outside may contain, becomes U+FFFD."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def json_text(value: object) -> str:
    """JSON with sorted keys; what JSON does not know, such as a path, is written as its text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def finite(value: float | None) -> float | None:
    """The value, or None when it is no finite number."""
    return value if value is not None and math.isfinite(value) else None


def measured(value: float | None, status: str, reason: str) -> tuple[float | None, str, str]:
    """Value, status and reason that fit together: only a finite value is valid, and an invalid one has a reason."""
    if status == "valid" and finite(value) is not None:
        return value, "valid", reason
    return None, "invalid", reason or f"the value is {value}, not a finite number"


def insert(connection: sqlite3.Connection, table: str, row: Row) -> int:
    """Add one row and give its id. Table and columns are names from our own code, never text from outside."""
    return int(connection.execute(_insert_sql(table, row), _parameters(row)).lastrowid or 0)


def insert_many(connection: sqlite3.Connection, table: str, rows: Iterable[Row], *, on_conflict: str = "ABORT") -> None:
    """Add rows that all have the same columns; `on_conflict="IGNORE"` leaves rows that are already there."""
    listed = list(rows)
    if listed:
        connection.executemany(_insert_sql(table, listed[0], on_conflict), [_parameters(row) for row in listed])


def _insert_sql(table: str, row: Row, on_conflict: str = "ABORT") -> str:
    columns = ", ".join(row)
    return f"INSERT OR {on_conflict} INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})"


def _parameters(row: Row) -> list[object]:
    return [text(value) if isinstance(value, str) else value for value in row.values()]
