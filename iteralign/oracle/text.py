"""Handling of text that nobody vouches for: a model's answer, an oracle's reply, a server's message."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Markers of chat templates and of our own block are written with these, and some tokenizers know whole markers
# (`<|im_start|>`, `[INST]`) as single tokens with power of their own.
_MARKERS = frozenset("<>[]")
_LOOKALIKES = frozenset("‹›«»⟨⟩〈〉❮❯❰❱˂˃ᐸᐳ")
# Controls, formatting (bidirectional overrides, tag characters), surrogates, private use, unassigned, line separators.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def well_formed(text: str) -> str:
    """`text` with halves of surrogate pairs joined, or replaced by U+FFFD where alone, so that UTF-8 can hold it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str, limit: int) -> str:
    """`text` on one line, without invisible characters, cut to `limit` characters with an ellipsis."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def visible(text: str) -> str:
    """`text` without control and other invisible characters; each line break and tab becomes a space."""
    if text.isascii() and text.isprintable():
        return text  # as nearly all of it is
    spaced = (" " if character.isspace() else character for character in well_formed(text))
    return "".join(character for character in spaced if unicodedata.category(character) not in INVISIBLE)


def json_string(text: str) -> str:
    """A JSON string that holds no line break, no invisible character and nothing that a marker could be made of."""
    return '"' + "".join(map(_escaped, well_formed(text))) + '"'


@lru_cache(maxsize=4096)
def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if not _needs_escape(character):
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _needs_escape(character: str) -> bool:
    if character in _MARKERS or character in _LOOKALIKES or unicodedata.category(character) in INVISIBLE:
        return True
    return not _MARKERS.isdisjoint(unicodedata.normalize("NFKC", character))
