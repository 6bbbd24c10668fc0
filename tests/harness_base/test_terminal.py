"""Untrusted text on a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from harness_base.terminal import clean


@given(st.text())
def test_nothing_is_left_that_could_steer_a_terminal(text: str) -> None:
    shown = clean(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    shown.encode("utf-8")


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_ordinary_text_in_any_script_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_reordering_goes_and_joiners_stay() -> None:
    assert clean("a\u202eb\u2066c\ufeff") == "abc"
    assert clean("\U0001f469\u200d\U0001f52c") == "\U0001f469\u200d\U0001f52c"


def test_lines_become_spaces_unless_they_are_to_stay() -> None:
    assert clean("a\nb\tc\u2028d") == "a b c d"
    assert clean("a\nb\r\x1bc", keep_lines=True) == "a\nb c"
