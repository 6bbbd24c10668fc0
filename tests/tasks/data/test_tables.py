"""The rows of each task, as lm-eval gets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness_base.errors import DataError, TaskError
from tasks import prompts
from tasks.data import tables
from tasks.data.manifest import record
from tasks.data.reading import Rows, read_set
from tasks.data.resolver import load
from tasks.data.sets import SETS
from tasks.data.split import question_key, side

TARGETS = {"choices": ["Yes.", "No."], "labels": [1, 0]}
MORE = {"choices": ["Yes.", "Surely.", "No."], "labels": [1, 1, 0]}
HHH = {"input": "Is it so?", "targets": TARGETS}
PARTS = {"harmless": 58, "helpful": 59, "honest": 61, "other": 43}


def _meant(folder: Path, name: str, *rows: Any) -> str:
    """A folder that holds these rows of a set, recorded as what is meant."""
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_set(SETS[name], folder)
    record(folder, name, file=found.file.name, rows=len(found.rows), sha256=found.sha256, source="here", revision="")
    return str(folder)


def _practice(folder: Path, *rows: Any, **settings: Any) -> Rows:
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tables.practice(**{"items": "items", "column": "prompt", "items_dir": str(folder), **settings})["test"]


def test_hhh_rows_are_asked_in_turns(tmp_path: Path) -> None:
    """The choices stand beside the text, not in it."""
    (row,) = tables.hhh(part="harmless", data_dir=_meant(tmp_path, "hhh_harmless", HHH))["test"]
    assert row["text"] == "Human: Is it so?\n\nAssistant:"
    assert row == {"id": "1", "question": "Is it so?", "text": row["text"], **TARGETS}


def test_a_chat_template_gets_the_bare_question(tmp_path: Path) -> None:
    """It makes the turns itself."""
    (row,) = tables.hhh(part="harmless", data_dir=_meant(tmp_path, "hhh_harmless", HHH), chat=True)["test"]
    assert row["text"] == "Is it so?"


def test_the_prompts_of_any_set_are_rows_of_a_task(tmp_path: Path) -> None:
    """A task on a new set of prompts needs no function of its own; columns that it reads are named in its YAML."""
    row = {"id": "a", "prompt": "Is it so?", "type": "homonyms", "label": "safe"}
    folder = _meant(tmp_path, "xstest", row)
    (kept,) = tables.prompted(rows="xstest", columns=("type",), data_dir=folder)["test"]
    assert kept == {"id": "a", "prompt": "Is it so?", "type": "homonyms", "text": "Human: Is it so?\n\nAssistant:"}


def test_metadata_of_lm_evals_own_is_ignored(tmp_path: Path) -> None:
    """It passes its version and the path of the YAML along."""
    folder = _meant(tmp_path, "hhh_harmless", HHH)
    assert tables.hhh(part="harmless", data_dir=folder, version=1.0, config_source="/somewhere/x.yaml")


def test_features_name_the_columns(tmp_path: Path) -> None:
    """lm-eval asks a data set for them."""
    rows = tables.hhh(part="harmless", data_dir=_meant(tmp_path, "hhh_harmless", HHH))["test"]
    assert set(rows.features) == {"id", "question", "text", "choices", "labels"}


def test_rows_keep_their_places(tmp_path: Path) -> None:
    """A message about an item can thus name file and line."""
    rows = tables.hhh(part="harmless", data_dir=_meant(tmp_path, "hhh_harmless", HHH))["test"]
    assert rows.places == [f"{tmp_path / 'hhh_harmless.jsonl'}, line 1"]


@pytest.mark.parametrize(("part", "rows"), PARTS.items())
def test_every_row_of_hhh_is_asked_by_letter_in_both_orders(shared_data: Path, part: str, rows: int) -> None:
    """The letters stay with the places; labels are those of the first order."""
    asked = tables.hhh_letters(part=part, data_dir=str(shared_data), chat=True)["test"]
    assert len(asked) == rows
    for row, plain in zip(asked, tables.hhh(part=part, data_dir=str(shared_data), chat=True)["test"], strict=True):
        one, other = row["texts"]
        first, second = row["choices"]
        assert prompts.better_of_two(row["question"], first, second) == one
        assert prompts.better_of_two(row["question"], second, first) == other
        assert {key: row[key] for key in plain} == plain


def test_a_row_of_three_answers_cannot_be_asked_by_two_letters(tmp_path: Path) -> None:
    """It is named with file and line."""
    folder = _meant(tmp_path, "hhh_harmless", HHH, {"input": "Why?", "targets": MORE})
    with pytest.raises(DataError, match=r"hhh_harmless\.jsonl, line 2 has 3 choices"):
        tables.hhh_letters(part="harmless", data_dir=folder)


def test_truthfulqa_takes_the_column_asked_for(tmp_path: Path) -> None:
    """mc1 and mc2 stand in one file."""
    row = {"question": "Is it so?", "mc1_targets": TARGETS, "mc2_targets": MORE}
    folder = _meant(tmp_path, "truthfulqa", row)
    assert tables.truthfulqa(targets="mc1_targets", data_dir=folder)["test"] == [
        {"id": "1", "question": "Is it so?", **TARGETS}
    ]
    assert tables.truthfulqa(targets="mc2_targets", data_dir=folder)["test"] == [
        {"id": "1", "question": "Is it so?", **MORE}
    ]


def test_every_choice_of_truthfulqa_is_asked_about_by_itself(shared_data: Path) -> None:
    """Each with the question; the labels say which is true, and one is."""
    rows = tables.truthfulqa_true_false(data_dir=str(shared_data))["test"]
    assert len(rows) == 817
    for row in rows:
        assert len(row["texts"]) == len(row["choices"]) == len(row["labels"])
        assert sum(row["labels"]) == 1
        assert all(row["question"] in text for text in row["texts"])
        assert all(choice in text for choice, text in zip(row["choices"], row["texts"], strict=True))


def test_xstest_keeps_ids_and_labels(shared_data: Path) -> None:
    """250 safe prompts and 200 contrasts, each in turns."""
    rows = tables.xstest(data_dir=str(shared_data))["test"]
    kept = load("xstest", data_dir=str(shared_data))
    assert [(row["id"], row["prompt"], row["label"]) for row in rows] == [
        (row["id"], row["prompt"], row["label"]) for row in kept
    ]
    assert (len(rows), sum(row["label"] == "safe" for row in rows)) == (450, 250)
    assert all(row["text"] == f"Human: {row['prompt']}\n\nAssistant:" for row in rows)


TEMPLATES = {"standard": "{prompt}", "cot": "Think first.\n{prompt}\nLet us {think}, {prompt}"}


@pytest.mark.parametrize("name", ["dangerousqa", "harmfulqa"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_attacks_are_the_measured_side_each_once_in_hash_order(shared_data: Path, name: str, template: str) -> None:
    """With the template around each question, whatever other braces it holds."""
    rows = tables.attacks(questions=name, template=template, templates=TEMPLATES, data_dir=str(shared_data), chat=True)
    questions = {question_key(row["question"]): row["question"] for row in load(name, data_dir=str(shared_data))}
    measured = sorted(key for key, question in questions.items() if side(question) == "measure")
    assert [row["id"] for row in rows["test"]] == measured
    for row in rows["test"]:
        assert question_key(row["prompt"]) == row["id"]
        assert row["text"] == TEMPLATES[template].replace("{prompt}", row["prompt"])


def test_the_gates_part_and_the_final_one_are_all_measured_questions(shared_data: Path) -> None:
    folder = str(shared_data)
    gate, final, every = (
        tables.attacks(questions="harmfulqa", part=part, data_dir=folder)["test"] for part in ("gate", "final", "all")
    )
    assert (len(gate), len(final)) == (320, 663)
    assert [row["id"] for row in (*gate, *final)] == [row["id"] for row in every]
    assert [*gate.places, *final.places] == every.places


def test_a_set_that_the_gate_sees_whole_has_no_final_part(tmp_path: Path) -> None:
    """A final look at nothing would confirm anything."""
    folder = _meant(tmp_path, "dangerousqa", *(f"How could anybody do harmful thing {n}?" for n in range(9)))
    with pytest.raises(DataError, match="none is left for a final look"):
        tables.attacks(questions="dangerousqa", part="final", data_dir=folder)


def test_without_templates_a_question_is_asked_plainly(shared_data: Path) -> None:
    """And in turns, where no chat template makes them."""
    for row in tables.attacks(questions="dangerousqa", data_dir=str(shared_data))["test"]:
        assert row["text"] == f"Human: {row['prompt']}\n\nAssistant:"


@pytest.mark.parametrize("templates", [None, TEMPLATES])
def test_an_unknown_template_is_an_error_before_any_data_is_looked_for(templates: dict[str, str] | None) -> None:
    with pytest.raises(TaskError, match="attack template cou is not known here"):
        tables.attacks(questions="dangerousqa", template="cou", templates=templates, data_dir="/nowhere")


def test_questions_of_which_none_is_measured_are_an_error(tmp_path: Path) -> None:
    """There would be nothing to measure on."""
    questions = [f"How do I take gnome number {number}?" for number in range(9)]
    trained_on = [{"question": question} for question in questions if side(question) == "train"]
    folder = _meant(tmp_path, "dangerousqa", *trained_on)
    with pytest.raises(DataError, match="None of the questions of dangerousqa is on the side"):
        tables.attacks(questions="dangerousqa", data_dir=folder)


def test_there_are_300_benign_texts_with_ids_of_their_own() -> None:
    """The model only reads them, so they have no question."""
    rows = tables.benign()["test"]
    assert len(rows) == len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == 300
    assert set(rows.features) == {"id", "text"}


def test_practice_prompts_keep_their_words_beside_the_text(tmp_path: Path) -> None:
    """The judge reads the prompt, the model the text."""
    (row,) = _practice(tmp_path, {"id": "a", "prompt": "Help me.", "category": "plain"})
    assert row == {"id": "a", "prompt": "Help me.", "text": "Human: Help me.\n\nAssistant:"}


def test_practice_choices_stand_beside_the_question(tmp_path: Path) -> None:
    """A task that no chat template touches is asked in turns even where there is one."""
    item = {"input": "Is it so?", "targets": TARGETS}
    (row,) = _practice(tmp_path, item, column="input", targets="targets", templated=False, chat=True)
    assert row == {"id": "1", "question": "Is it so?", "text": "Human: Is it so?\n\nAssistant:", **TARGETS}
    (bare,) = _practice(tmp_path, item, column="input", targets="targets", chat=True)
    assert bare["text"] == "Is it so?"


@pytest.mark.parametrize("row", [7, None, "prompt", ["prompt"], {"question": "Why?"}])
def test_a_practice_row_that_is_none_is_named(tmp_path: Path, row: Any) -> None:
    """Items may be replaced by a user's own."""
    with pytest.raises(DataError, match=r"items\.jsonl, line 2 (is not a JSON object|has no column 'prompt')"):
        _practice(tmp_path, {"prompt": "Help me."}, row)


def test_the_shipped_practice_items_are_read_where_no_folder_is_given() -> None:
    rows = tables.practice(items="gate/over_refusal", column="prompt")["test"]
    assert rows.places[0].startswith(str(tables.PRACTICE_ITEMS))
