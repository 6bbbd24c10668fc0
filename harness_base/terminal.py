"""Making text from models, oracles and files safe to print on a terminal."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
"""Format characters that some scripts and emoji need."""


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Drop what could steer a terminal or reorder its text; a tab or a line break becomes a space.

    Control characters (escape sequences among them), bidirectional overrides and lone surrogates go.
    With `keep_lines`, line feeds stay.
    """
    return "".join(_shown(character, keep_lines) for character in text)


def _shown(character: str, keep_lines: bool) -> str:
    if character == "\n" and keep_lines:
        return character
    if character in "\n\r\t\u2028\u2029":
        return " "
    unprintable = unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in _JOINERS
    return "" if unprintable else character
