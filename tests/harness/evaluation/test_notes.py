"""What must be known before figures are believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.practice import PRACTICE_NOTE
from harness.evaluation.baselines import Baseline, export_text, read_file
from harness.evaluation.notes import notes_on, notes_on_all, split_notes
from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.store import Store
from harness.store.example import write_example_run


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "harness.db")
    yield opened
    opened.close()


def measured(task: str, *, judge: str = "", notes: tuple[str, ...] = ()) -> Evaluation:
    score = score_of(task, "acc", (valid_sample("1", 1.0),), higher_is_better=True)
    fingerprint = {f"judge:{task}": judge} if judge else {}
    return Evaluation("model", "other", (score,), fingerprint, 1.0, notes=notes)


@pytest.mark.parametrize(
    "practice",
    [measured("sandbox_hhh_helpful"), measured("xstest", judge="embedded"),
     measured("xstest", judge="embedded (answers alone)")],
)  # fmt: skip
def test_a_practice_task_or_judge_is_said_whoever_measured(practice: Evaluation) -> None:
    assert notes_on(practice) == (PRACTICE_NOTE,)


@pytest.mark.parametrize("judge", ["", "embedded-v2 at https://judge.example/v1, prompt 3"])
def test_what_is_no_practice_is_not_called_so(judge: str) -> None:
    assert notes_on(measured("xstest", judge=judge)) == ()


def test_what_holds_for_all_is_said_once_and_the_rest_by_name() -> None:
    one = measured("sandbox_hhh_helpful", notes=("the judge was trusted unexamined",))
    other = measured("sandbox_hhh_helpful")
    assert notes_on_all([("new", one), ("old", other)]) == (PRACTICE_NOTE, "new: the judge was trusted unexamined")


def test_notes_are_kept_with_an_evaluation(store: Store) -> None:
    number = store.evaluations.record(None, measured("xstest", notes=("a note",)))
    assert store.evaluations.named(str(number)).notes == ("a note",)


def test_an_evaluation_has_the_notes_of_its_run(store: Store) -> None:
    run_id = write_example_run(store)
    store.runs.add_note(run_id, "the judge was trusted unexamined")
    base = store.evaluations.of_run(run_id, subject="base", split="gate")
    assert base is not None
    assert base.notes[-1] == "the judge was trusted unexamined"


def test_a_baseline_takes_its_notes_along_in_store_and_file(store: Store, tmp_path: Path) -> None:
    evaluation = measured("xstest", notes=("a note",))
    store.baselines.bless(Baseline("v1", "run", "", "me", "2026-01-01", evaluation))
    blessed = store.baselines.named("v1")
    assert blessed is not None
    (tmp_path / "v1.json").write_text(export_text(blessed))
    assert read_file(tmp_path / "v1.json").evaluation.notes == ("a note",)


def test_a_file_without_notes_is_what_it_was_before_there_were_any() -> None:
    baseline = Baseline("v1", "run", "", "me", "2026-01-01", measured("xstest"))
    assert '"notes"' not in export_text(baseline)
    assert '"notes"' in export_text(replace(baseline, evaluation=measured("xstest", notes=("a note",))))


def test_figures_on_items_that_candidates_were_chosen_by_say_so() -> None:
    gate = "The figures are on gate items, on which candidates were chosen, so they flatter."
    assert split_notes(measured("sandbox_hhh_helpful")) == (gate,)
    assert split_notes(replace(measured("xstest"), split="gate"), measured("xstest")) == (gate,)


def test_figures_on_final_items_say_so_and_others_say_nothing() -> None:
    final = "The figures are on final items, which no decision has seen."
    assert split_notes(measured("sandbox_final_hhh_helpful")) == (final,)
    assert split_notes(measured("xstest")) == ()
