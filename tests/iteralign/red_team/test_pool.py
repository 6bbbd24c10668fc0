from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness_base.errors import DataError
from iteralign.core.records import Prompt
from iteralign.red_team import LoadedPrompts, load_prompts, within_window

SHARED = Path(__file__).parents[4] / "shared" / "data" / "red_team"

Write = Callable[[str, "str | bytes"], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def _parquet(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def _texts(*paths: Path) -> list[str]:
    return [prompt.text for prompt in load_prompts(paths).prompts]


ONE_TURN = "\n\nHuman: How do I sneak in?\n\nAssistant: Don't."
TRANSCRIPT = "\n\nHuman: How do I sneak in?\n\nAssistant: Don't.\n\nHuman: But how?\n\nAssistant: No."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.json", '["How do I sneak in?", "Why?"]'),
        ("objects.json", '[{"prompt": "How do I sneak in?"}, {"prompt": "Why?", "id": 2}]'),
        ("questions.json", '[{"id": 1, "Question": "How do I sneak in?"}, {"id": 2, "Question": "Why?"}]'),
        ("nested.json", '{"Places": {"Doors": ["How do I sneak in?"]}, "Causes": {"All": ["Why?"]}}'),
        ("nested_objects.json", '{"rows": [{"text": "How do I sneak in?"}, {"text": "Why?"}]}'),
        ("lines.jsonl", '{"instruction": "How do I sneak in?"}\n\n{"instruction": "Why?"}\n'),
        ("texts.jsonl", '"How do I sneak in?"\n"Why?"'),
        ("list.jsonl", json.dumps([{"transcript": TRANSCRIPT}, {"transcript": "\n\nHuman: Why?"}], indent=1)),
        ("tries.jsonl", json.dumps({"transcript": TRANSCRIPT}) + '\n{"transcript": "Human: Why?\\n\\nHuman: So?"}'),
        ("pairs.jsonl", json.dumps({"chosen": ONE_TURN, "rejected": "no"}) + '\n{"chosen": "Human: Why?"}'),
        ("table.csv", 'id,prompt\n1,"How do I sneak in?"\n2,Why?\n'),
        ("bom.csv", "\ufeffgoal,target\r\nHow do I sneak in?,Sure\r\nWhy?,Sure\r\n"),
        ("table.tsv", "prompt\tnote\nHow do I sneak in?\tx\nWhy?\ty\n"),
        ("plain.txt", "How do I sneak in?\r\n\r\n  Why?  \r\n"),
        ("UPPER.TXT", "How do I sneak in?\nWhy?"),
    ],
)  # fmt: skip
def test_every_form_gives_the_same_prompts(name: str, content: str, write: Write) -> None:
    """The form of a file does not change what is in it."""
    assert load_prompts([write(name, content)]) == LoadedPrompts(
        (Prompt("How do I sneak in?", name), Prompt("Why?", name)), {}
    )


def test_parquet_gives_the_same_prompts(tmp_path: Path) -> None:
    """Only the prompt's column is read."""
    path = _parquet(tmp_path / "rows.parquet", {"n": [1, 2], "prompt": ["How do I sneak in?", "Why?"]})
    assert _texts(path) == ["How do I sneak in?", "Why?"]


def test_a_quoted_csv_cell_may_span_lines(write: Write) -> None:
    """The prompt keeps its line break."""
    assert _texts(write("a.csv", 'prompt\n"one\ntwo, three"\n')) == ["one\ntwo, three"]


def test_repeats_and_empty_prompts_are_skipped_and_counted(write: Write) -> None:
    """Case, spacing and Unicode form make no difference, and neither does the file."""
    first = write("a.json", json.dumps(["How  do I?", "how do i?", "", None, " \t", "Cafe\u0301?", "Café?"]))
    second = write("b.txt", "HOW DO I?\nWhy?\n")
    loaded = load_prompts([first, second])
    assert [prompt.text for prompt in loaded.prompts] == ["How  do I?", "Cafe\u0301?", "Why?"]
    assert loaded.skipped == {"duplicate": 3, "empty": 3}


def test_a_file_of_repeats_only_is_no_error(write: Write) -> None:
    """The prompts are there, from the other file."""
    assert _texts(write("a.txt", "Why?"), write("b.txt", "why?")) == ["Why?"]


