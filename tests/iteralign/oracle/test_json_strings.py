from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness_base.text import well_formed
from iteralign.oracle.json_strings import json_string

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY_TEXT)
def test_a_json_string_reads_back_as_the_well_formed_text(text: str) -> None:
    """Escaping loses nothing but halves of surrogate pairs, which no encoding can hold."""
    assert json.loads(json_string(text)) == well_formed(text)


@given(ANY_TEXT)
def test_a_json_string_holds_nothing_that_a_marker_is_made_of(text: str) -> None:
    """No angle or square bracket, line break or invisible character is left in the quoted form."""
    quoted = json_string(text)
    assert not set("<>[]\n\r\u2028\u2029\x85") & set(quoted)
    assert not {unicodedata.category(character) for character in quoted} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("lookalike", ["＜", "＞", "﹤", "‹", "»", "⟨", "〈", "ᐸ", "［"])
def test_lookalikes_of_brackets_are_escaped(lookalike: str) -> None:
    """A character that looks like a bracket, or that normalises to one, is written as an escape."""
    assert lookalike not in json_string(lookalike)


@pytest.mark.parametrize("character", ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\u200b", "\u202e"])
def test_line_breaks_and_invisible_characters_are_escaped(character: str) -> None:
    """Whatever some reader may take for the end of a line, or can't see, is written as an escape."""
    assert json_string(character) == f'"\\u{ord(character):04x}"'


def test_ordinary_text_of_any_language_stays_readable() -> None:
    """Letters, digits, punctuation and emoji are not escaped."""
    text = "Grüße, 世界! Can't? #1 😀"
    assert json_string(text) == f'"{text}"'
