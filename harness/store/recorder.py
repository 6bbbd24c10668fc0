"""The loop's recorder: every event is one transaction, so that a killed run is whole up to its last finished step."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from typing import assert_never

from harness.evaluation.shown import shown_change
from harness.store import worked_examples
from harness.store.connection import StoreFile
from harness.store.lookups import adapter_id, optional_round_id, principle_ids, response_id, round_id
from harness.store.messages import stored_messages
from harness.store.prompts import insert_prompts
from harness.store.rows import finite, insert, insert_many, json_text, now
from iteralign.core.events import (
    ConstitutionChanged,
    Decided,
    Event,
    Judged,
    PrinciplesDecided,
    Revised,
    RoundEvent,
    RoundFinished,
    RoundStarted,
    StageAdvanced,
    StageFinished,
    StageStarted,
    Trained,
)
from iteralign.core.principle_outcome import PrincipleEffect, PrincipleOutcome
from iteralign.core.records import (
    Candidate,
    Comparison,
    Constitution,
    JudgedResponse,
    Principle,
    Response,
    Revision,
    TrainingPair,
    Verdict,
)


class StoreRecorder:
    """Implements `iteralign.core.protocols.Recorder` for one run."""

    def __init__(self, file: StoreFile, run_id: int) -> None:
        self._file = file
        self._run_id = run_id

    def record(self, event: Event) -> None:
        if isinstance(event, StageAdvanced):
            return  # how far a stage is is for those who show progress
        with self._file.writing() as connection:
            if isinstance(event, StageStarted | StageFinished):
                _write_stage(connection, self._run_id, event)
            else:
                _write_round(connection, self._run_id, event)


def _write_stage(connection: sqlite3.Connection, run_id: int, event: StageStarted | StageFinished) -> None:
    """Keep the stage under way, so that an interrupted run shows where it was, or how long one took."""
    if isinstance(event, StageStarted):
        connection.execute(
            "UPDATE rounds SET stage = ? WHERE run_id = ? AND number = ?", [event.stage, run_id, event.round_number]
        )
        return
    round_row = optional_round_id(connection, run_id, event.round_number)
    row = {"run_id": run_id, "round_id": round_row, "stage": event.stage, "seconds": event.seconds}
    insert(connection, "timings", row)


def _write_round(connection: sqlite3.Connection, run_id: int, event: RoundEvent) -> None:
    if isinstance(event, RoundStarted):
        _start_round(connection, run_id, event.round_number)
        return
    round_row = round_id(connection, run_id, event.round_number)
    match event:
        case Judged():
            _insert_judgements(connection, round_row, event.judged)
        case PrinciplesDecided():
            _insert_outcomes(connection, run_id, round_row, event.outcomes)
        case ConstitutionChanged():
            _insert_principles(connection, run_id, round_row, [*event.proposed, *event.constitution.principles])
            _insert_proposals(connection, run_id, round_row, event.proposed)
            _insert_constitution(connection, run_id, round_row, event.constitution)
        case Revised():
            for revision in event.revisions:
                _insert_revision(connection, round_row, revision)
        case Trained():
            _insert_candidate(connection, round_row, event)
        case Decided():
            _insert_decision(connection, adapter_id(connection, run_id, event.round_number, event.attempt), event)
        case RoundFinished():
            _finish_round(connection, round_row, event)
        case _:
            assert_never(event)


def _start_round(connection: sqlite3.Connection, run_id: int, number: int) -> None:
    (run,) = connection.execute("SELECT name FROM runs WHERE id = ?", [run_id]).fetchone()
    row = {"run_id": run_id, "number": number, "name": f"{run}, round {number}", "started_at": now()}
    insert(connection, "rounds", row)


def _finish_round(connection: sqlite3.Connection, round_row: int, event: RoundFinished) -> None:
    connection.execute(
        "UPDATE rounds SET status = ?, reason = ?, finished_at = ? WHERE id = ?",
        [event.status, event.reason, now(), round_row],
    )


def _insert_judgements(connection: sqlite3.Connection, round_row: int, judged: Sequence[JudgedResponse]) -> None:
    insert_prompts(connection, (item.response.attack.prompt for item in judged))
    for item in judged:
        _insert_judged(connection, round_row, item)


def _insert_outcomes(
    connection: sqlite3.Connection, run_id: int, round_row: int, outcomes: Sequence[PrincipleOutcome]
) -> None:
    _insert_principles(connection, run_id, round_row, [item.principle for item in outcomes])
    row_ids = principle_ids(connection, run_id)
    rows = [_outcome_row(round_row, row_ids[item.principle.id], item) for item in outcomes]
    insert_many(connection, "appraisals", rows)


def _insert_candidate(connection: sqlite3.Connection, round_row: int, event: Trained) -> None:
    adapter = _insert_adapter(connection, round_row, event.attempt, event.candidate)
    rows = [_pair_row(adapter, pair) for pair in event.pairs]
    insert_many(connection, "training_pairs", rows)


def _insert_decision(connection: sqlite3.Connection, adapter: int, event: Decided) -> None:
    decision = event.decision
    row = {
        "adapter_id": adapter,
        "name": f"{event.candidate.name}: {decision.outcome}",
        "outcome": decision.outcome,
        "reasons": json_text(list(decision.reasons)),
        "looks": decision.looks,
        "block": decision.block,
        "blocks": decision.blocks,
        "stopped": decision.stopped,
        "unlikely": decision.unlikely,
        "decided_at": now(),
    }
    decision_id = insert(connection, "decisions", row)
    insert_many(connection, "comparisons", [_comparison_row(decision_id, item) for item in decision.comparisons])


def _insert_judged(connection: sqlite3.Connection, round_row: int, item: JudgedResponse) -> None:
    response = item.response
    row = {
        "round_id": round_row,
        "prompt_id": response.attack.prompt.id,
        "template": response.attack.template,
        "attack": response.attack.text,
        "messages": stored_messages(response.attack.conversation),
        **_columns(response, "attack", "unanswered"),
    }
    _insert_verdict(connection, "response_id", insert(connection, "responses", row), item.verdict)


def _insert_verdict(connection: sqlite3.Connection, judged_column: str, judged_id: int, verdict: Verdict) -> None:
    # The score is not kept by itself: `raw` holds the numbers that it comes from.
    insert(connection, "verdicts", {judged_column: judged_id, **_columns(verdict, "score")})


def _columns(record: Response | Revision | Verdict, *left_out: str) -> dict[str, object]:
    """A record's fields as columns of the same names, but for those that are kept elsewhere or not at all."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name not in left_out}


