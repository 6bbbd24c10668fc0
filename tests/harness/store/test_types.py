"""Scores by the type of their items, and what of each type was replayed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from harness.evaluation.records import Evaluation, Sample, Score, invalid_sample, score_of, valid_sample
from harness.store.store import Store
from iteralign.core.events import Decided, RoundFinished, RoundStarted, Trained
from iteralign.core.records import Candidate, GateDecision, GateOutcome, TrainingPair
from iteralign.core.settings import TrainingSettings

VALUES = {"homonyms": (1.0, 0.0, 0.0, None), "historical_events": (1.0, 1.0)}


def sample(name: str, value: float | None, item_type: str) -> Sample:
    made = invalid_sample(name, "of NaN") if value is None else valid_sample(name, value)
    return replace(made, item_type=item_type)


def score(task: str, values: dict[str, tuple[float | None, ...]]) -> Score:
    samples = [
        sample(f"{kind}-{n}", value, kind) for kind, of_kind in values.items() for n, value in enumerate(of_kind)
    ]
    return score_of(task, "over_refusal", tuple(samples), higher_is_better=False, max_invalid_share=0.5)


def evaluated(subject: str, values: dict[str, tuple[float | None, ...]] = VALUES) -> Evaluation:
    return Evaluation(subject, "gate", (score("typed", values), score("untyped", {"": (0.0, 1.0)})), {}, 1.0)


def trained(store: Store, run_id: int, number: int, outcome: GateOutcome, *pairs: TrainingPair) -> None:
    candidate = Candidate(f"r{number}a1", "adapters/x", "hash", 1, 2.0, 1.0, 0.5, TrainingSettings())
    recorder = store.runs.recorder(run_id)
    recorder.record(RoundStarted(number))
    recorder.record(Trained(number, 1, candidate, pairs))
    recorder.record(Decided(number, 1, candidate, GateDecision(outcome, ("so",))))
    recorder.record(RoundFinished(number, "accepted" if outcome == "accept" else "skipped", "so"))


def harmless(number: int, prompt_type: str) -> TrainingPair:
    return TrainingPair(f"p{number}", f"Why {number}?", "Because.", "replayed_harmless", prompt_type=prompt_type)


def test_each_type_has_its_mean_over_the_items_that_have_a_value(store: Store, run_id: int) -> None:
    store.evaluations.record(run_id, evaluated("base"))
    rows = store.views.rows("scores_by_type", run_id=run_id)
    found = {row["type"]: (row["value"], row["items"], row["invalid_items"]) for row in rows}
    assert found == {"homonyms": (1 / 3, 4, 1), "historical_events": (1.0, 2, 0)}
    assert {row["task"] for row in rows} == {"typed"}


def test_scores_of_a_part_have_the_base_beside_them_on_the_same_items(store: Store, run_id: int) -> None:
    store.evaluations.record(run_id, evaluated("base", {"homonyms": (1.0, 1.0, 0.0, 0.0, None)}))
    store.evaluations.record(run_id, evaluated("r1a1", {"homonyms": (1.0, 0.0)}))
    (row,) = [row for row in store.views.rows("scores_by_type", run_id=run_id) if row["subject"] == "r1a1"]
    assert (row["value"], row["items"]) == (0.5, 2)
    assert (row["base_value"], row["base_items"], row["base_invalid_items"]) == (1.0, 2, 0)


def test_what_accepted_candidates_replayed_is_counted_by_type_each_prompt_once(store: Store, run_id: int) -> None:
    store.evaluations.record(run_id, evaluated("base"))
    trained(store, run_id, 1, "accept", harmless(1, "homonyms"), harmless(2, "homonyms"), harmless(3, "plain"))
    trained(store, run_id, 2, "reject", harmless(4, "historical_events"))
    trained(store, run_id, 3, "accept", harmless(1, "homonyms"), TrainingPair("p9", "How?", "No.", "revision"))
    rows = store.views.rows("scores_by_type", run_id=run_id)
    assert {row["type"]: row["replayed"] for row in rows} == {"homonyms": 2, "historical_events": 0}
    assert {row["replayed_typed"] for row in rows} == {3}


def test_an_evaluation_comes_back_with_its_types(store: Store, run_id: int) -> None:
    evaluation = evaluated("base")
    store.evaluations.record(run_id, evaluation)
    assert store.evaluations.of_run(run_id, subject="base", split="gate") == evaluation


def test_items_that_were_kept_without_a_type_get_it_when_they_are_measured_again(
    store: Store, run_id: int, read: sqlite3.Connection
) -> None:
    bare = evaluated("base")
    untyped = [replace(each, item_type="") for each in bare.scores[0].samples]
    store.evaluations.record(run_id, replace(bare, scores=(replace(bare.scores[0], samples=tuple(untyped)),)))
    assert store.views.rows("scores_by_type") == []
    store.evaluations.record(run_id, evaluated("r1a1"))
    assert {row["subject"] for row in store.views.rows("scores_by_type")} == {"base", "r1a1"}
    assert read.execute("SELECT count(*) FROM items").fetchone() == (8,)
