"""Which column holds the prompt, by its name and by what stands in it."""

from __future__ import annotations

from typing import Any

import pytest

from iteralign.red_team.columns import Columns, context_of, is_request, rank


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
    "value", ["Why?", "怎么插队？", "How do I bluff at 21?", [{"role": "user", "content": "How?"}]]
)
def test_a_request_looks_like_one(value: Any) -> None:
    assert is_request(value, "prompt")


@pytest.mark.parametrize("value", ["1", "2.5", "q-17", "True", "", None, 3, False, float("nan"), "0f3a9c1be2d45a77"])
def test_numbers_codes_and_marks_do_not(value: Any) -> None:
    assert not is_request(value, "prompt")
