"""Every call of an oracle, kept as it comes; what was answered and could be read is never asked again."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.store.connection import StoreFile
from harness.store.rows import insert_many
from iteralign.core.content import content_id
from iteralign.oracle import Call

_KEYS_AT_ONCE = 500


@dataclass(frozen=True)
class StoredCall:
    """A call as it stands in the store, with the run's name where it belongs to one."""

    number: int
    run: str | None
    oracle: str
    kind: str
    request_id: str
    question: str
    reply: str
    status: str
    reason: str


class OracleCalls:
    """Every call of every oracle, in the order in which they were made."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def log(self, run_id: int | None) -> StoreCallLog:
        """Where the calls of an oracle are kept, and answered from; `run_id` None is for calls outside of any run."""
        return StoreCallLog(self._file, run_id)

    def read(self, run_id: int | None = None) -> list[StoredCall]:
        """The calls of one run, or all that the store holds, those outside of any run among them."""
        where, parameters = ("", []) if run_id is None else (" WHERE c.run_id = ?", [run_id])
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT c.id, runs.name, c.oracle, c.kind, c.request_id, c.question, c.reply, c.status, c.reason"
                f" FROM oracle_calls AS c LEFT JOIN runs ON runs.id = c.run_id{where} ORDER BY c.id",
                parameters,
            )
            return [StoredCall(*row) for row in rows]

    def restate(self, statuses: Mapping[int, tuple[str, str]]) -> None:
        """For calls by their number: whether their reply can be read ("read", "unreadable"), and why not."""
        rows = [(status, reason, number) for number, (status, reason) in statuses.items()]
        with self._file.writing() as connection:
            connection.executemany("UPDATE oracle_calls SET status = ?, reason = ? WHERE id = ?", rows)


class StoreCallLog:
    """Implements `iteralign.oracle.CallLog` for one run, or for calls outside of any with `run_id` None."""

    def __init__(self, file: StoreFile, run_id: int | None) -> None:
        self._file = file
        self._run_id = run_id

    def replies(self, keys: Sequence[str]) -> Mapping[str, str]:
        replies: dict[str, str] = {}
        with self._file.reading() as connection:
            for start in range(0, len(keys), _KEYS_AT_ONCE):
                some = list(keys[start : start + _KEYS_AT_ONCE])
                replies.update(_replies(connection, some))
        return replies

    def keep(self, oracle: str, calls: Sequence[Call]) -> None:
        instructions = {content_id(call.request.system): call.request.system for call in calls}
        with self._file.writing() as connection:
            rows = [{"id": name, "text": text} for name, text in instructions.items()]
            insert_many(connection, "oracle_instructions", rows, on_conflict="IGNORE")
            insert_many(connection, "oracle_calls", [self._row(oracle, call) for call in calls])

    def _row(self, oracle: str, call: Call) -> dict[str, object]:
        cost = call.reply.cost
        return {
            "run_id": self._run_id,
            "key": call.key,
            "oracle": oracle,
            "kind": call.request.kind,
            "request_id": call.request.id,
            "instructions_id": content_id(call.request.system),
            "question": call.request.user,
            "reply": call.reply.text,
            "status": call.status,
            "reason": call.reason,
            "attempts": cost.attempts,
            "tokens_in": cost.tokens_in,
            "tokens_out": cost.tokens_out,
            "seconds": cost.seconds,
            "asked_at": call.asked_at,
            "asked_with": call.reply.asked_with,
        }


def _replies(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, str]:
    places = ", ".join("?" * len(keys))
    return dict(
        connection.execute(
            f"SELECT key, reply FROM oracle_calls WHERE status = 'read' AND key IN ({places}) ORDER BY id", keys
        )
    )
