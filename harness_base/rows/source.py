"""What a reader is given: the file's content, the words that name it in messages, and how it is to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness_base.types import Fields, Json

NamedRow = tuple[str, Json]
"""What a message calls a row, and its value."""

Search = Callable[[str, str, Json, bool], Iterable[NamedRow]]


def _each_object(_: Fields) -> bool:
    return True


def _all_columns(_: Sequence[str]) -> Sequence[str] | None:
    return None


@dataclass(frozen=True)
class Reading:
    """How to read. `what` names the kind of file in messages.

    `is_row` tells an object of nested JSON that is a row from a topic with rows below it. `columns` picks those that
    are wanted of a wide table, where reading all of them would be wasteful; None takes all. `list_key` names the list
    of rows in an object that holds more than it.

    `search`, where given, finds the rows of JSON instead: it is called with the file's name in messages, the name of a
    value ("line 3", empty for the file's whole content), the value, and whether it is all that the file holds.
    """

    what: str
    is_row: Callable[[Fields], bool] = _each_object
    columns: Callable[[Sequence[str]], Sequence[str] | None] = _all_columns
    list_key: str | None = None
    search: Search | None = None


@dataclass(frozen=True)
class Source:
    """A file's content, not compressed, with the words that name it in messages."""

    name: str
    content: bytes
    reading: Reading
