"""Reading the store for the commands that show it: its SQL views, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.store import Store

Row = dict[str, Any]

_JSON_COLUMNS = ("config", "environment", "notes", "reasons", "settings", "skipped_reasons", "fingerprint")


def open_store(path: Path) -> Store:
    """The store at `path`. Raises StoreError when there is none, or none that this program can read."""
    return Store.open(path, create=False)


def runs(store: Store) -> list[Row]:
    """One row a run, the newest first."""
    return _rows(store, "run_overview")[::-1]


def run(store: Store, name: str) -> Row:
    """The row of one run; `latest` is the last one. Raises StoreError, naming close names, when there is none."""
    return of_run(store, "run_overview", store.runs.id_of(name))[0]


def of_run(store: Store, view: str, run_id: int, *, round_number: int | None = None) -> list[Row]:
    """A view's rows of one run, or of one of its rounds."""
    found = _rows(store, view, run_id)
    return found if round_number is None else [row for row in found if row["round"] == round_number]


def run_that_began(path: Path, name: str | None, since: datetime) -> str | None:
    """The name of the run called `name`, or without a name of the last run that began at or after `since`."""
    if not path.exists():
        return None
    with open_store(path) as store:
        for row in runs(store):
            if row["run"] == name or (name is None and _time(row["started_at"]) >= since):
                return str(row["run"])
    return None


def _rows(store: Store, view: str, run_id: int | None = None) -> list[Row]:
    found = store.views.rows(view, run_id=run_id)
    return [{key: _read(key, value) for key, value in row.items()} for row in found]


def _read(key: str, value: object) -> object:
    return json.loads(str(value)) if key in _JSON_COLUMNS and value else value


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
