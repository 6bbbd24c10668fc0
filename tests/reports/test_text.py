"""Text from a model or an oracle is shown, and does nothing."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from harness.store.example import HOSTILE
from reports.data.text import clean, cleaned, markdown, settings, shortened


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
    assert clean(text) == shown


def test_control_characters_behind_json_escapes_are_removed() -> None:
    assert cleaned({"a\x1b": ["b\u202e", 1, None, {"c": "d\x07"}]}) == {"a": ["b", 1, None, {"c": "d"}]}


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
    table = parser.parse(f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n")
    cells = [token for token in table if token.type == "inline"][2:]
    assert [_words(cell.children) for cell in cells] == [words, "end"]
    item = parser.parse(f"- {markdown(text)}\n")
    assert [token.type for token in item].count("list_item_open") == 1
    assert [_words(token.children) for token in parser.parse(markdown(text)) if token.type == "inline"] == [words]


def _words(children: list[object] | None) -> str:
    tokens = children or []
    assert {token.type for token in tokens} <= {"text", "text_special"}  # type: ignore[attr-defined]
    return "".join(token.content for token in tokens)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["http://example.org", "HTTPS://example.org", "www.example.org", "see WWW.example.org"]
)
def test_no_address_is_left_that_a_reader_of_markdown_would_make_a_link(text: str) -> None:
    quoted = markdown(text).lower()
    assert "://" not in quoted
    assert "www." not in quoted


def test_settings_are_flat_and_in_words() -> None:
    nested = {"loop": {"rounds": 3, "on": True}, "tasks": ["a", "b"], "url": None, "empty": {}}
    assert settings(nested) == [
        ("loop.rounds", "3"),
        ("loop.on", "yes"),
        ("tasks", "a, b"),
        ("url", "–"),
        ("empty", "–"),
    ]


def test_settings_mask_secrets_but_not_the_name_of_a_variable() -> None:
    nested = {"oracle": {"api_key": "sk-1", "token": "t", "key_env": "OPENAI_API_KEY", "max_new_tokens": 48}}
    assert settings(nested) == [
        ("oracle.api_key", "(masked)"),
        ("oracle.token", "(masked)"),
        ("oracle.key_env", "OPENAI_API_KEY"),
        ("oracle.max_new_tokens", "48"),
    ]


def test_settings_leave_the_user_out_of_an_address() -> None:
    assert settings({"url": "https://me:secret@host/v1"}) == [("url", "https://host/v1")]
