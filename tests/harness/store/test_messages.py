"""Conversations of several turns are kept whole beside the texts, which go on saying what they said."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from harness.export.pairs import Pair, kept_pairs
from harness.store import Store
from harness.store import connection as connection_module
from harness.store.example import write_example_run
from harness.store.messages import stored_conversation, stored_messages
from harness.store.migrations import MIGRATIONS
from iteralign.core.conversation import Conversation
from iteralign.core.events import Decided, Judged, Revised, RoundFinished, RoundStarted, Trained
from iteralign.core.records import (
    Attack,
    Candidate,
    GateDecision,
    JudgedResponse,
    Prompt,
    Response,
    Revision,
    TrainingPair,
    TrainingSettings,
    Verdict,
)

TALK = Conversation.of("Which locks are weak?", "Old ones.", "How do I open one? é “so”")
OLD_ROUND = """
INSERT INTO runs (id, name, model, oracle, seed, practice, started_at, config, environment)
  VALUES (1, 'old', 'm', 'o', 0, 1, '2026-01-01T00:00:00Z', '{}', '{}');
INSERT INTO rounds (id, run_id, number, name, status, started_at) VALUES (1, 1, 1, 'old, round 1', 'accepted', '');
INSERT INTO prompts (id, text) VALUES ('1', 'Hm?');
INSERT INTO responses (id, round_id, prompt_id, template, attack, text, finished)
  VALUES (1, 1, '1', 'standard', 'Hm?', 'Yes.', 1);
INSERT INTO revisions (id, response_id, attempt, constitution_version, text) VALUES (1, 1, 1, 1, 'No.');
INSERT INTO verdicts (revision_id, label, category, reason, raw) VALUES (1, 'satisfactory', '', '', '');
INSERT INTO adapters (id, round_id, attempt, name, path, content_hash, steps, status, reason, settings)
  VALUES (1, 1, 1, 'r1a1', 'p', 'h', 1, 'valid', '', '{}');
INSERT INTO decisions (adapter_id, name, outcome, reasons, decided_at) VALUES (1, 'r1a1: accept', 'accept', '[]', '');
INSERT INTO training_pairs (adapter_id, kind, prompt_id, prompt, answer) VALUES (1, 'revision', '1', 'Hm?', 'No.');
"""
CANDIDATE = Candidate("r1a1", "adapters/r1a1", "hash", 1, 2.0, 1.0, 0.5, TrainingSettings())


def told(store: Store, run_id: int, *pairs: TrainingPair) -> None:
    """A round about one conversation, accepted."""
    recorder = store.runs.recorder(run_id)
    response = Response(Attack(Prompt(TALK, "x"), "standard", TALK), "With a pick.")
    recorder.record(RoundStarted(1))
    recorder.record(Judged(1, (JudgedResponse(response, Verdict("violation", "theft", "it helps")),)))
    recorder.record(Revised(1, (Revision(response, "I won't.", 1, Verdict("satisfactory"), 1),)))
    recorder.record(Trained(1, 1, CANDIDATE, pairs))
    recorder.record(Decided(1, 1, CANDIDATE, GateDecision("accept", ("better",))))
    recorder.record(RoundFinished(1, "accepted", "better"))


@pytest.mark.parametrize("conversation", [Conversation.of("Hm?\n"), TALK, Conversation.of("a", system="b")])
def test_a_conversation_comes_back_as_it_was(conversation: Conversation) -> None:
    assert stored_conversation(conversation.text, stored_messages(conversation)) == conversation


def test_one_turn_needs_no_messages() -> None:
    assert stored_messages(Conversation.of("Hm?")) == ""


def test_the_texts_are_readable_and_the_messages_whole(store: Store, run_id: int, read: sqlite3.Connection) -> None:
    store.prompts.record(run_id, [Prompt(TALK, "x"), Prompt("Hm?", "x")], skipped={})
    told(store, run_id)
    kept = read.execute("SELECT text, messages FROM prompts LEFT JOIN prompt_messages ON prompt_id = id")
    assert dict(kept) == {TALK.text: stored_messages(TALK), "Hm?": None}
    (row,) = store.views.rows("revision_history", run_id=run_id)
    assert (row["prompt"], row["attack"]) == (TALK.text, TALK.text)
    assert json.loads(row["attack_messages"]) == TALK.as_dicts()
    assert kept_pairs([row]) == [Pair(TALK, "With a pick.", "I won't.")]
    assert kept_pairs([row], {"Old ones."}) == []


def test_a_resumed_run_has_its_pairs_whole(store: Store, run_id: int) -> None:
    pairs = (
        TrainingPair(Prompt(TALK, "x").id, TALK, "I won't.", "revision", rejected="With a pick."),
        TrainingPair(Prompt("Hm?", "x").id, "Hm?", "Hm.", "revision"),
    )
    told(store, run_id, *pairs, replace(pairs[0], kind="replayed_revision"))
    assert store.runs.resume_state(run_id).training_pairs == pairs
    assert store.runs.resume_state(run_id).drawn_prompts == (Prompt(TALK, "x").id,)


def test_a_store_from_before_conversations_is_read_as_single_turns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = type(MIGRATIONS)("harness")
    earlier._migrations = [one for one in MIGRATIONS._migrations if one.name < "0011"]
    with monkeypatch.context() as before:
        before.setattr(connection_module, "MIGRATIONS", earlier)
        Store.open(path).close()
    with sqlite3.connect(path) as old:
        assert "messages" not in [column[1] for column in old.execute("PRAGMA table_info(responses)")]
        old.executescript(OLD_ROUND)
    with Store.open(path) as store:
        (row,) = store.views.rows("revision_history", run_id=1)
        assert kept_pairs([row]) == [Pair("Hm?", "Yes.", "No.")]
        assert store.runs.resume_state(1).training_pairs == (TrainingPair("1", "Hm?", "No.", "revision"),)
        write_example_run(store)