def _insert_principles(
    connection: sqlite3.Connection, run_id: int, round_row: int, principles: Sequence[Principle]
) -> None:
    rows = [
        {"run_id": run_id, "round_id": round_row, "content_id": principle.id, "name": principle.text}
        for principle in principles
    ]
    insert_many(connection, "principles", rows, on_conflict="IGNORE")


def _insert_proposals(
    connection: sqlite3.Connection, run_id: int, round_row: int, proposed: Sequence[Principle]
) -> None:
    row_ids = principle_ids(connection, run_id)
    for position, principle in enumerate(proposed):
        row = {
            "round_id": round_row,
            "position": position,
            "principle_id": row_ids[principle.id],
            "examples": json_text(worked_examples.as_rows(principle.examples)),
        }
        proposal = insert(connection, "proposals", row)
        _insert_evidence(connection, row_ids[principle.id], "proposal_id", proposal, principle)


def _insert_constitution(
    connection: sqlite3.Connection, run_id: int, round_row: int, constitution: Constitution
) -> None:
    (round_name,) = connection.execute("SELECT name FROM rounds WHERE id = ?", [round_row]).fetchone()
    name = f"{round_name}, version {constitution.version}"
    constitution_row = {"round_id": round_row, "version": constitution.version, "name": name}
    constitution_id = insert(connection, "constitutions", constitution_row)
    row_ids = principle_ids(connection, run_id)
    for position, principle in enumerate(constitution.principles):
        row = {
            "constitution_id": constitution_id,
            "position": position,
            "principle_id": row_ids[principle.id],
            "round_number": principle.round,
            "examples": json_text(worked_examples.as_rows(principle.examples)),
        }
        member = insert(connection, "constitution_members", row)
        _insert_evidence(connection, row_ids[principle.id], "member_id", member, principle)


