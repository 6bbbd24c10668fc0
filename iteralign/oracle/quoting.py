"""Whether a passage was copied from an answer, whatever a faithful copy may have lost on the way.

What is compared are the letters and digits in their order. Spacing, case, accents, quotation marks and dashes of any
kind, markdown, invisible characters and escapes are how a copy was typed, and no part of what it says. Where a copy
leaves something out, its parts occur one after the other.
"""

from __future__ import annotations

import html
import re
import unicodedata

_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})|\\+[nrt]")
_QUOTES = "\"'“”„‟‘’‚‛«»‹›「」『』`´"
# An ellipsis, alone or in brackets; a new line; the end of one quotation and the beginning of the next.
_GAP = re.compile(
    rf"[\[(]?\s*(?:…|\.(?:\s?\.){{2,}})\s*[\])]?|[\r\n]+|(?<=[{_QUOTES}])\s*[,;/&|+]?\s*(?:and|und|et|y|or)?\s*(?=[{_QUOTES}])"
)


def occurs(passage: str, answer: str) -> bool:
    """Whether `passage` was copied from `answer`, whole or in parts. One without letters and digits never was."""
    whole, within = _letters(passage), _letters(answer)
    if not whole:
        return False
    # Each run of blanks is one: the search for gaps would take them one by one, again and again.
    lines = "\n".join(filter(None, (" ".join(line.split()) for line in passage.splitlines())))
    return whole in within or _in_order([_letters(part) for part in _GAP.split(lines)], within)


def says_something(passage: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return bool(_letters(passage))


def _in_order(parts: list[str], within: str) -> bool:
    at = 0
    for part in filter(None, parts):
        found = within.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _letters(text: str) -> str:
    plain = html.unescape(_ESCAPE.sub(_unescaped, text))
    folded = unicodedata.normalize("NFKD", plain).casefold()
    # Some characters unfold again once their case is folded.
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", folded) if unicodedata.category(letter)[0] in "LN"
    )


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16)) if match.group(1) else " "
