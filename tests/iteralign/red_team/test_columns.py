"""Which column holds the prompt, by its name and by what stands in it."""

from __future__ import annotations

from typing import Any

import pytest

from iteralign.red_team.columns import Columns, asked, context_of, likeness, rank


@pytest.mark.parametrize(
    "name",
    ["Prompt", "PROMPTS", "Forbidden Prompt", "forbidden-prompt", "user_input", "Behaviour", "attack_prompt",
     "prompts_final", "testCasePrompt", "Prompt Text", "queries"],
)  # fmt: skip
def test_a_column_of_prompts_is_known_by_its_name(name: str) -> None:
    """Whatever its case, its blanks and underscores, in the singular or the plural, or with another word."""
    assert rank(name) is not None


@pytest.mark.parametrize(
    "name", ["id", "prompt_id", "PromptType", "system_prompt", "question_category", "answer", "target", "response", ""]
)
def test_marks_and_answers_are_no_columns_of_prompts(name: str) -> None:
    assert rank(name) is None


def test_the_likeliest_column_comes_first() -> None:
    """Of JailbreakBench's, the goal is the request and the behaviour its name."""
    assert Columns().candidates({"Index": 0, "Behavior": "x", "Goal": "y", "Target": "z"}) == ["Goal", "Behavior"]


@pytest.mark.parametrize("named", ["Harmful Wish", "harmful_wish", "a.wish"])
def test_the_users_own_column_is_the_only_one(named: str) -> None:
    row = {"prompt": "Rate it.", "Harmful Wish": "How?", "a": {"wish": "How?"}}
    assert len(Columns(named).candidates(row)) == 1
    assert Columns(named).candidates({"prompt": "Rate it."}) == []


@pytest.mark.parametrize(
    ("row", "column", "context"),
    [
        ({"instruction": "x", "input": "y"}, "instruction", ["input"]),
        ({"instruction": "x", "input": " "}, "instruction", []),
        ({"Behavior": "x", "ContextString": "y"}, "Behavior", ["ContextString"]),
        ({"prompt": "x", "input": "y"}, "prompt", []),
        ({"input": "x"}, "input", []),
    ],
)
def test_context_belongs_to_the_prompt_where_there_is_any(row: dict[str, Any], column: str, context: list[str]) -> None:
    assert list(context_of(row, column)) == context


@pytest.mark.parametrize(
    ("value", "like"),
    [
        ("Why?", 2), ("怎么插队？", 2), ("How do I bluff at 21?", 2), ([{"role": "user", "content": "How?"}], 2),
        ("theft", 1), ("hate speech", 1), ("bob", 1), ("1", 0), ("2.5", 0), ("q-17", 0), ("True", 0), ("", 0),
        (None, 0), (3, 0), (False, 0), (float("nan"), 0), ("0f3a9c1be2d45a77", 0),
    ],
)  # fmt: skip
def test_a_sentence_is_likelier_to_be_asked_than_a_word_and_a_number_is_not(value: Any, like: int) -> None:
    assert likeness(value, "prompt") == like


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        ("\n\nHuman: Hi.\n\nAssistant: Hi.\n\nHuman: How?\n\nAssistant: No.", "chosen", "How?"),
        ("\n\nHuman: How?\n\nAssistant: No.\n\nHuman: Please?\n\nAssistant: No.", "transcript", "How?"),
        ("No.", "chosen", ""),
        ([], "messages", ""),
        ([{"speaker": "A", "text": "How?"}, {"speaker": "B", "text": "No."}], "dialogue", ""),
    ],
)
def test_a_dialogue_gives_what_its_column_is_kept_for(value: Any, column: str, text: str) -> None:
    """Of two that are compared, the last turn; of an attempt, the first; of an answer alone, nothing."""
    found = asked(value, column)
    assert found is not None
    assert found.text == text
