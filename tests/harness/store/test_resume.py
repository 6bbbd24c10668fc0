"""An interrupted run goes on after its last finished round, as if the unfinished one had never begun."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from harness.store import AcceptedAdapter, Store
from harness.store.example import evaluation, prompts_of, write_example_run
from harness_base.errors import StoreError
from iteralign.core.events import Decided, RoundFinished, RoundStarted, Trained
from iteralign.core.records import Candidate, Constitution, GateDecision, GateOutcome, TrainingPair
from iteralign.core.settings import TrainingSettings

ROUND_TABLES = ("responses", "verdicts", "revisions", "principles", "principle_evidence", "constitution_members")


@pytest.fixture
def interrupted(store: Store) -> int:
    return write_example_run(store, ending="interrupted")


def test_a_run_that_did_nothing_resumes_from_the_beginning(store: Store, run_id: int) -> None:
    state = store.runs.resume_state(run_id)
    assert (state.last_round, state.constitution, state.accepted) == (0, Constitution(), None)


def test_an_unfinished_round_is_ignored(store: Store, interrupted: int) -> None:
    state = store.runs.resume_state(interrupted)
    assert (state.last_round, state.accepted_rounds) == (1, 1)
    assert state.drawn_prompts == tuple(prompt.id for prompt in prompts_of(1))
    assert (state.constitution.version, len(state.constitution.principles)) == (1, 1)
    assert state.accepted == AcceptedAdapter("r1a1", "adapters/r1a1", "hash-of-r1a1")


def test_looking_at_the_state_changes_nothing(store: Store, interrupted: int) -> None:
    before = store.digests.content(interrupted)
    store.runs.resume_state(interrupted)
    assert store.digests.content(interrupted) == before


def test_resuming_removes_what_hung_on_the_unfinished_round(
    store: Store, interrupted: int, read: sqlite3.Connection
) -> None:
    """What is left is what a run that stopped after its first round holds."""
    before = {table: read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ROUND_TABLES}
    store.runs.resume(interrupted)
    after = {table: read.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ROUND_TABLES}
    assert after["responses"] == 6
    assert all(after[table] < before[table] for table in ROUND_TABLES)
    assert read.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_resumed_run_is_running_and_may_begin_the_round_again(store: Store, interrupted: int) -> None:
    store.runs.resume(interrupted)
    store.runs.recorder(interrupted).record(RoundStarted(2))
    assert store.views.rows("run_overview")[0]["status"] == "running"


def test_resuming_keeps_the_measuring_of_the_base(store: Store, interrupted: int) -> None:
    store.runs.resume(interrupted)
    found = store.evaluations.of_run(interrupted, subject="base", split="gate")
    assert found is not None
    assert replace(found, notes=()) == evaluation("base", "gate")


def test_resuming_leaves_other_runs_alone(store: Store, interrupted: int) -> None:
    other = write_example_run(store, name="calm-owl", ending="interrupted")
    before = store.digests.content(other)
    store.runs.resume(interrupted)
    assert store.digests.content(other) == before


def test_a_run_that_is_done_has_nothing_to_resume(store: Store, example: int) -> None:
    before = store.digests.content(example)
    with pytest.raises(StoreError, match="quiet-lark is done"):
        store.runs.resume(example)
    assert store.digests.content(example) == before


def test_training_pairs_are_those_of_accepted_candidates_without_replay(store: Store, example: int) -> None:
    pairs = store.runs.resume_state(example).training_pairs
    assert [pair.prompt_id for pair in pairs] == [p.id for number in (1, 2, 3) for p in prompts_of(number)[:3]]
    assert {pair.kind for pair in pairs} == {"revision"}


def test_a_rejected_candidate_is_neither_accepted_nor_trained_on_later(store: Store) -> None:
    run = write_example_run(store, ending="nothing_accepted")
    state = store.runs.resume_state(run)
    assert (state.accepted, state.training_pairs, state.skipped_rounds) == (None, (), 1)


@pytest.mark.parametrize(
    ("statuses", "clean", "skipped"),
    [
        (["accepted", "clean", "clean"], 2, 0),
        (["clean", "skipped"], 0, 1),
        (["skipped", "clean"], 1, 1),
        (["skipped", "clean", "skipped"], 0, 2),
        (["skipped", "accepted"], 0, 0),
    ],
)
def test_rounds_in_a_row_are_counted_as_the_loop_counts_them(
    store: Store, run_id: int, statuses: list[str], clean: int, skipped: int
) -> None:
    recorder = store.runs.recorder(run_id)
    for number, status in enumerate(statuses, start=1):
        recorder.record(RoundStarted(number))
        recorder.record(RoundFinished(number, status, ""))  # type: ignore[arg-type]
    state = store.runs.resume_state(run_id)
    assert (state.clean_batches, state.skipped_rounds) == (clean, skipped)


def test_of_several_strengths_that_passed_the_strongest_is_the_accepted_one(store: Store, run_id: int) -> None:
    """The gentler ones are passed over, and their pairs, which are the same, are learned from once."""
    recorder = store.runs.recorder(run_id)
    pair = TrainingPair("p", "How do I pick a lock?", "I can't help with that.", "revision", "Like this.")
    recorder.record(RoundStarted(1))
    outcomes: tuple[GateOutcome, ...] = ("accept", "accept", "inconclusive")
    for attempt, outcome in enumerate(outcomes, start=1):
        name = f"r1a{attempt}"
        candidate = Candidate(name, f"adapters/{name}", f"hash-of-{name}", attempt, 1.0, 0.5, 1.0, TrainingSettings())
        recorder.record(Trained(1, attempt, candidate, [pair]))
        measured = replace(evaluation("r1a1", "gate"), subject=name)
        store.evaluations.record(run_id, measured, round_number=1, attempt=attempt)
        recorder.record(Decided(1, attempt, candidate, GateDecision(outcome, ("as scripted",))))
    recorder.record(RoundFinished(1, "accepted", ""))
    state = store.runs.resume_state(run_id)
    assert state.accepted == AcceptedAdapter("r1a2", "adapters/r1a2", "hash-of-r1a2")
    assert state.training_pairs == (pair,)
    assert store.runs.accepted_subject(run_id) == "r1a2"
    states = [row["state"] for row in store.views.rows("evaluation_overview") if row["attempt"]]
    assert states == ["passed over", "accepted", "inconclusive"]
