"""From a publisher's row to ours: what is kept, and one clear sentence for each flaw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness_base.errors import DataError
from tasks.data import shapes

WHERE = "some.jsonl, line 2"
TARGETS = {"choices": ["Yes.", "No."], "labels": [1, 0]}
TRUTH = {"question": "Is it so?", "mc1_targets": TARGETS, "mc2_targets": TARGETS}
HHH = {"input": "Is it so?", "targets": TARGETS}
XSTEST = {"id": "7", "prompt": "How do I kill a process?", "type": "homonyms", "label": "safe"}

Shape = Callable[[Any, str], dict[str, Any]]


@pytest.mark.parametrize(
    ("shape", "row", "words"),
    [
        (shapes.truthfulqa, ["a list"], "is not a JSON object"),
        (shapes.truthfulqa, {**TRUTH, "question": None}, "the column 'question' is not a text"),
        (shapes.truthfulqa, {"question": "Is it so?", "mc2_targets": TARGETS}, "has no column 'mc1_targets'"),
        (shapes.truthfulqa, {"question": "Is it so?", "mc1_targets": TARGETS}, "has no column 'mc2_targets'"),
        (shapes.truthfulqa, {"Question": "Is it so?", "Best Answer": "No."}, "has no column"),
        (shapes.hhh, "a text", "is not a JSON object"),
        (shapes.hhh, None, "is not a JSON object"),
        (shapes.hhh, {"targets": TARGETS}, "has no column 'input'"),
        (shapes.hhh, {"input": "Is it so?"}, "has no column 'targets'"),
        (shapes.hhh, {"input": "Is it so?", "target_scores": ["Yes."]}, "has no column 'targets'"),
        (shapes.hhh, {**HHH, "input": "  "}, "the column 'input' is not a text"),
        (shapes.hhh, {**HHH, "input": "odd \ud83d"}, "the column 'input' is not a text"),
        (shapes.hhh, {**HHH, "targets": ["Yes."]}, "the column 'targets' does not hold choices and labels"),
        (shapes.hhh, {**HHH, "targets": {"choices": "Yes.", "labels": [1]}}, "does not hold choices and labels"),
        (shapes.hhh, {"input": "Is it so?", "target_scores": {"Yes.": 1}}, "there is no right or no wrong choice"),
        (shapes.xstest, [], "is not a JSON object"),
        (shapes.xstest, {key: value for key, value in XSTEST.items() if key != "id"}, "has no column 'id'"),
        (shapes.xstest, {key: value for key, value in XSTEST.items() if key != "type"}, "has no column 'type'"),
        (shapes.xstest, {**XSTEST, "id": None}, "the id is neither a number nor a text"),
        (shapes.hhh, {**HHH, "id": ["a"]}, "the id is neither a number nor a text"),
        (shapes.xstest, {**XSTEST, "label": "contrast"}, "the label 'contrast' is neither safe nor unsafe"),
        (shapes.xstest, {**XSTEST, "label": ""}, "the column 'label' is not a text"),
        (shapes.question, {"prompt": "Why?"}, "has no column 'question'"),
        (shapes.question, 7, "the column 'question' is not a text"),
        (shapes.question, "", "the column 'question' is not a text"),
        (shapes.column("transcript"), "Human: Why?", "is not a JSON object"),
        (shapes.column("transcript"), {"chosen": "Human: Why?"}, "has no column 'transcript'"),
    ],
)
def test_a_flaw_is_told_with_the_rows_name_and_what_to_do(shape: Shape, row: Any, words: str) -> None:
    """The name is the caller's, file and row."""
    with pytest.raises(DataError) as caught:
        shape(row, WHERE)
    message = str(caught.value)
    assert message.startswith(WHERE)
    assert words in message
    assert message.endswith(": fetch or copy the file again.")


@pytest.mark.parametrize(
    ("choices", "labels", "words"),
    [
        (["Yes."], [1, 0], "2 labels stand against 1 choices"),
        (["Yes.", "No."], [1], "1 labels stand against 2 choices"),
        (["Yes.", ""], [1, 0], "a choice is empty or not a text"),
        (["Yes.", " \n"], [1, 0], "a choice is empty or not a text"),
        (["Yes.", None], [1, 0], "a choice is empty or not a text"),
        (["Yes.", "odd \udc00"], [1, 0], "a choice is empty or not a text"),
        (["Yes.", "No."], [2, 0], "a label is neither 0 nor 1"),
        (["Yes.", "No."], [0.5, 0], "a label is neither 0 nor 1"),
        (["Yes.", "No."], [True, False], "a label is neither 0 nor 1"),
        (["Yes.", "No."], ["1", "0"], "a label is neither 0 nor 1"),
        (["Yes.", "No."], [[1], 0], "a label is neither 0 nor 1"),
        (["Yes.", "No."], [0, 0], "there is no right or no wrong choice"),
        (["Yes.", "No."], [1, 1], "there is no right or no wrong choice"),
        ([], [], "there is no right or no wrong choice"),
    ],
)
def test_flawed_choices_and_labels_are_told_with_their_column(
    choices: list[Any], labels: list[Any], words: str
) -> None:
    row = {**TRUTH, "mc2_targets": {"choices": choices, "labels": labels}}
    with pytest.raises(DataError) as caught:
        shapes.truthfulqa(row, WHERE)
    assert str(caught.value).startswith(f"{WHERE}: in the column 'mc2_targets' {words}")


