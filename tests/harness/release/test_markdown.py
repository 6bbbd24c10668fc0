"""A verdict in Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt

from harness.release.markdown import comment, escaped, summary


def test_the_summary_has_the_verdict_its_reasons_and_every_metric(made: Callable[..., Any]) -> None:
    text = summary(made(40))
    assert text.startswith("## ❌ NO-GO:")
    assert "help/acc is 92.0 % against the baseline model's 100.0 %: -8.0 points, worse" in text.replace("\\", "")
    assert [line for line in text.splitlines() if line.startswith("| honest")]


def test_the_comment_names_only_what_stands_in_the_way(made: Callable[..., Any]) -> None:
    assert "help/acc" in comment(made(40))
    assert "refusal/rate" not in comment(made(40))
    assert "|" not in comment(made(0)).replace("\\|", "")


def test_a_name_is_never_read_as_markup(made: Callable[..., Any]) -> None:
    """No HTML, no code, no table cell and nobody who is told."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(summary(made(40)))
    assert "<script>" not in html
    assert "<code>" not in html
    assert html.count("<td") == 3 * 7
    assert "@team" not in summary(made())


def test_escaping_keeps_the_words() -> None:
    assert escaped("plain words, 3.5 points") == "plain words, 3.5 points"
    assert "\n" not in escaped("a\nb | c")
