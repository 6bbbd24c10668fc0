"""What a run that was interrupted needs to go on where it was."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from itertools import takewhile

from harness.store import worked_examples
from harness.store.messages import stored_conversation
from iteralign.core.principle_outcome import PrincipleEffect, PrincipleOutcome
from iteralign.core.records import Constitution, Principle, TrainingPair


@dataclass(frozen=True)
class AcceptedAdapter:
    """The last candidate that the gate let through. `path` is the folder of its weights."""

    name: str
    path: str
    content_hash: str


@dataclass(frozen=True)
class ResumeState:
    """Where a run stands after its last finished round; an unfinished round counts as never begun.

    `drawn_prompts` holds the ids of the prompts that are used up. `training_pairs` are the accepted rounds' own
    revisions, in the order in which they were trained on, without what was replayed. `clean_batches` counts the clean
    rounds in a row up to the last one; `skipped_rounds` those skipped since the last accepted one, as the loop does.
    `outcomes` are the newest of each principle that was measured or retired.
    """

    last_round: int
    accepted_rounds: int
    drawn_prompts: tuple[str, ...]
    constitution: Constitution
    training_pairs: tuple[TrainingPair, ...]
    accepted: AcceptedAdapter | None
    clean_batches: int
    skipped_rounds: int
    outcomes: tuple[PrincipleOutcome, ...] = ()


def read_resume_state(connection: sqlite3.Connection, run_id: int) -> ResumeState:
    """Read the state from the finished rounds only."""
    rounds = connection.execute(
        "SELECT number, status FROM rounds WHERE run_id = ? AND status <> 'running' ORDER BY number DESC", [run_id]
    ).fetchall()
    statuses = [status for _, status in rounds]
    return ResumeState(
        last_round=rounds[0][0] if rounds else 0,
        accepted_rounds=statuses.count("accepted"),
        drawn_prompts=_drawn_prompts(connection, run_id),
        constitution=_constitution(connection, run_id),
        training_pairs=_training_pairs(connection, run_id),
        accepted=_accepted(connection, run_id),
        clean_batches=len(list(takewhile(lambda status: status == "clean", statuses))),
        skipped_rounds=list(takewhile(lambda status: status != "accepted", statuses)).count("skipped"),
        outcomes=_outcomes(connection, run_id),
    )


def remove_unfinished_rounds(connection: sqlite3.Connection, run_id: int) -> None:
    """Delete the rounds that never finished, with everything that hangs on them."""
    connection.execute("DELETE FROM rounds WHERE run_id = ? AND status = 'running'", [run_id])


def _drawn_prompts(connection: sqlite3.Connection, run_id: int) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT responses.prompt_id FROM responses JOIN rounds ON rounds.id = responses.round_id"
        " WHERE rounds.run_id = ? AND rounds.status <> 'running' ORDER BY responses.id",
        [run_id],
    )
    return tuple(dict.fromkeys(prompt_id for (prompt_id,) in rows))


def _constitution(connection: sqlite3.Connection, run_id: int) -> Constitution:
    newest = connection.execute(
        "SELECT constitutions.id, constitutions.version FROM constitutions"
        " JOIN rounds ON rounds.id = constitutions.round_id"
        " WHERE rounds.run_id = ? AND rounds.status <> 'running' ORDER BY constitutions.id DESC LIMIT 1",
        [run_id],
    ).fetchone()
    if newest is None:
        return Constitution()
    constitution_id, version = newest
    members = connection.execute(
        "SELECT m.id, principles.name, m.round_number, m.examples FROM constitution_members AS m"
        " JOIN principles ON principles.id = m.principle_id WHERE m.constitution_id = ? ORDER BY m.position",
        [constitution_id],
    ).fetchall()
    principles = (
        Principle(name, _evidence(connection, member), number, worked_examples.from_rows(json.loads(examples)))
        for member, name, number, examples in members
    )
    return Constitution(tuple(principles), version)


def _evidence(connection: sqlite3.Connection, member_id: int) -> tuple[str, ...]:
    rows = connection.execute("SELECT prompt_id FROM principle_evidence WHERE member_id = ? ORDER BY id", [member_id])
    return tuple(prompt_id for (prompt_id,) in rows)


def _training_pairs(connection: sqlite3.Connection, run_id: int) -> tuple[TrainingPair, ...]:
    rows = connection.execute(
        "SELECT pairs.prompt_id, pairs.prompt, pairs.messages, pairs.answer, pairs.kind, pairs.rejected"
        " FROM training_pairs AS pairs"
        " JOIN adapters ON adapters.id = pairs.adapter_id JOIN decisions ON decisions.adapter_id = adapters.id"
        " JOIN rounds ON rounds.id = adapters.round_id"
        " WHERE rounds.run_id = ? AND rounds.status = 'accepted' AND decisions.outcome = 'accept'"
        # The strengths of one training learned from the same pairs.
        " AND adapters.attempt = (SELECT max(a.attempt) FROM adapters AS a JOIN decisions AS d ON d.adapter_id = a.id"
        " WHERE a.round_id = rounds.id AND d.outcome = 'accept')"
        " AND pairs.kind = 'revision' ORDER BY pairs.id",
        [run_id],
    )
    return tuple(
        TrainingPair(prompt_id, stored_conversation(prompt, messages), answer, kind, rejected)
        for prompt_id, prompt, messages, answer, kind, rejected in rows
    )


def _accepted(connection: sqlite3.Connection, run_id: int) -> AcceptedAdapter | None:
    row = connection.execute(
        "SELECT adapters.name, adapters.path, adapters.content_hash FROM adapters"
        " JOIN decisions ON decisions.adapter_id = adapters.id JOIN rounds ON rounds.id = adapters.round_id"
        " WHERE rounds.run_id = ? AND rounds.status = 'accepted' AND decisions.outcome = 'accept'"
        " ORDER BY adapters.id DESC LIMIT 1",
        [run_id],
    ).fetchone()
    return None if row is None else AcceptedAdapter(*row)


def _outcomes(connection: sqlite3.Connection, run_id: int) -> tuple[PrincipleOutcome, ...]:
    rows = connection.execute(
        "SELECT principles.name, rounds.number, a.examples, a.outcome, a.reason, a.violations, a.fixed_with,"
        " a.fixed_without, a.low, a.high, a.confidence, a.harmless, a.refused_with, a.refused_without, 0,"
        " coalesce(a.twins, 0), coalesce(a.twins_helped, 0), coalesce(a.twins_lost, 0)"
        " FROM appraisals AS a JOIN rounds ON rounds.id = a.round_id JOIN principles ON principles.id = a.principle_id"
        " WHERE rounds.run_id = ? AND rounds.status <> 'running'"
        " AND a.id = (SELECT max(later.id) FROM appraisals AS later WHERE later.principle_id = a.principle_id"
        " AND (later.outcome = 'retired' OR later.violations IS NOT NULL))"
        " ORDER BY a.id",
        [run_id],
    )
    return tuple(
        PrincipleOutcome(
            Principle(name, (), number, worked_examples.from_rows(json.loads(examples))),
            outcome,
            reason,
            PrincipleEffect(*effect) if effect[0] else None,
        )
        for name, number, examples, outcome, reason, *effect in rows
    )