def _insert_evidence(
    connection: sqlite3.Connection, principle_id: int, owner_column: str, owner_id: int, principle: Principle
) -> None:
    rows = [
        {"principle_id": principle_id, owner_column: owner_id, "prompt_id": prompt_id}
        for prompt_id in principle.evidence
    ]
    insert_many(connection, "principle_evidence", rows)


def _insert_revision(connection: sqlite3.Connection, round_row: int, revision: Revision) -> None:
    row = {
        "response_id": response_id(connection, round_row, revision.original),
        **_columns(revision, "original", "verdict"),
    }
    _insert_verdict(connection, "revision_id", insert(connection, "revisions", row), revision.verdict)


_EFFECT_COLUMNS = tuple(field.name for field in fields(PrincipleEffect) if field.name != "unread")
"""Answers that could not be read are counted for the reason alone."""


def _outcome_row(round_row: int, principle_row: int, item: PrincipleOutcome) -> dict[str, object]:
    effect = {name: getattr(item.effect, name) if item.effect else None for name in _EFFECT_COLUMNS}
    return {
        "round_id": round_row,
        "principle_id": principle_row,
        "outcome": item.outcome,
        "reason": item.reason,
        "evidence": json_text(list(item.principle.evidence)),
        "examples": json_text(worked_examples.as_rows(item.principle.examples)),
        "amended_from": item.amended.earlier if item.amended else "",
        "amended_why": item.amended.why if item.amended else "",
        **effect,
    }


def _insert_adapter(connection: sqlite3.Connection, round_row: int, attempt: int, candidate: Candidate) -> int:
    numbers = {
        "loss_first": candidate.loss_first,
        "loss_last": candidate.loss_last,
        "largest_logit_change": candidate.largest_logit_change,
    }
    wrong = [f"{name} is {value}" for name, value in numbers.items() if finite(value) is None]
    row = {
        "round_id": round_row,
        "attempt": attempt,
        "name": candidate.name,
        "path": candidate.path,
        "content_hash": candidate.content_hash,
        "steps": candidate.steps,
        **{name: finite(value) for name, value in numbers.items()},
        "status": "invalid" if wrong else "valid",
        "reason": ", ".join(wrong),
        "settings": json_text(candidate.settings.model_dump(exclude={"retry_scale"})),
    }
    return insert(connection, "adapters", row)


def _pair_row(adapter: int, pair: TrainingPair) -> dict[str, object]:
    return {
        "adapter_id": adapter,
        "prompt_id": pair.prompt_id,
        "prompt": pair.prompt.text,
        "answer": pair.answer,
        "kind": pair.kind,
        "messages": stored_messages(pair.prompt),
        "rejected": pair.rejected,
        "prompt_type": pair.prompt_type,
        "cut": pair.cut,
    }


def _comparison_row(decision_id: int, comparison: Comparison) -> dict[str, object]:
    change = shown_change(comparison)
    fields = {
        **comparison.as_row(),
        "change": change.value,
        "change_low": change.low,
        "change_high": change.high,
        "planned": comparison.planned,
        "look": comparison.look,
        "spent": comparison.spent,
        "leans": comparison.leans,
    }
    return {"decision_id": decision_id, **{name: _storable(value) for name, value in fields.items()}}


def _storable(value: object) -> object:
    return finite(value) if isinstance(value, float) else value
