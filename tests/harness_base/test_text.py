"""Text from a model, an oracle or a file is shown, on a terminal, a page or in Markdown, and does nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.store.example import HOSTILE
from harness_base.text import (
    first_line,
    for_markdown,
    for_page,
    for_terminal,
    json_for_page,
    one_line,
    shortened,
    visible,
    well_formed,
)


@given(st.text())
def test_nothing_is_left_that_could_steer_a_terminal(text: str) -> None:
    shown = for_terminal(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    shown.encode("utf-8")


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_ordinary_text_in_any_script_stays_as_it_is(text: str) -> None:
    assert for_terminal(text) == text


def test_reordering_goes_and_joiners_stay() -> None:
    assert for_terminal("a\u202eb\u2066c\ufeff") == "abc"
    assert for_terminal("\U0001f469\u200d\U0001f52c") == "\U0001f469\u200d\U0001f52c"


def test_lines_become_spaces_unless_they_are_to_stay() -> None:
    assert for_terminal("a\nb\tc\u2028d") == "a b c d"
    assert for_terminal("a\nb\r\x1bc", keep_lines=True) == "a\nb c"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("a\nb\tc", "a\nb\tc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("red \x1b[31mtext\x1b[0m", "red [31mtext[0m"),
        ("bell\x07 nul\x00 c1\x9b del\x7f", "bell nul c1 del"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("\u2066isolated\u2069 \u200emark", "isolated mark"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("half \ud800 pair", "half  pair"),
        ("Grüße, 你好, \U0001f469\u200d\U0001f52c", "Grüße, 你好, \U0001f469\u200d\U0001f52c"),
    ],
)
def test_what_a_reader_cannot_see_is_removed(text: str, shown: str) -> None:
    assert for_page(text) == shown


def test_control_characters_behind_json_escapes_are_removed() -> None:
    assert json_for_page({"a\x1b": ["b\u202e", 1, None, {"c": "d\x07"}]}) == {"a": ["b", 1, None, {"c": "d"}]}


def test_long_text_ends_with_an_ellipsis() -> None:
    assert shortened("word " * 100, 20) == "word word word word …"
    assert shortened("short") == "short"


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "<img src=x onerror=alert(1)> <b>bold</b> &lt;i&gt;",
        "*emphasis* _too_ `code` ~~gone~~",
        "![image](x.png) [link](y) [ref]: z <https://example.org>",
        "# heading",
        "- item",
        "+ item",
        "12. item",
        "1) item",
        "---",
        "> quote",
        "a | b",
        "line\n\n# heading\n\n    code",
        "trailing \\",
        "$x^2$ @someone",
    ],
)
def test_markdown_of_any_text_is_the_text_and_no_markup(text: str) -> None:
    """In a table's cell, as a list's item, and alone; read by another program."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    words = " ".join(text.split())
    table = parser.parse(f"| a | b |\n|---|---|\n| {for_markdown(text)} | end |\n")
    cells = [token for token in table if token.type == "inline"][2:]
    assert [_words(cell.children) for cell in cells] == [words, "end"]
    item = parser.parse(f"- {for_markdown(text)}\n")
    assert [token.type for token in item].count("list_item_open") == 1
    assert [_words(token.children) for token in parser.parse(for_markdown(text)) if token.type == "inline"] == [words]


def _words(children: list[object] | None) -> str:
    tokens = children or []
    assert {token.type for token in tokens} <= {"text", "text_special"}  # type: ignore[attr-defined]
    return "".join(token.content for token in tokens)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["http://example.org", "HTTPS://example.org", "www.example.org", "see WWW.example.org"]
)
def test_no_address_is_left_that_a_reader_of_markdown_would_make_a_link(text: str) -> None:
    quoted = for_markdown(text).lower()
    assert "://" not in quoted
    assert "www." not in quoted


def test_halves_of_a_surrogate_pair_are_joined_or_replaced() -> None:
    """Two halves make their character; a half alone becomes the replacement character."""
    assert well_formed("\ud83d\ude00 \ud83d") == "😀 \ufffd"


def test_one_line_cuts_with_an_ellipsis() -> None:
    """A text over the limit is cut to the limit, and the cut can be seen."""
    assert one_line("a\nb\tc" + "d" * 10, 8) == "a b cdd…"


def test_visible_removes_terminal_sequences_and_bidirectional_overrides() -> None:
    """What could move a cursor or turn text round is gone."""
    assert visible("\x1b[31mred\x1b[0m \u202eback") == "[31mred[0m back"


def test_a_heading_is_followed_by_what_it_announces() -> None:
    assert (
        first_line(RuntimeError("Error(s) in loading:\n\tsize mismatch for a"))
        == "Error(s) in loading: size mismatch for a"
    )


def test_an_error_without_words_is_named() -> None:
    assert first_line(RecursionError()) == "RecursionError"


def test_an_error_without_words_may_be_given_other_ones() -> None:
    assert first_line(RecursionError(), empty="no reason given") == "no reason given"


def test_a_long_line_of_an_error_is_cut_with_an_ellipsis() -> None:
    assert first_line(ValueError("word" * 100), longest=8) == "wordword…"
