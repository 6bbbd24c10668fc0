"""A run's constitution, version by version: what its rounds made of it, and what people did to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.store.rows import insert, json_text, now
from harness_base.errors import StoreError
from iteralign.core.records import Principle

Edit = Literal["pending", "approve", "edit", "import", "retire"]
"""What may be done to a constitution; `pending` is the program's own: it waits for a person."""


@dataclass(frozen=True)
class StoredConstitution:
    """One version, and how it came about: `action` is round where a round made it, else one of `Edit`.

    `made_at` is UTC in ISO 8601. `made_by` and `why` are empty for what a round made.
    """

    version: int
    round: int
    action: str
    principles: tuple[Principle, ...]
    made_by: str
    why: str
    made_at: str


@dataclass(frozen=True)
class Review:
    """Whether the constitution of `round` waits for a person, was approved, or was never put before one.

    `constitution` is what waits, as people left it, or what was approved; None where there is no review.
    """

    state: Literal["none", "pending", "approved"]
    round: int
    constitution: StoredConstitution | None = None


def read_history(connection: sqlite3.Connection, run_id: int) -> tuple[StoredConstitution, ...]:
    """Every version of the run, the oldest first; what people did to a version, and then what the round made of it."""
    rounds = connection.execute(
        "SELECT version, round, action, principles, made_by, why, made_at FROM constitution_history"
        " WHERE run_id = ? AND action = 'round'",
        [run_id],
    )
    from_rounds = [_stored(*row) for row in rounds]
    # Sorting keeps the order of what has the same version: a round writes its constitution after it was approved.
    return tuple(sorted([*_edits(connection, run_id), *from_rounds], key=lambda stored: stored.version))


def read_version(connection: sqlite3.Connection, run_id: int, version: int | None) -> StoredConstitution:
    """The version, or the newest one for None. Raises StoreError, naming those that there are, where there is none."""
    history = read_history(connection, run_id)
    found = [stored for stored in history if version in (None, stored.version)]
    if found:
        return found[-1]
    name = _run_name(connection, run_id)
    if not history:
        raise StoreError(f"The run {name} has no constitution yet: no round came that far.")
    there = _listed(sorted({stored.version for stored in history}))
    raise StoreError(f"The run {name} has no version {version} of its constitution: it has {there}.")


def write_edit(
    connection: sqlite3.Connection,
    run_id: int,
    *,
    action: Edit,
    principles: Sequence[Principle],
    round_number: int,
    made_by: str,
    why: str,
) -> int:
    """Keep an edit and give its version; see `Store.edit_constitution`."""
    _check_evidence(connection, run_id, principles)
    if action == "approve":
        version = _approved_version(connection, run_id, round_number, principles)
    else:
        version = 1 + _highest_version(connection, run_id)
    removed = [] if action == "pending" else _removed(connection, run_id, principles)
    rows = [{"text": one.text, "evidence": list(one.evidence), "round": one.round} for one in principles]
    row = {
        "run_id": run_id,
        "round_number": round_number,
        "version": version,
        "action": action,
        "principles": json_text(rows),
        "removed": json_text(removed),
        "made_by": made_by,
        "why": why,
        "made_at": now(),
    }
    insert(connection, "constitution_edits", row)
    return version


def read_review(connection: sqlite3.Connection, run_id: int, round_number: int) -> Review:
    """The review of a round: its last `pending` constitution and what people did to it since."""
    edits = [edit for edit in _edits(connection, run_id) if edit.round == round_number]
    begun = [index for index, edit in enumerate(edits) if edit.action == "pending"]
    if not begun:
        return Review("none", round_number)
    # What is edited after it was approved waits to be approved anew.
    last = edits[begun[-1] :][-1]
    return Review("approved" if last.action == "approve" else "pending", round_number, last)


def read_open_review(connection: sqlite3.Connection, run_id: int) -> Review:
    """The newest review of a round that has not finished, approved or not."""
    finished, _ = _last_finished(connection, run_id)
    for edit in reversed(_edits(connection, run_id)):
        if edit.action == "pending" and edit.round > finished:
            return read_review(connection, run_id, edit.round)
    return Review("none", finished)


def read_in_force(connection: sqlite3.Connection, run_id: int) -> StoredConstitution | None:
    """The newest edit that holds, if it is newer than what the last finished round made; else None.

    What still waits for a person does not hold, and neither do that person's changes to it.
    """
    finished, version = _last_finished(connection, run_id)
    holds: StoredConstitution | None = None
    under_review: set[int] = set()
    for edit in _edits(connection, run_id):
        if edit.action == "pending" and edit.round > finished:
            under_review.add(edit.round)
        elif edit.action == "approve" or (edit.action != "pending" and edit.round not in under_review):
            holds = edit
    return holds if holds and holds.version > version else None


