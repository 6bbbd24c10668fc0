"""The loop's recorder: every call is one transaction, so that a killed run is whole up to its last finished step."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from harness.evaluation.shown import shown_change
from harness.store.connection import StoreFile
from harness.store.lookups import adapter_id, optional_round_id, principle_ids, response_id, round_id
from harness.store.prompts import insert_prompts
from harness.store.rows import finite, insert, insert_many, json_text, now
from iteralign.core.records import (
    Candidate,
    Comparison,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    PrincipleOutcome,
    Revision,
    RoundStatus,
    TrainingPair,
    Verdict,
)


class StoreRecorder:
    """Implements `iteralign.core.protocols.Recorder` for one run."""

    def __init__(self, file: StoreFile, run_id: int) -> None:
        self._file = file
        self._run_id = run_id

    def round_started(self, round_number: int) -> None:
        with self._file.writing() as connection:
            (run,) = connection.execute("SELECT name FROM runs WHERE id = ?", [self._run_id]).fetchone()
            row = {
                "run_id": self._run_id,
                "number": round_number,
                "name": f"{run}, round {round_number}",
                "started_at": now(),
            }
            insert(connection, "rounds", row)

    def stage_started(self, round_number: int, stage: str, total: int) -> None:
        """Keep the stage, so that an interrupted run shows where it was; `total` is for those who show progress."""
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE rounds SET stage = ? WHERE run_id = ? AND number = ?", [stage, self._run_id, round_number]
            )

    def stage_advanced(self, done: int) -> None:
        """Progress within a stage is not stored."""

    def stage_finished(self, round_number: int, stage: str, seconds: float) -> None:
        with self._file.writing() as connection:
            round_row = optional_round_id(connection, self._run_id, round_number)
            row = {"run_id": self._run_id, "round_id": round_row, "stage": stage, "seconds": seconds}
            insert(connection, "timings", row)

    def judged(self, round_number: int, judged: Sequence[JudgedResponse]) -> None:
        with self._file.writing() as connection:
            insert_prompts(connection, (item.response.attack.prompt for item in judged))
            round_row = round_id(connection, self._run_id, round_number)
            for item in judged:
                _insert_judged(connection, round_row, item)

    def constitution_changed(
        self, round_number: int, constitution: Constitution, proposed: Sequence[Principle]
    ) -> None:
        with self._file.writing() as connection:
            round_row = round_id(connection, self._run_id, round_number)
            _insert_principles(connection, self._run_id, round_row, [*proposed, *constitution.principles])
            _insert_proposals(connection, self._run_id, round_row, proposed)
            _insert_constitution(connection, self._run_id, round_row, constitution)

    def appraised(self, round_number: int, appraisals: Sequence[PrincipleOutcome]) -> None:
        with self._file.writing() as connection:
            round_row = round_id(connection, self._run_id, round_number)
            _insert_principles(connection, self._run_id, round_row, [one.principle for one in appraisals])
            known = principle_ids(connection, self._run_id)
            insert_many(
                connection,
                "appraisals",
                [_appraisal_row(round_row, known[one.principle.id], one) for one in appraisals],
            )

    def revised(self, round_number: int, revisions: Sequence[Revision]) -> None:
        with self._file.writing() as connection:
            round_row = round_id(connection, self._run_id, round_number)
            for revision in revisions:
                _insert_revision(connection, round_row, revision)

    def trained(self, round_number: int, attempt: int, candidate: Candidate, pairs: Sequence[TrainingPair]) -> None:
        with self._file.writing() as connection:
            adapter = _insert_adapter(connection, round_id(connection, self._run_id, round_number), attempt, candidate)
            rows = [{"adapter_id": adapter, **asdict(pair)} for pair in pairs]
            insert_many(connection, "training_pairs", rows)

    def decided(self, round_number: int, attempt: int, candidate: Candidate, decision: GateDecision) -> None:
        with self._file.writing() as connection:
            row = {
                "adapter_id": adapter_id(connection, self._run_id, round_number, attempt),
                "name": f"{candidate.name}: {decision.outcome}",
                "outcome": decision.outcome,
                "reasons": json_text(list(decision.reasons)),
                "looks": decision.looks,
                "decided_at": now(),
            }
            decision_id = insert(connection, "decisions", row)
            rows = [_comparison_row(decision_id, comparison) for comparison in decision.comparisons]
            insert_many(connection, "comparisons", rows)

    def round_finished(self, round_number: int, status: RoundStatus, reason: str) -> None:
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE rounds SET status = ?, reason = ?, finished_at = ? WHERE id = ?",
                [status, reason, now(), round_id(connection, self._run_id, round_number)],
            )


def _insert_judged(connection: sqlite3.Connection, round_row: int, item: JudgedResponse) -> None:
    response = item.response
    row = {
        "round_id": round_row,
        "prompt_id": response.attack.prompt.id,
        "template": response.attack.template,
        "attack": response.attack.text,
        "text": response.text,
        "finished": response.finished,
    }
    _insert_verdict(connection, "response_id", insert(connection, "responses", row), item.verdict)


def _insert_verdict(connection: sqlite3.Connection, judged_column: str, judged_id: int, verdict: Verdict) -> None:
    # The score is not kept by itself: `raw` holds the numbers that it comes from.
    row = {name: value for name, value in asdict(verdict).items() if name != "score"}
    insert(connection, "verdicts", {judged_column: judged_id, **row})


def _insert_principles(
    connection: sqlite3.Connection, run_id: int, round_row: int, principles: Sequence[Principle]
) -> None:
    rows = [
        {"run_id": run_id, "round_id": round_row, "content_id": principle.id, "name": principle.text}
        for principle in principles
    ]
    insert_many(connection, "principles", rows, known="IGNORE")


def _insert_proposals(
    connection: sqlite3.Connection, run_id: int, round_row: int, proposed: Sequence[Principle]
) -> None:
    known = principle_ids(connection, run_id)
    for position, principle in enumerate(proposed):
        row = {"round_id": round_row, "position": position, "principle_id": known[principle.id]}
        proposal = insert(connection, "proposals", row)
        _insert_evidence(connection, known[principle.id], "proposal_id", proposal, principle)


def _insert_constitution(
    connection: sqlite3.Connection, run_id: int, round_row: int, constitution: Constitution
) -> None:
    (round_name,) = connection.execute("SELECT name FROM rounds WHERE id = ?", [round_row]).fetchone()
    name = f"{round_name}, version {constitution.version}"
    constitution_row = {"round_id": round_row, "version": constitution.version, "name": name}
    constitution_id = insert(connection, "constitutions", constitution_row)
    known = principle_ids(connection, run_id)
    for position, principle in enumerate(constitution.principles):
        row = {
            "constitution_id": constitution_id,
            "position": position,
            "principle_id": known[principle.id],
            "round_number": principle.round,
        }
        member = insert(connection, "constitution_members", row)
        _insert_evidence(connection, known[principle.id], "member_id", member, principle)


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
        "attempt": revision.attempt,
        "constitution_version": revision.constitution_version,
        "text": revision.text,
        "dropped": revision.dropped,
        "critique": revision.critique,
    }
    _insert_verdict(connection, "revision_id", insert(connection, "revisions", row), revision.verdict)


_WORTH_COLUMNS = (
    "violations", "fixed_with", "fixed_without", "low", "high", "confidence", "harmless", "refused_with",
    "refused_without",
)  # fmt: skip


def _appraisal_row(round_row: int, principle_row: int, one: PrincipleOutcome) -> dict[str, object]:
    worth = {name: getattr(one.worth, name) if one.worth else None for name in _WORTH_COLUMNS}
    return {
        "round_id": round_row,
        "principle_id": principle_row,
        "outcome": one.outcome,
        "reason": one.reason,
        "evidence": json_text(list(one.principle.evidence)),
        **worth,
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
        "settings": json_text(asdict(candidate.settings)),
    }
    return insert(connection, "adapters", row)


def _comparison_row(decision_id: int, comparison: Comparison) -> dict[str, object]:
    change = shown_change(comparison)
    fields = {**asdict(comparison), "change": change.value, "change_low": change.low, "change_high": change.high}
    return {"decision_id": decision_id, **{name: _storable(value) for name, value in fields.items()}}


def _storable(value: object) -> object:
    return finite(value) if isinstance(value, float) else value
