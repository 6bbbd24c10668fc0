"""A principle as a file has it, and what each form of file checks of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from harness_base.errors import DataError
from harness_base.text import INVISIBLE, LINE_BREAKS
from iteralign.core.worked_example import WorkedExample
from iteralign.oracle.prompts import LONGEST_EXAMPLE, LONGEST_PRINCIPLE

ID: Final = re.compile(r"[0-9a-f]{16}")
_COUNT = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True)
class Entry:
    """A principle as a file has it. `where` is its place there, for messages: "line 7", "entry 2 (line 9)".

    `id` names the principle that it was when the file was written; it is empty for a new one. `evidence` and `round`
    are None where the file does not say them, and `why` is what a person wrote beside it. With an `id` the `examples`
    are all that the principle is to have.
    """

    text: str
    where: str
    id: str = ""
    evidence: tuple[str, ...] | None = None
    round: int | None = None
    why: str = ""
    examples: tuple[WorkedExample, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where in which file a message is about."""

    file: str
    where: str

    def wrong(self, what: str) -> DataError:
        """The error that says what is wrong there."""
        return DataError(f"In {self.file}, {self.where} {what}.")


def checked_text(raw: str, place: Place) -> str:
    """The text of a principle with single spaces. Raises DataError where it is none."""
    if not LINE_BREAKS.isdisjoint(raw.strip(" \t\n")):
        raise place.wrong("is a principle of several lines: write it on one")
    hidden = next((c for c in raw if unicodedata.category(c) in INVISIBLE and c not in "\t\n"), None)
    if hidden is not None:
        raise place.wrong(f"has a character that can't be seen (U+{ord(hidden):04X}): remove it")
    text = " ".join(raw.split())
    if not text:
        raise place.wrong("is a principle without a text: write one, or remove it")
    if len(text) > LONGEST_PRINCIPLE:
        raise place.wrong(f"is a principle of {len(text)} characters, more than {LONGEST_PRINCIPLE}: shorten it")
    if not any(unicodedata.category(c).startswith("L") for c in text):
        raise place.wrong("is a principle without words: write a sentence")
    return text


def checked_example(raw: str, place: Place) -> str:
    """A worked example's request or answer, which may have several lines. Raises DataError where it is none."""
    hidden = next((c for c in raw if unicodedata.category(c) in INVISIBLE and c not in "\t\n"), None)
    if hidden is not None:
        raise place.wrong(f"has a character that can't be seen (U+{ord(hidden):04X}) in an example: remove it")
    text = raw.strip()
    if len(text) > LONGEST_EXAMPLE:
        raise place.wrong(f"has an example of {len(text)} characters, more than {LONGEST_EXAMPLE}: shorten it")
    if not any(unicodedata.category(c).startswith("L") for c in text):
        raise place.wrong("has an example with a request or an answer without words: write both, or remove it")
    return text


def checked_id(text: str, place: Place) -> str:
    """The id of a principle. Raises DataError where it is none."""
    if not ID.fullmatch(text):
        raise place.wrong("has an id that is not 16 of the digits 0 to 9 and a to f: leave it as it was, or remove it")
    return text


def checked_count(name: str, text: str, place: Place) -> int:
    """The number after `name`. Raises DataError where it is none."""
    if not _COUNT.fullmatch(text):
        raise place.wrong(f"has no whole number after {name}: leave it as it was, or remove it")
    return int(text)