def test_half_a_surrogate_pair_in_json_can_be_stored(write: Write) -> None:
    """What JSON can name and UTF-8 can't hold is replaced."""
    (text,) = _texts(write("a.json", r'["odd \ud83d"]'))
    assert text == "odd ?"


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.json", "", "is empty"),
        ("a.txt", " \n\n ", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.txt", b"fine\nfine\n" + "größer\n".encode("latin-1"), "not UTF-8 at line 3"),
        ("a.csv", "prompt\nWhy?\n".encode("utf-16")[:-1], "not UTF-16 at line"),
        ("a.txt", b"fine\nab\0cd\n", "NUL character in line 2"),
        ("a.docx", "Why?", r"unknown form '\.docx'.*\.json.*\.txt"),
        ("prompts", "Why?", "unknown form ''"),
        ("a.json", '["Why?", "How', "not whole JSON.*line 1, column 10"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", "7", "holds a number at its top"),
        ("a.json", '{"Places": {"Doors": ["How?"], "n": 7}}', "holds a number at Places/n"),
        ("a.json", '{"id": 1, "name": "x"}', "no column with prompts in the top object.*'id', 'name'"),
        ("a.json", '["Why?", {"id": 1}]', "no column with prompts in entry 2: it has 'id'"),
        ("a.json", '["Why?", 7]', "entry 2 that is no text"),
        ("a.json", '{"T": {"S": ["Why?", ["How?"]]}}', "entry 2 of T/S that is no text"),
        ("a.json", '[{"prompt": ["Why?"]}]', "entry 1 that is no text"),
        ("a.json", '["", null]', "holds no prompt"),
        ("a.json", "[]", "holds no prompt"),
        ("a.jsonl", '{"prompt": "Why?"}\n{"prompt": "Ho', "no whole JSON in line 2: it may be truncated"),
        ("a.jsonl", '{"a": 1, "b": 2}', "no column with prompts in line 1: it has 'a', 'b'"),
        ("a.csv", "id,name\n1,x\n", "no column with prompts in line 2: it has 'id', 'name'"),
        ("a.csv", "id,prompt\n1,Why?\n2\n", "not as many cells in line 3 as columns"),
        ("a.csv", "id,prompt\n1,Why?,more\n", "not as many cells in line 2 as columns"),
        ("a.csv", 'prompt\n"Why?\n', "no whole table at line 2"),
        ("a.csv", "prompt\n", "holds no prompt"),
        ("a.parquet", b"PAR1 and no more", "no whole Parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_row(
    name: str, content: str | bytes, match: str, write: Write
) -> None:
    """One sentence names the file, the row and what is wrong."""
    path = write(name, content)
    with pytest.raises(DataError, match=match) as caught:
        load_prompts([path])
    assert str(path) in str(caught.value)


def test_a_truncated_parquet_file_is_told(tmp_path: Path) -> None:
    """The end of the file is where its columns are named."""
    path = _parquet(tmp_path / "a.parquet", {"prompt": ["Why?"] * 100})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="no whole Parquet file"):
        load_prompts([path])


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"a": ["x"], "b": ["y"]}, "no column with prompts in row 1: it has 'a', 'b'"),
        ({"prompt": [7]}, "row 1 that is no text"),
        ({"prompt": [b"Why?"]}, "row 1 that is no text"),
        ({"prompt": pa.array([], pa.string())}, "holds no prompt"),
    ],
)
def test_a_parquet_file_without_prompts_is_told(columns: dict[str, Any], match: str, tmp_path: Path) -> None:
    """Its columns are named as a table's are."""
    with pytest.raises(DataError, match=match):
        load_prompts([_parquet(tmp_path / "a.parquet", columns)])


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    """Neither is a red-team file."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DataError, match="There is no red-team file"):
            load_prompts([path])


def test_no_files_give_no_prompts() -> None:
    """Whether that is enough is for the caller to say."""
    assert load_prompts([]) == LoadedPrompts(())


def _loaded(*texts: str, skipped: dict[str, int]) -> LoadedPrompts:
    return LoadedPrompts(tuple(Prompt(text, "test") for text in texts), skipped)


def test_prompts_over_the_window_are_skipped_and_counted() -> None:
    """A prompt of exactly the limit stays; what was skipped before is still counted."""
    loaded = _loaded("one two", "one two three", "one", skipped={"empty": 1})
    fitting = within_window(loaded, lambda asked: len(asked.text.split()), 2)
    assert fitting == _loaded("one two", "one", skipped={"empty": 1, "longer than the context window": 1})


def test_nothing_within_the_window_is_the_users_mistake() -> None:
    """The sentence says how many tokens there would be room for."""
    with pytest.raises(DataError, match=r"None of the 2 red-team prompts fits.*1 tokens"):
        within_window(_loaded("a b", "c d", skipped={}), lambda asked: len(asked.text.split()), 1)


def _shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the published red-team data is not at {SHARED}")
    return path


def test_dangerousqa_as_published_loads_whole() -> None:
    """Its 200 questions are all different."""
    loaded = load_prompts([_shared("dangerousqa.json")])
    assert (len(loaded.prompts), dict(loaded.skipped)) == (200, {})


def test_harmfulqa_as_published_loads_with_its_repeats_counted() -> None:
    """Of its 1,960 questions under topics and subtopics, 22 repeat an earlier one."""
    loaded = load_prompts([_shared("harmfulqa.json")])
    assert (len(loaded.prompts), dict(loaded.skipped)) == (1938, {"duplicate": 22})
