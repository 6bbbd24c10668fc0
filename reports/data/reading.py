"""Reading the store: SQLite from the standard library, the views and nothing else, and never a write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from harness_base.errors import StoreError
from harness_base.text import for_page, json_for_page
from harness_base.types import Json, Row

_BUSY_TIMEOUT_S = 30.0
_JSON_COLUMNS = frozenset({"config", "environment", "notes", "reasons", "settings", "skipped_reasons"})


class Views:
    """The views of one store, of one run of it. All text is cleaned at this door."""

    def __init__(self, connection: sqlite3.Connection, run_name: str) -> None:
        self._connection = connection
        self._run = {"run_id": self._find(run_name)}

    def rows(self, view: str, *, where: str = "1", order: str = "1", **parameters: str) -> list[Row]:
        """The run's rows of a view; `where` and `order` are SQL from our own code, `parameters` its named values."""
        query = f"SELECT * FROM {view} WHERE run_id = :run_id AND ({where}) ORDER BY {order}"
        return [_read(row) for row in self._connection.execute(query, {**self._run, **parameters})]

    def shared_rows(self, view: str, *, order: str = "1") -> list[Row]:
        """The rows of a view whose rows belong to no run."""
        return [_read(row) for row in self._connection.execute(f"SELECT * FROM {view} ORDER BY {order}")]

    def _find(self, name: str) -> int:
        rows = self._connection.execute("SELECT run_id, run FROM run_overview ORDER BY run_id DESC").fetchall()
        wanted = [row["run_id"] for row in rows if name in ("latest", row["run"])]
        if not wanted:
            names = ", ".join(row["run"] for row in rows[:5]) or "none yet"
            raise StoreError(f"The store has no run named {name}; its last runs are: {names}.")
        return int(wanted[0])


@contextmanager
def opened(store_path: Path, run_name: str) -> Iterator[Views]:
    """The views of the run of that name ("latest" for the last one started).

    Raises StoreError when there is no such run, or no store with these views at that path.
    """
    if not store_path.is_file():
        raise StoreError(f"There is no store at {store_path}; name the file that `harness align-and-eval` wrote.")
    try:
        connection = _connect(store_path)
        try:
            yield Views(connection, run_name)
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"Can't read the run's views in {store_path} ({error}); name a store of this program, and open one of an "
            "older version with `harness runs` first."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{store_path} is not a store that can be read ({error}); name another file.") from error


def _connect(path: Path) -> sqlite3.Connection:
    # "rw" and not "ro": the last reader of a store under WAL clears its side files away, which "ro" would leave lying.
    # "rw" makes no file either, and query_only refuses every write.
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=_BUSY_TIMEOUT_S)
    connection.execute("PRAGMA query_only = ON")
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: for_page(raw.decode("utf-8", "replace"))
    return connection


def _read(row: sqlite3.Row) -> Row:
    return {key: _value(key, row[key]) for key in row.keys()}  # noqa: SIM118 (a Row iterates over values)


def _value(key: str, value: Json) -> Json:
    return json_for_page(json.loads(value)) if key in _JSON_COLUMNS and value else value


def grouped(rows: Sequence[Row], *keys: str) -> dict[tuple[Json, ...], list[Row]]:
    """Rows by the values of some columns, in the order in which those first appear."""
    groups: dict[tuple[Json, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return groups
