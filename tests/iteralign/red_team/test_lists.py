"""Lines of plain text are prompts as they stand, and the marks of a list are none of them."""

from __future__ import annotations

import pytest

from iteralign.red_team.lists import AROUND, HEADING, listed


def texts(text: str, *, marked_up: bool = False) -> list[str]:
    rows = [(f"line {number}", line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    return [line for _, line in listed(rows, marked_up=marked_up)[0]]


@pytest.mark.parametrize(
    "text", ["- How?\n- Why?", "* How?\n* Why?", "1. How?\n2. Why?", "1) How?\n2) Why?", "- [ ] How?\n- [x] Why?"]
)
def test_marks_that_every_line_has_are_taken_off(text: str) -> None:
    assert texts(text) == ["How?", "Why?"]


@pytest.mark.parametrize("text", ["- How?\nWhy?", "1984. How was it?\nWhy?", "1. How?\n7. Why?", "-5 degrees?\n-6?"])
def test_lines_that_only_begin_like_items_stay_as_they_are(text: str) -> None:
    assert texts(text) == text.split("\n")


def test_headings_are_left_out_and_counted() -> None:
    rows = [("line 1", "# Games"), ("line 2", "How?"), ("line 3", "#1 way to bluff?")]
    assert listed(rows, marked_up=False) == (rows[1:], {HEADING: 1})


def test_of_markdown_the_items_are_the_prompts_and_what_stands_around_them_is_counted() -> None:
    rows = [("line 1", "Some games."), ("line 3", "- How?"), ("line 4", "  And why?"), ("line 5", "- When?")]
    items, left_out = listed(rows, marked_up=True)
    assert (items, left_out) == ([("line 3", "How?\nAnd why?"), ("line 5", "When?")], {AROUND: 1})
