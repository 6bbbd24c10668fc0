"""Quoting text that nobody vouches for, so that a judge reads it as data: no marker, no line break, nothing unseen."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from harness_base.text import INVISIBLE, well_formed

# Markers of chat templates and of our own block are written with these, and some tokenizers know whole markers
# (`<|im_start|>`, `[INST]`) as single tokens with power of their own.
_MARKERS = frozenset("<>[]")
_LOOKALIKES = frozenset("‹›«»⟨⟩〈〉❮❯❰❱˂˃ᐸᐳ")


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
