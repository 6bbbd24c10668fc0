"""A run's constitution, version by version: what its rounds made of it, and what people did to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.store import worked_examples
from harness.store.connection import StoreFile
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


class Constitutions:
    """The versions of each run's constitution, with what people did to them."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def history(self, run_id: int) -> tuple[StoredConstitution, ...]:
        """Every version of the run's constitution, the oldest first.

        What people did to a version stands before what the round made of it.
        """
        with self._file.reading() as connection:
            return _history(connection, run_id)

    def version(self, run_id: int, version: int | None = None) -> StoredConstitution:
        """That version of the run's constitution, or the newest one, whoever made it.

        Raises StoreError, naming the versions that there are, where there is none.
        """
        with self._file.reading() as connection:
            history = _history(connection, run_id)
            name = _run_name(connection, run_id)
        matching = [stored for stored in history if version in (None, stored.version)]
        if matching:
            return matching[-1]
        if not history:
            raise StoreError(f"The run {name} has no constitution yet: no round came that far.")
        versions = _listed(sorted({stored.version for stored in history}))
        raise StoreError(f"The run {name} has no version {version} of its constitution: it has {versions}.")

    def edit(
        self,
        run_id: int,
        *,
        action: Edit,
        principles: Sequence[Principle],
        round_number: int,
        made_by: str,
        why: str,
    ) -> int:
        """Keep what was done to the run's constitution, with all of its principles, and give its version.

        `pending` has it wait for a person. Every action makes a version one above the run's highest, apart from
        `approve`, which settles the version that waits in that round: `principles` must be those that wait there.
        Edits hang on the run, so that they stay when an unfinished round is removed. Raises StoreError where nothing
        waits for approval, or something else does, and for evidence that names a prompt that the store does not hold.
        """
        texts = [
            {
                "text": principle.text,
                "evidence": list(principle.evidence),
                "round": principle.round,
                "examples": worked_examples.as_rows(principle.examples),
            }
            for principle in principles
        ]
        row = {
            "run_id": run_id,
            "round_number": round_number,
            "action": action,
            "principles": json_text(texts),
            "made_by": made_by,
            "why": why,
            "made_at": now(),
        }
        with self._file.writing() as connection:
            _check_evidence(connection, run_id, principles)
            version = _version_of_edit(connection, run_id, action, round_number, principles)
            removed = [] if action == "pending" else _removed(connection, run_id, principles)
            insert(connection, "constitution_edits", {**row, "version": version, "removed": json_text(removed)})
            return version

    def review(self, run_id: int, round_number: int) -> Review:
        """Whether the constitution of that round waits for a person, was approved, or was never put before one."""
        with self._file.reading() as connection:
            return _review(_edits(connection, run_id), round_number)

    def open_review(self, run_id: int) -> Review:
        """The newest review of a round that has not finished, approved or not; its state is none where there is none.

        Then its round is the last one that finished, 0 where none did.
        """
        with self._file.reading() as connection:
            finished, _ = _last_finished(connection, run_id)
            edits = _edits(connection, run_id)
        for edit in reversed(edits):
            if edit.action == "pending" and edit.round > finished:
                return _review(edits, edit.round)
        return Review("none", finished)

    def retired(self, run_id: int) -> tuple[str, ...]:
        """The texts that people took out of the run's constitution and did not put back."""
        gone: dict[str, None] = {}
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT principles, removed FROM constitution_edits WHERE run_id = ? AND action <> 'pending'"
                " ORDER BY id",
                [run_id],
            )
            for principles, removed in rows:
                gone |= dict.fromkeys(json.loads(removed))
                for principle in json.loads(principles):
                    gone.pop(principle["text"], None)
        return tuple(gone)

    def in_force(self, run_id: int) -> StoredConstitution | None:
        """What people made of the constitution since the last finished round, for the run to go on with.

        None where they did nothing, so that what that round made still holds. What still waits for a person does not
        hold, and neither do that person's changes to it.
        """
        with self._file.reading() as connection:
            finished, version = _last_finished(connection, run_id)
            edits = _edits(connection, run_id)
        holds: StoredConstitution | None = None
        under_review: set[int] = set()
        for edit in edits:
            if edit.action == "pending" and edit.round > finished:
                under_review.add(edit.round)
            elif edit.action == "approve" or (edit.action != "pending" and edit.round not in under_review):
                holds = edit
        return holds if holds and holds.version > version else None

    def with_known_evidence(self, principles: Sequence[Principle]) -> tuple[Principle, ...]:
        """The principles without evidence that names prompts that this store does not hold."""
        with self._file.reading() as connection:
            unknown = _unknown_evidence(connection, principles)
        return tuple(
            replace(principle, evidence=tuple(id_ for id_ in principle.evidence if id_ not in unknown))
            for principle in principles
        )


def _history(connection: sqlite3.Connection, run_id: int) -> tuple[StoredConstitution, ...]:
    rounds = connection.execute(
        "SELECT version, round, action, principles, made_by, why, made_at FROM constitution_history"
        " WHERE run_id = ? AND action = 'round'",
        [run_id],
    )
    from_rounds = [_stored(*row) for row in rounds]
    # Sorting keeps the order of what has the same version: a round writes its constitution after it was approved.
    return tuple(sorted([*_edits(connection, run_id), *from_rounds], key=lambda stored: stored.version))


def _review(edits: Sequence[StoredConstitution], round_number: int) -> Review:
    """The review of a round: its last `pending` constitution and what people did to it since."""
    of_round = [edit for edit in edits if edit.round == round_number]
    begun = [index for index, edit in enumerate(of_round) if edit.action == "pending"]
    if not begun:
        return Review("none", round_number)
    # What is edited after it was approved waits to be approved anew.
    last = of_round[begun[-1] :][-1]
    return Review("approved" if last.action == "approve" else "pending", round_number, last)


def _version_of_edit(
    connection: sqlite3.Connection, run_id: int, action: Edit, round_number: int, principles: Sequence[Principle]
) -> int:
    if action == "approve":
        return _approved_version(connection, run_id, round_number, principles)
    return 1 + _highest_version(connection, run_id)


def _removed(connection: sqlite3.Connection, run_id: int, principles: Sequence[Principle]) -> list[str]:
    """The texts of the newest version that the new one does not have."""
    history = _history(connection, run_id)
    newest = history[-1].principles if history else ()
    kept = {principle.text for principle in principles}
    return [principle.text for principle in newest if principle.text not in kept]


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
    read = (
        Principle(row["text"], tuple(row["evidence"]), row["round"], worked_examples.from_rows(row.get("examples", [])))
        for row in json.loads(principles)
    )
    return StoredConstitution(version, round_number, action, tuple(read), made_by, why, made_at)


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
    review = _review(_edits(connection, run_id), round_number)
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
