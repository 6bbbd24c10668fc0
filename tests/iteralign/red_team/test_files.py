"""What a reader is told of how a file was read: nothing is left out without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness_base.errors import DataError
from iteralign.red_team.files import read_prompts


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def chat(*turns: str) -> dict[str, Any]:
    return {"messages": [{"role": "assistant" if at % 2 else "user", "content": one} for at, one in enumerate(turns)]}


EARLIER = "1 with earlier turns, which the model is not shown: the last user turn is the prompt"
SYSTEM = "1 with a system message, which the model is not shown"


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        ([{"Behavior": "Fib.", "ContextString": "Cheese."}], ["prompts taken from column Behavior with ContextString"]),
        ([{"prompt": "How?"}, {"question": "Why?"}], ["prompts taken from column prompt (1), column question (1)"]),
        (
            [{"vanilla": "How?", "adversarial": "Oh, how?"}],
            ["prompts taken from column vanilla", "not taken for prompts: 'adversarial'"],
        ),
        (
            [chat("Hi.", "Hi.", "How?"), chat("Why?")],
            ["prompts taken from column messages", f"of 2 prompts, {EARLIER}"],
        ),
        ([{"system": "Be brief.", "prompt": "How?"}], ["prompts taken from column prompt", f"of 1 prompt, {SYSTEM}"]),
        (
            [{"instruction": "How?", "history": [["Hi.", "Hi."]]}],
            ["prompts taken from column instruction", f"of 1 prompt, {EARLIER}"],
        ),
        (["How?"], []),
        ([{"user": "bob", "text": "How do I gloat?"}], ["prompts taken from column text"]),
        (
            [{"prompt": "How?", "text": "Well."}, {"prompt": "", "text": "Well."}],
            ["prompts taken from column prompt", "not taken for prompts: 'text'"],
        ),
    ],
)
def test_the_columns_and_what_is_not_shown_are_said(rows: list[Any], notes: list[str], tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", *rows)
    assert list(read_prompts(path).notes) == [f"a.jsonl: {note}." for note in notes]


def test_a_column_that_the_user_names_is_taken_alone(tmp_path: Path) -> None:
    """Without what would belong to it by itself."""
    path = lines(tmp_path / "a.jsonl", {"instruction": "Mock it.", "input": "A jar.", "prompt": "x y z"})
    assert read_prompts(path, "Instruction").texts == ["Mock it."]


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"prompt": "How?"}, {"id": 1})
    with pytest.raises(DataError, match=r"no column 'wish' in line 1: it has 'prompt'\. Set red_team\.column"):
        read_prompts(path, "wish")


def test_a_number_where_only_prompts_could_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,prompt\n7,1\n8,2\n")
    with pytest.raises(DataError, match="a number in line 2, column 'prompt'"):
        read_prompts(tmp_path / "a.csv")


@pytest.mark.parametrize("context", [["It rained."], {"title": "Rain"}, 5, True])
def test_a_context_that_is_no_text_is_told_with_its_row(context: Any, tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"question": "How?"}, {"question": "How?", "context": context})
    with pytest.raises(DataError, match=r"in line 2 a context that is no text, beside the prompt in column 'question'"):
        read_prompts(path)
    assert list(read_prompts(path, "question").texts) == ["How?", "How?"]


def test_a_conversation_without_a_user_turn_is_counted(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", chat("How?"), {"messages": [{"role": "system", "content": "Be brief."}]})
    assert read_prompts(path).skipped == {"no user turn in the conversation": 1}


def test_names_of_columns_can_not_write_to_a_terminal(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"\x1b[31m attack prompt": "How do I gloat?"})
    assert "\x1b" not in "".join(read_prompts(path).notes)


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060\u00ad", "\ufe0f", "\u2800", "\u3164", "\x07"])
def test_a_file_that_shows_nothing_holds_no_prompt(unseen: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no prompt"):
        read_prompts(lines(tmp_path / "a.jsonl", {"prompt": unseen}))


def test_deep_nesting_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": ' * 400 + '["How?"]' + "}" * 400)
    with pytest.raises(DataError, match="nested too deeply"):
        read_prompts(tmp_path / "a.json")
