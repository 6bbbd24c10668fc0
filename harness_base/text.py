"""Text that nobody vouches for (a model's answer, an oracle's reply, a file, an error), made safe for where it goes.

`for_terminal` and `for_page` drop what a reader can't see and a program obeys, each for its place; `for_markdown`
quotes, so that the text stays text; `visible` and `one_line` are for a line of a message or of a judge's reply.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from harness_base.types import Json

INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that can't be seen: controls, formatting (bidirectional overrides, tag characters),
halves of surrogate pairs, private use, unassigned, separators of lines and paragraphs."""

LINE_BREAKS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")

_JOINERS = "\u200c\u200d"
"""Format characters that some scripts and emoji need."""
_KEPT_ON_TERMINAL = frozenset(_JOINERS)
_DROPPED_ON_TERMINAL = frozenset({"Cc", "Cf", "Cs"})
_KEPT_ON_PAGE = frozenset(f"\n\t{_JOINERS}")
_DROPPED_ON_PAGE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&@$])")
_LINE_START = re.compile(r"^([=#]|[-+](?=[-\s]|$)|\d+(?=[.)](\s|$)))")
_LINK = re.compile(r"(?i)(://|\bwww\.)")

_SHORTENED_TO: Final = 700
_ERROR_LINE: Final = 300


def for_terminal(text: str, *, keep_lines: bool = False) -> str:
    """Drop what could steer a terminal or reorder its text; a tab or a line break becomes a space.

    Control characters (escape sequences among them), bidirectional overrides and lone surrogates go.
    With `keep_lines`, line feeds stay.
    """
    return "".join(_on_terminal(character, keep_lines) for character in text)


def _on_terminal(character: str, keep_lines: bool) -> str:
    if character == "\n" and keep_lines:
        return character
    if character in "\n\r\t\u2028\u2029":
        return " "
    dropped = unicodedata.category(character) in _DROPPED_ON_TERMINAL and character not in _KEPT_ON_TERMINAL
    return "" if dropped else character


def for_page(text: str) -> str:
    """The text without what a browser, or a program that reads JSON, obeys but a reader can't see.

    Gone are control characters but line break and tab, everything that reorders text or has no width, halves of
    surrogate pairs, and code points that are private or not assigned. Line breaks become "\\n".
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in _KEPT_ON_PAGE or unicodedata.category(c) not in _DROPPED_ON_PAGE)


def json_for_page(value: Json) -> Json:
    """`for_page` for all text in a value read from JSON, where control characters hide behind escapes."""
    if isinstance(value, str):
        return for_page(value)
    if isinstance(value, list):
        return [json_for_page(item) for item in value]
    if isinstance(value, dict):
        return {for_page(key): json_for_page(item) for key, item in value.items()}
    return value


def for_markdown(text: str) -> str:
    """The text as Markdown that shows it on one line and does nothing: no markup, HTML, link or table cell's end."""
    quoted = _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    quoted = _LINK.sub(lambda link: link[0][:-1] + "\\" + link[0][-1], quoted)
    return _LINE_START.sub(_without_list_mark, quoted)


def _without_list_mark(mark: re.Match[str]) -> str:
    """Take the sign of a list or heading at the start of a line as what it is: a character."""
    return f"{mark[0]}\\" if mark[0].isdigit() else f"\\{mark[0]}"


def well_formed(text: str) -> str:
    """`text` with halves of surrogate pairs joined, or replaced by U+FFFD where alone, so that UTF-8 can hold it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def visible(text: str) -> str:
    """`text` without control and other invisible characters; each line break and tab becomes a space."""
    if text.isascii() and text.isprintable():
        return text  # as nearly all of it is
    spaced = (" " if character.isspace() else character for character in well_formed(text))
    return "".join(character for character in spaced if unicodedata.category(character) not in INVISIBLE)


def one_line(text: str, limit: int) -> str:
    """`text` on one line, without invisible characters, cut to `limit` characters with an ellipsis."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def shortened(text: str, longest: int = _SHORTENED_TO) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[:longest].rstrip() + " …"


def first_line(error: BaseException, *, longest: int = _ERROR_LINE, empty: str = "") -> str:
    """The first line of an error's message that says something, cut to `longest` characters with an ellipsis.

    Where it has no message, `empty`, or the error's name.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return empty or type(error).__name__
    heading = len(lines) > 1 and lines[0].endswith(":")
    line = f"{lines[0]} {lines[1]}" if heading else lines[0]
    if isinstance(error, KeyError):
        line = f"{line} is unknown or missing"
    return line if len(line) <= longest else f"{line[:longest]}…"
