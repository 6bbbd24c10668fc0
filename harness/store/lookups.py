"""Finding the rows that a call is about."""

from __future__ import annotations

import difflib
import sqlite3
from pathlib import Path

from harness_base.errors import StoreError
from iteralign.core.records import Response


def find_run(connection: sqlite3.Connection, path: Path, name: str) -> int:
    """The id of the run with that name, or of the last one started for "latest"; StoreError where there is none."""
    if name == "latest":
        row = connection.execute("SELECT max(id) FROM runs").fetchone()
    else:
        row = connection.execute("SELECT id FROM runs WHERE name = ?", [name]).fetchone()
    if row is None or row[0] is None:
        raise StoreError(_no_such_run(connection, path, name))
    return int(row[0])


def is_run(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a run bears that name."""
    return connection.execute("SELECT 1 FROM runs WHERE name = ?", [name]).fetchone() is not None


def _no_such_run(connection: sqlite3.Connection, path: Path, name: str) -> str:
    names = [row[0] for row in connection.execute("SELECT name FROM runs ORDER BY id DESC")]
    if not names:
        return f"The store {path} has no run yet; `harness align-and-eval` makes one."
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"the last ones are {', '.join(names[:3])}."
    return f"The store {path} has no run named {name}; {hint}"


def accepted_subject(connection: sqlite3.Connection, run_id: int) -> str:
    """The name of the candidate that the run accepted last, or "base"."""
    row = connection.execute(
        "SELECT adapters.name FROM decisions JOIN adapters ON adapters.id = adapter_id"
        " JOIN rounds ON rounds.id = round_id"
        " WHERE run_id = ? AND outcome = 'accept' ORDER BY rounds.number DESC, adapters.attempt DESC LIMIT 1",
        [run_id],
    ).fetchone()
    return "base" if row is None else str(row[0])


def optional_round_id(connection: sqlite3.Connection, run_id: int | None, number: int | None) -> int | None:
    """The id of the run's round of that number, or None where it has none."""
    row = connection.execute("SELECT id FROM rounds WHERE run_id = ? AND number = ?", [run_id, number]).fetchone()
    return None if row is None else int(row[0])


def round_id(connection: sqlite3.Connection, run_id: int, number: int) -> int:
    """The id of the run's round of that number; LookupError when it was never started, which is a bug of the caller."""
    row_id = optional_round_id(connection, run_id, number)
    if row_id is None:
        raise LookupError(f"round {number} of run {run_id} was never started")
    return row_id


def adapter_id(connection: sqlite3.Connection, run_id: int, number: int, attempt: int) -> int:
    """The id of the candidate that this round's attempt trained; LookupError when none was recorded."""
    row = connection.execute(
        "SELECT id FROM adapters WHERE round_id = ? AND attempt = ?", [round_id(connection, run_id, number), attempt]
    ).fetchone()
    if row is None:
        raise LookupError(f"attempt {attempt} of round {number} of run {run_id} has trained no candidate")
    return int(row[0])


def response_id(connection: sqlite3.Connection, round_row: int, response: Response) -> int:
    """The id of a judged response of that round; LookupError when it was not recorded."""
    row = connection.execute(
        "SELECT max(id) FROM responses WHERE round_id = ? AND prompt_id = ? AND template = ?",
        [round_row, response.attack.prompt.id, response.attack.template],
    ).fetchone()
    if row[0] is None:
        raise LookupError(f"the response to prompt {response.attack.prompt.id} was not recorded before its revision")
    return int(row[0])


def principle_ids(connection: sqlite3.Connection, run_id: int) -> dict[str, int]:
    """The row of each of the run's principles, by the id of its content."""
    return dict(connection.execute("SELECT content_id, id FROM principles WHERE run_id = ?", [run_id]).fetchall())
