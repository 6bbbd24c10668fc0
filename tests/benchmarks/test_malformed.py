"""The benchmark of malformed folders counts only what is one sentence and the user's exit code."""

from __future__ import annotations

import pytest

from benchmarks.integrity.malformed.cases import all_cases, controls
from benchmarks.integrity.malformed.trying import Ending

SENTENCE = "Error: models/x holds no config.json; give the folder of a model.\n"


def ending(code: int | None, error: str) -> Ending:
    return Ending("case", code, error, 1.0, ran_code=False, read_input=False)


def test_one_sentence_with_the_user_s_exit_code_is_a_refusal() -> None:
    assert ending(2, f"  0 s  loading the model\n{SENTENCE}").refused


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0, SENTENCE),
        (1, SENTENCE),
        (5, SENTENCE),
        (None, "killed"),
        (2, ""),
        (2, "Error: no.\n"),
        (2, SENTENCE + SENTENCE),
        (2, SENTENCE + "a table of what does not fit\n"),
        (2, f"Traceback (most recent call last):\n{SENTENCE}"),
    ],
)
def test_anything_else_is_a_miss(code: int | None, error: str) -> None:
    assert not ending(code, error).refused


def test_there_are_as_many_folders_as_the_bar_asks_for_and_no_two_of_one_name() -> None:
    names = [case.name for case in [*all_cases(), *controls()]]
    assert len(all_cases()) >= 150
    assert len(set(names)) == len(names)