def with_known_evidence(connection: sqlite3.Connection, principles: Iterable[Principle]) -> tuple[Principle, ...]:
    """The principles without evidence that names a prompt that the store does not hold."""
    listed = tuple(principles)
    unknown = _unknown_evidence(connection, listed)
    return tuple(replace(one, evidence=tuple(id_ for id_ in one.evidence if id_ not in unknown)) for one in listed)


def read_retired(connection: sqlite3.Connection, run_id: int) -> tuple[str, ...]:
    """The texts that people took out of the run's constitution and did not put back."""
    gone: dict[str, None] = {}
    rows = connection.execute(
        "SELECT principles, removed FROM constitution_edits WHERE run_id = ? AND action <> 'pending' ORDER BY id",
        [run_id],
    )
    for principles, removed in rows:
        gone |= dict.fromkeys(json.loads(removed))
        for one in json.loads(principles):
            gone.pop(one["text"], None)
    return tuple(gone)


def _removed(connection: sqlite3.Connection, run_id: int, principles: Sequence[Principle]) -> list[str]:
    """The texts of the newest version that the new one does not have."""
    history = read_history(connection, run_id)
    kept = {one.text for one in principles}
    return [one.text for one in history[-1].principles if one.text not in kept] if history else []


def _edits(connection: sqlite3.Connection, run_id: int) -> list[StoredConstitution]:
    """What people, and the program for them, did to the run's constitution, in the order in which they did it."""
    rows = connection.execute(
        "SELECT version, round_number, action, principles, made_by, why, made_at FROM constitution_edits"
        " WHERE run_id = ? ORDER BY id",
        [run_id],
    )
    return [_stored(*row) for row in rows]


def _stored(
    version: int, round_number: int, action: str, principles: str, made_by: str, why: str, made_at: str
) -> StoredConstitution:
    read = tuple(Principle(one["text"], tuple(one["evidence"]), one["round"]) for one in json.loads(principles))
    return StoredConstitution(version, round_number, action, read, made_by, why, made_at)


def _last_finished(connection: sqlite3.Connection, run_id: int) -> tuple[int, int]:
    """The number of the last finished round and the last version that a finished round made; 0 where there is none."""
    row = connection.execute(
        "SELECT coalesce(max(rounds.number), 0), coalesce(max(constitutions.version), 0) FROM rounds"
        " LEFT JOIN constitutions ON constitutions.round_id = rounds.id"
        " WHERE rounds.run_id = ? AND rounds.status <> 'running'",
        [run_id],
    ).fetchone()
    return int(row[0]), int(row[1])


def _highest_version(connection: sqlite3.Connection, run_id: int) -> int:
    (highest,) = connection.execute(
        "SELECT coalesce(max(version), 0) FROM constitution_history WHERE run_id = ?", [run_id]
    ).fetchone()
    return int(highest)


def _approved_version(
    connection: sqlite3.Connection, run_id: int, round_number: int, principles: Sequence[Principle]
) -> int:
    review = read_review(connection, run_id, round_number)
    name = _run_name(connection, run_id)
    if review.state != "pending" or review.constitution is None:
        raise StoreError(f"Nothing of round {round_number} of the run {name} waits for approval.")
    if review.constitution.principles != tuple(principles):
        raise StoreError(
            f"What waits for approval in round {round_number} of the run {name} is not what is to be approved: look at "
            "it again."
        )
    return review.constitution.version


def _check_evidence(connection: sqlite3.Connection, run_id: int, principles: Sequence[Principle]) -> None:
    """Refuse evidence that the next round could not record."""
    unknown = _unknown_evidence(connection, principles)
    if unknown:
        raise StoreError(
            f"The constitution for the run {_run_name(connection, run_id)} rests on prompts that its store does not "
            f"hold, such as {min(unknown)}: leave that evidence out."
        )


def _unknown_evidence(connection: sqlite3.Connection, principles: Iterable[Principle]) -> set[str]:
    named = {prompt_id for principle in principles for prompt_id in principle.evidence}
    rows = connection.execute(
        "SELECT id FROM prompts WHERE id IN (SELECT value FROM json_each(?))", [json.dumps(sorted(named))]
    )
    return named - {prompt_id for (prompt_id,) in rows}


def _run_name(connection: sqlite3.Connection, run_id: int) -> str:
    return str(connection.execute("SELECT name FROM runs WHERE id = ?", [run_id]).fetchone()[0])


def _listed(versions: Sequence[int]) -> str:
    *others, last = map(str, versions)
    return f"{', '.join(others)} and {last}" if others else f"only {last}"
