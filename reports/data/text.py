"""Making text from outside safe to show: control characters go, secrets are masked, Markdown is quoted."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_KEPT = frozenset("\n\t\u200c\u200d")
"""Line break and tab; the joiners that some scripts and emoji need."""

_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&@$])")
_LINE_START = re.compile(r"^([=#]|[-+](?=[-\s]|$)|\d+(?=[.)](\s|$)))")
_LINK = re.compile(r"(?i)(://|\bwww\.)")
_SECRET = re.compile(r"(?i)(^|_)(key|token|secret|password)s?$")
_USER_IN_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@]*@")
_LONGEST = 700


def clean(text: str) -> str:
    """The text without what a terminal or a browser obeys but a reader can't see.

    Gone are control characters but line break and tab, everything that reorders text or has no width, halves of
    surrogate pairs, and code points that are private or not assigned. Line breaks become "\\n".
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in _REMOVED_CATEGORIES)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[:longest].rstrip() + " …"


def cleaned(value: Any) -> Any:
    """`clean` for all text in a value read from JSON, where control characters hide behind escapes."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): cleaned(item) for key, item in value.items()}
    return value


def markdown(text: str) -> str:
    """The text as Markdown that shows it on one line and does nothing: no markup, HTML, link or table cell's end."""
    quoted = _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    quoted = _LINK.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], quoted)
    return _LINE_START.sub(_started_plainly, quoted)


def _started_plainly(found: re.Match[str]) -> str:
    """Take the sign of a list or heading at the start of a line as what it is: a character."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def settings(nested: dict[str, Any]) -> list[tuple[str, str]]:
    """A nested configuration as (dotted name, value) in order, with secrets masked.

    The program keeps none in a configuration; this is for those that a user put where they don't belong.
    """
    return list(_flat(nested, ""))


def _flat(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [row for key in value for row in _flat(value[key], f"{name}.{key}" if name else str(key))]
    return [(name, _shown(name.rpartition(".")[2], value))]


def _shown(key: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _SECRET.search(key):
        return "(masked)"
    if isinstance(value, list):
        return ", ".join(_shown(key, item) for item in value)
    return _USER_IN_URL.sub(r"\1", str(value))