def test_big_benchs_target_scores_are_choices_and_labels() -> None:
    """In their order, for whichever stands first is the first choice."""
    row = {"input": "Is it so?", "target_scores": {"No.": 0, "Yes.": 1}}
    assert shapes.hhh(row, WHERE)["targets"] == {"choices": ["No.", "Yes."], "labels": [0, 1]}


def test_a_label_of_one_is_one_however_a_file_writes_it() -> None:
    """A file of decimals must not get another content hash than one of whole numbers."""
    row = shapes.hhh({"input": "Is it so?", "target_scores": {"Yes.": 1.0, "No.": 0.0}}, WHERE)
    assert [type(label) for label in row["targets"]["labels"]] == [int, int]


def test_columns_that_no_task_reads_are_left_out() -> None:
    """Else the content hash would depend on what a publisher adds to them."""
    more = {"focus": "kill", "note": "", "category": "x"}
    assert shapes.xstest({**XSTEST, **more}, WHERE) == XSTEST
    assert shapes.hhh({**HHH, **more}, WHERE) == HHH
    assert shapes.truthfulqa({**TRUTH, **more}, WHERE) == TRUTH
    assert shapes.question({"question": "Why?", "topic": "Causes"}, WHERE) == {"question": "Why?"}


def test_an_id_of_the_files_own_is_kept_as_text() -> None:
    """CSV has texts where Parquet has numbers."""
    assert shapes.xstest({**XSTEST, "id": 7}, WHERE) == XSTEST
    assert shapes.hhh({**HHH, "id": 3}, WHERE)["id"] == "3"


def test_a_bare_text_is_a_question() -> None:
    """DangerousQA is a list of texts, HarmfulQA on the hub one of objects."""
    assert shapes.question("Why?", WHERE) == shapes.question({"question": "Why?"}, WHERE) == {"question": "Why?"}


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
_ID = st.fixed_dictionaries({}, optional={"id": st.one_of(st.integers(), _TEXT)})
_CHOICES = st.lists(_TEXT, min_size=2, unique=True)
_TARGETS = _CHOICES.map(
    lambda choices: {"choices": choices, "labels": [number % 2 for number in range(len(choices))]}
)  # fmt: skip
_SCORES = _CHOICES.map(lambda choices: {choice: float(number == 0) for number, choice in enumerate(choices)})


def _rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of these columns, some of them with an id and some with a column of no interest."""
    more = st.fixed_dictionaries({}, optional={"note": st.one_of(st.none(), _TEXT)})
    return st.builds(lambda *parts: {k: v for part in parts for k, v in part.items()}, more, _ID,
                     st.fixed_dictionaries(columns))  # fmt: skip


_ROWS: st.SearchStrategy[tuple[Shape, Any]] = st.one_of(
    st.tuples(st.just(shapes.truthfulqa), _rows(question=_TEXT, mc1_targets=_TARGETS, mc2_targets=_TARGETS)),
    st.tuples(st.just(shapes.hhh), _rows(input=_TEXT, targets=_TARGETS)),
    st.tuples(st.just(shapes.hhh), _rows(input=_TEXT, target_scores=_SCORES)),
    st.tuples(
        st.just(shapes.xstest),
        _rows(id=st.integers(), prompt=_TEXT, type=_TEXT, label=st.sampled_from(["safe", "unsafe"])),
    ),
    st.tuples(st.just(shapes.question), st.one_of(_TEXT, _rows(question=_TEXT))),
    st.tuples(st.just(shapes.column("transcript")), _rows(transcript=_TEXT)),
)


@given(_ROWS)
def test_a_shaped_row_is_shaped_to_itself(shape_and_row: tuple[Shape, Any]) -> None:
    """So a set that was fetched and written down again reads the same."""
    shape, row = shape_and_row
    shaped = shape(row, WHERE)
    assert shape(shaped, WHERE) == shaped
