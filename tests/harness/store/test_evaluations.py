"""Evaluations: every sample is kept, read back the same, and never a NaN taken for a number."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from harness.evaluation.records import Evaluation, Sample, Score, score_of, valid_sample
from harness.store import Store
from iteralign.scoring.checked import ScorerCheck

SAMPLES = (
    Sample("b", 1.0, "valid", "", "What is B?", "b"),
    Sample("a", 0.0, "valid", "", "What is A?", ""),
    Sample("c", None, "invalid", "no answer", "What is C?", "?"),
)
SCORE = Score("task", "acc", 0.5, "valid", "", 3, 1, True, SAMPLES)
EVALUATION = Evaluation("base", "gate", (SCORE,), {"torch": "2.13.0"}, 1.5)


def test_an_evaluation_is_read_back_as_it_was_written(store: Store, run_id: int) -> None:
    invalid = Score("other", "acc", None, "invalid", "no sample was measured", 0, 0, False, ())
    written = replace(EVALUATION, scores=(SCORE, invalid))
    store.evaluations.record(run_id, written)
    assert store.evaluations.of_run(run_id, subject="base", split="gate") == written


def test_how_it_was_measured_is_read_back_too(store: Store, run_id: int) -> None:
    """The scorer and what it showed, what was reused, and under which key each score is known."""
    check = ScorerCheck("stock", "the model takes no such mask", 0.25)
    scores = (replace(SCORE, content_key="k1"), replace(SCORE, task="other"))
    written = replace(EVALUATION, scores=scores, scorer_check=check, reused=("task",))
    store.evaluations.record(run_id, written)
    assert store.evaluations.of_run(run_id, subject="base", split="gate") == written
    rows = {row["task"]: row for row in store.views.rows("run_scores")}
    assert [rows[task]["reused"] for task in ("task", "other")] == [1, 0]
    assert (rows["task"]["scorer"], rows["task"]["scorer_difference"]) == ("stock", 0.25)


def test_scores_are_known_by_content_whatever_they_are_called(store: Store, run_id: int) -> None:
    """Those last measured, with every sample."""
    newer = replace(SCORE, content_key="k1", value=1.0)
    store.evaluations.record(run_id, replace(EVALUATION, scores=(replace(SCORE, content_key="k1"),)))
    store.evaluations.record(None, replace(EVALUATION, subject="model", scores=(newer,)))
    assert store.evaluations.known_scores("k1") == (newer,)
    assert store.evaluations.known_scores("k2") == ()


def test_nothing_is_known_under_no_key(store: Store, run_id: int) -> None:
    """The scores of older stores have none."""
    store.evaluations.record(run_id, EVALUATION)
    assert store.evaluations.known_scores("") == ()


def test_what_came_out_invalid_is_measured_anew(store: Store, run_id: int) -> None:
    """Also where another metric of the same task is valid."""
    invalid = replace(SCORE, metric="other", value=None, status="invalid", reason="why", content_key="k1")
    store.evaluations.record(run_id, replace(EVALUATION, scores=(replace(SCORE, content_key="k1"), invalid)))
    assert store.evaluations.known_scores("k1") == ()


@pytest.mark.parametrize("difference", [float("nan"), float("inf"), None])
def test_a_difference_that_is_no_number_is_stored_as_none(store: Store, run_id: int, difference: float | None) -> None:
    store.evaluations.record(run_id, replace(EVALUATION, scorer_check=ScorerCheck("stock", "why", difference)))
    read_back = store.evaluations.of_run(run_id, subject="base", split="gate")
    assert read_back is not None
    assert read_back.scorer_check.largest_difference is None


def test_what_was_not_measured_is_none(store: Store, run_id: int) -> None:
    store.evaluations.record(run_id, EVALUATION)
    assert store.evaluations.of_run(run_id, subject="base", split="final") is None


def test_measuring_again_takes_the_place_of_the_earlier(store: Store, run_id: int, read: sqlite3.Connection) -> None:
    store.evaluations.record(run_id, EVALUATION)
    again = replace(EVALUATION, seconds=2.5)
    store.evaluations.record(run_id, again)
    assert store.evaluations.of_run(run_id, subject="base", split="gate") == again
    assert read.execute("SELECT count(*) FROM samples").fetchone() == (3,)


def test_measurings_outside_of_runs_stand_side_by_side(store: Store) -> None:
    first = store.evaluations.record(None, EVALUATION)
    second = store.evaluations.record(None, EVALUATION)
    assert [row["evaluation_id"] for row in store.views.rows("run_scores")] == [first, second]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_is_stored_as_invalid(store: Store, run_id: int, value: float) -> None:
    broken = replace(SCORE, value=value, samples=(replace(SAMPLES[0], value=value),))
    store.evaluations.record(run_id, replace(EVALUATION, scores=(broken,)))
    read_back = store.evaluations.of_run(run_id, subject="base", split="gate")
    assert read_back is not None
    for stored in (read_back.scores[0], read_back.scores[0].samples[0]):
        assert (stored.value, stored.status) == (None, "invalid")
        assert "not a finite number" in stored.reason


def test_the_text_of_an_item_is_kept_once_for_all_evaluations(
    store: Store, run_id: int, read: sqlite3.Connection
) -> None:
    for subject in ("base", "r1a1", "result"):
        store.evaluations.record(run_id, replace(EVALUATION, subject=subject))
    assert read.execute("SELECT count(*) FROM items").fetchone() == (3,)
    assert read.execute("SELECT count(*) FROM samples").fetchone() == (9,)


def test_an_item_in_other_words_is_another_item(store: Store, run_id: int) -> None:
    reworded = replace(SCORE, samples=(replace(SAMPLES[0], prompt="And what is B?"),))
    store.evaluations.record(run_id, EVALUATION)
    store.evaluations.record(run_id, replace(EVALUATION, subject="result", scores=(reworded,)))
    read_back = store.evaluations.of_run(run_id, subject="result", split="gate")
    assert read_back is not None
    assert read_back.scores[0].samples[0].prompt == "And what is B?"


def test_samples_are_written_all_or_not_at_all(store: Store, run_id: int, read: sqlite3.Connection) -> None:
    twice = replace(SCORE, samples=(SAMPLES[0], SAMPLES[0]))
    with pytest.raises(sqlite3.IntegrityError):
        store.evaluations.record(run_id, replace(EVALUATION, scores=(SCORE, replace(twice, task="other"))))
    assert read.execute("SELECT count(*) FROM evaluations").fetchone() == (0,)


def test_thousands_of_samples_take_few_statements(store: Store, run_id: int) -> None:
    """Counted, not timed: the statements must not grow with the samples but for the prepared inserts."""
    samples = tuple(valid_sample(str(item), item % 2, prompt=f"Question {item}?") for item in range(5_000))
    seen: list[str] = []
    store.file.connection.set_trace_callback(lambda sql: seen.append(sql.split(" ")[0]))
    score = score_of("task", "acc", samples, higher_is_better=True)
    store.evaluations.record(run_id, Evaluation("base", "gate", (score,), {}, 1.0))
    assert seen.count("INSERT") <= 2 * len(samples) + 2
    assert len(seen) - seen.count("INSERT") < 10


PART = replace(SCORE, content_key="k1", task_items=50)
WHOLE = replace(SCORE, content_key="k1")


def test_of_how_many_items_a_score_is_a_part_is_read_back(store: Store, run_id: int) -> None:
    written = replace(EVALUATION, scores=(PART,))
    store.evaluations.record(run_id, written)
    assert store.evaluations.of_run(run_id, subject="base", split="gate") == written
    assert [row["task_items"] for row in store.views.rows("run_scores")] == [50]


def test_a_whole_score_is_known_before_any_part_of_it(store: Store, run_id: int) -> None:
    """And a larger part before a smaller one, whichever is newer."""
    small = replace(PART, items=1, samples=SAMPLES[:1], invalid_items=0, value=1.0)
    for subject, score in (("base", PART), ("r1a1", small)):
        store.evaluations.record(run_id, replace(EVALUATION, subject=subject, scores=(score,)))
    assert store.evaluations.known_scores("k1") == (PART,)
    store.evaluations.record(run_id, replace(EVALUATION, subject="r2a1", scores=(WHOLE,)))
    store.evaluations.record(run_id, replace(EVALUATION, subject="r3a1", scores=(PART,)))
    assert store.evaluations.known_scores("k1") == (WHOLE,)


def test_a_part_stands_beside_the_base_on_the_same_items(store: Store, run_id: int) -> None:
    part = tuple(replace(sample, value=0.5) for sample in SAMPLES[:1])
    candidate = replace(SCORE, value=0.5, items=1, invalid_items=0, samples=part, task_items=3)
    store.evaluations.record(run_id, EVALUATION)
    store.evaluations.record(run_id, replace(EVALUATION, subject="r1a1", scores=(candidate,)))
    [row] = [row for row in store.views.rows("run_scores") if row["subject"] == "r1a1"]
    assert (row["base_value"], row["value"], row["change_points"]) == (1.0, 0.5, -50.0)
