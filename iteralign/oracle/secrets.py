"""Takes a key out of text from outside, however it is spelt there.

A server, or a model that was shown it, can send a key back as it is, in JSON's, Python's, a URL's or HTML's escapes,
with invisible characters or line breaks in it, in wide letters, as base64 or in hexadecimal. What counts is that a
reader of the text, or of what becomes of it once it is decoded, can't get the key out of it.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from harness_base.text import INVISIBLE

# A shorter key can't be told from ordinary text, and removing it would garble replies.
SHORTEST = 6
_REPLACEMENT = "[key]"
_SHORTEST_CODED = 8
_CODED = re.compile(
    r"\\+u\{?([0-9a-fA-F]{4})\}?|\\+U0*([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})|%(?:25)*([0-9a-fA-F]{2})"
    r"|&#[xX]0*([0-9a-fA-F]{1,6});|&#0*([0-9]{1,7});|\\+[nrtbf]|\\+|.",
    re.DOTALL,
)
_DECIMAL_GROUP = 6
# Nothing to see, though Unicode has them among marks and letters.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def without_key(text: str, key: str) -> str:
    """`text` with `key`, and each coded form of it, replaced."""
    if len(key) < SHORTEST or not text:
        return text
    shown = list(_characters(text))
    plain = "".join(character for character, _, _ in shown)
    # One for one, so that places in both are the same.
    lower = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in plain)
    spans = [*_places(lower, key.lower()), *_places(lower, key.encode().hex())]
    spans += [place for form in _in_base64(key) for place in _places(plain, form)]
    return _replaced(text, [(shown[start][1], shown[end - 1][2]) for start, end in spans])


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """What can be seen of `text` once decoded: each character with the beginning and the end of where it stands."""
    for match in _CODED.finditer(text):
        for character in _seen(match):
            yield character, match.start(), match.end()


def _seen(match: re.Match[str]) -> str:
    written, group = match.group(), match.lastindex
    if group:
        number = int(match.group(group), 10 if group == _DECIMAL_GROUP else 16)
        written = chr(number) if number < 0x110000 else ""
    elif written.startswith("\\"):
        return ""
    return _visible(written)


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character.strip()
    plain = unicodedata.normalize("NFKC", character)
    return "".join(part for part in plain if not (part.isspace() or _is_blank(part)))


def _is_blank(character: str) -> bool:
    return unicodedata.category(character) in (*INVISIBLE, "Mn", "Me") or character in _BLANK


def _places(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    at = text.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = text.find(wanted, at + len(wanted))


@lru_cache(maxsize=8)
def _in_base64(key: str) -> tuple[str, ...]:
    """What base64 makes of the key behind any other text, but for the letters that it shares with its neighbours."""
    forms = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + key.encode()).decode()
        form = whole[-(-before * 8 // 6) : (before + len(key.encode())) * 8 // 6]
        if len(form) >= _SHORTEST_CODED:
            forms |= {form, form.replace("+", "-").replace("/", "_")}
    return tuple(sorted(forms))


def _replaced(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            kept += [text[at:start], _REPLACEMENT]
        at = max(at, end)
    return "".join([*kept, text[at:]])
