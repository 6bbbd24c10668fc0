"""What the loop tells the recorder is in the store at once, in full, and as it was said."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

import pytest

from harness.store import Store, StoreRecorder
from harness.store.example import HOSTILE
from iteralign.core.events import (
    ConstitutionChanged,
    Decided,
    Judged,
    Revised,
    RoundFinished,
    RoundStarted,
    StageAdvanced,
    StageFinished,
    StageStarted,
    Trained,
)
from iteralign.core.records import (
    Attack,
    Candidate,
    Comparison,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    Prompt,
    Response,
    Revision,
    TrainingPair,
    Verdict,
)
from iteralign.core.settings import TrainingSettings

PROMPT = Prompt("How?", "file.txt")
RESPONSE = Response(Attack(PROMPT, "cot", "How? Think."), "Like this.", finished=False)
VIOLATION = JudgedResponse(RESPONSE, Verdict("violation", "theft", "it helps", "raw reply"))
CANDIDATE = Candidate("r1a1", "adapters/r1a1", "abc", 3, 2.0, 1.0, 0.5, TrainingSettings())


@pytest.fixture
def recorder(store: Store, run_id: int) -> StoreRecorder:
    recorder = store.runs.recorder(run_id)
    recorder.record(RoundStarted(1))
    return recorder


def test_how_far_a_stage_is_is_not_stored(recorder: StoreRecorder, read: sqlite3.Connection) -> None:
    before = read.execute("PRAGMA data_version").fetchone()
    recorder.record(StageAdvanced(3))
    assert read.execute("PRAGMA data_version").fetchone() == before


def test_another_connection_sees_a_round_as_soon_as_it_starts(
    recorder: StoreRecorder, read: sqlite3.Connection
) -> None:
    assert read.execute("SELECT number, name, status FROM rounds").fetchall() == [(1, "quiet-lark, round 1", "running")]


def test_a_judged_response_is_stored_with_its_attack_and_verdict(
    recorder: StoreRecorder, read: sqlite3.Connection
) -> None:
    recorder.record(Judged(1, [VIOLATION]))
    stored = read.execute(
        "SELECT prompts.text, template, attack, responses.text, finished, label, category, reason, raw FROM responses"
        " JOIN prompts ON prompts.id = prompt_id JOIN verdicts ON response_id = responses.id"
    ).fetchall()
    assert stored == [
        ("How?", "cot", "How? Think.", "Like this.", 0, "violation", "theft", "it helps", "raw reply"),
    ]


def test_hostile_text_is_stored_as_it_was_said(recorder: StoreRecorder, read: sqlite3.Connection) -> None:
    text = HOSTILE + "'; DROP TABLE runs; --\0 end"
    recorder.record(Judged(1, [JudgedResponse(replace(RESPONSE, text=text), VIOLATION.verdict)]))
    assert read.execute("SELECT text FROM responses").fetchone() == (text,)


def test_half_a_surrogate_pair_becomes_the_replacement_character(
    recorder: StoreRecorder, read: sqlite3.Connection
) -> None:
    recorder.record(Judged(1, [JudgedResponse(replace(RESPONSE, text="a\ud800b \U0001f600"), VIOLATION.verdict)]))
    assert read.execute("SELECT text FROM responses").fetchone() == ("a\ufffdb \U0001f600",)


def test_an_unscored_verdict_without_a_reason_is_refused_whole(
    recorder: StoreRecorder, read: sqlite3.Connection
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        recorder.record(Judged(1, [VIOLATION, JudgedResponse(RESPONSE, Verdict("unscored"))]))
    assert read.execute("SELECT count(*) FROM responses").fetchone() == (0,)


def test_principles_keep_their_order_round_and_evidence(store: Store, run_id: int, recorder: StoreRecorder) -> None:
    recorder.record(Judged(1, [VIOLATION]))
    first, second = Principle("B.", (PROMPT.id,), 1), Principle("A.", (), 1)
    recorder.record(ConstitutionChanged(1, Constitution((first, second), 1), [second, first]))
    recorder.record(RoundFinished(1, "skipped", ""))
    assert store.runs.resume_state(run_id).constitution == Constitution((first, second), 1)


def test_evidence_that_nobody_asked_is_refused(recorder: StoreRecorder) -> None:
    principle = Principle("A.", ("no-such-prompt",), 1)
    with pytest.raises(sqlite3.IntegrityError):
        recorder.record(ConstitutionChanged(1, Constitution((principle,), 1), [principle]))


def test_a_proposal_that_was_merged_is_kept_but_not_in_force(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(Judged(1, [VIOLATION]))
    kept, merged = Principle("Do not steal.", (PROMPT.id,), 1), Principle("Never steal.", (PROMPT.id,), 1)
    recorder.record(ConstitutionChanged(1, Constitution((kept,), 1), [kept, merged]))
    lineage = {
        row["principle"]: (row["in_force"], row["adopted_round"]) for row in store.views.rows("principle_lineage")
    }
    assert lineage == {"Do not steal.": (1, 1), "Never steal.": (0, None)}


def test_a_revision_hangs_on_the_response_that_it_revises(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(Judged(1, [VIOLATION]))
    recorder.record(Revised(1, [Revision(RESPONSE, "No.", 2, Verdict("satisfactory"), 1)]))
    (row,) = store.views.rows("revision_history")
    assert (row["response"], row["category"], row["revision"], row["attempt"]) == ("Like this.", "theft", "No.", 2)
    assert row["verdict"] == "satisfactory"


def test_a_revision_of_an_unknown_response_is_a_bug_of_the_caller(recorder: StoreRecorder) -> None:
    with pytest.raises(LookupError, match="was not recorded"):
        recorder.record(Revised(1, [Revision(RESPONSE, "No.", 1, Verdict("satisfactory"), 1)]))


def test_training_pairs_are_kept_in_order(recorder: StoreRecorder, read: sqlite3.Connection) -> None:
    pairs = [TrainingPair("b", "B?", "b", "revision"), TrainingPair("a", "A?", "a", "replayed_harmless")]
    recorder.record(Trained(1, 1, CANDIDATE, pairs))
    stored = read.execute("SELECT prompt_id, prompt, answer, kind FROM training_pairs ORDER BY id").fetchall()
    assert [TrainingPair(*row) for row in stored] == pairs


def test_the_settings_of_a_candidate_are_kept(recorder: StoreRecorder, read: sqlite3.Connection) -> None:
    recorder.record(Trained(1, 1, CANDIDATE, []))
    ((settings,),) = read.execute("SELECT settings FROM adapters")
    assert TrainingSettings(**json.loads(settings)) == CANDIDATE.settings


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_makes_the_candidate_visibly_invalid(
    recorder: StoreRecorder, read: sqlite3.Connection, loss: float
) -> None:
    recorder.record(Trained(1, 1, replace(CANDIDATE, loss_last=loss), []))
    stored = read.execute("SELECT loss_first, loss_last, status, reason FROM adapters").fetchone()
    assert stored == (2.0, None, "invalid", f"loss_last is {loss}")


def test_a_decision_keeps_every_comparison(store: Store, recorder: StoreRecorder) -> None:
    comparison = Comparison(
        "t/acc", "protect", "base", "fail", "too low", 0.5, 0.75, -0.25, -0.5, 0.0, 0.125, items=8, better=1, worse=3
    )
    recorder.record(Trained(1, 1, CANDIDATE, []))
    recorder.record(Decided(1, 1, CANDIDATE, GateDecision("reject", ("t/acc fell", "twice"), (comparison, comparison))))
    first, second = store.views.rows("gate_decisions")
    assert first == second
    assert json.loads(first["reasons"]) == ["t/acc fell", "twice"]
    assert (first["outcome"], first["result"], first["effect_points"], first["margin_points"]) == (
        "reject",
        "fail",
        -25.0,
        12.5,
    )
    assert (first["items"], first["better"], first["worse"]) == (8, 1, 3)


def test_a_decision_without_comparisons_is_in_the_view(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(Trained(1, 1, CANDIDATE, []))
    recorder.record(Decided(1, 1, CANDIDATE, GateDecision("inconclusive", ("nothing to compare",))))
    (row,) = store.views.rows("gate_decisions")
    assert (row["outcome"], row["metric"]) == ("inconclusive", None)


def test_the_stage_in_which_a_run_is_can_be_seen(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(StageStarted(1, "train", 10))
    assert store.views.rows("run_overview")[0]["last_stage"] == "round 1, train"


def test_time_outside_of_rounds_is_counted_to_the_run(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(StageFinished(0, "load", 1.5))
    recorder.record(StageFinished(1, "judge", 0.5))
    assert [(row["round"], row["stage"], row["seconds"]) for row in store.views.rows("run_costs")] == [
        (None, "load", 1.5),
        (1, "judge", 0.5),
    ]


def test_a_round_that_was_never_started_is_a_bug_of_the_caller(recorder: StoreRecorder) -> None:
    with pytest.raises(LookupError, match="round 2"):
        recorder.record(Judged(2, [VIOLATION]))


def test_a_finished_round_has_its_status_and_reason(store: Store, recorder: StoreRecorder) -> None:
    recorder.record(RoundFinished(1, "clean", "no violation"))
    (row,) = store.views.rows("round_overview")
    assert (row["status"], row["reason"]) == ("clean", "no violation")
    assert row["finished_at"] >= row["started_at"]
