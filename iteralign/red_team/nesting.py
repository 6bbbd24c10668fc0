"""Where the rows are in nested JSON: under topics, beside tags, by columns, or wrapped into something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness_base.errors import DataError
from harness_base.rows import NamedRow
from harness_base.types import Fields
from iteralign.red_team import chats
from iteralign.red_team.columns import Columns, fold

_NAMES_OF_ROWS = "data rows row items item examples instances samples records entries body request"
_NAMES_OF_PROMPTS = "prompts questions queries instructions requests texts inputs"
_NAMES_OF_ELSE = """
    tag tags label labels category categories id ids index topics subtopics keyword keywords author authors source
    sources split splits language languages license licence version description name title metadata meta info config
    date url urls citation homepage count total schema features columns fields answer answers response responses output
    outputs completion completions target targets reply replies choices annotation annotations scores score bestanswer
    correctanswers incorrectanswers
"""
_WRAPPERS = frozenset(_NAMES_OF_ROWS.split())
_LISTS = frozenset(_NAMES_OF_PROMPTS.split())
"""Names of lists of texts that are prompts, whatever stands beside them."""
_NEVER = frozenset(_NAMES_OF_ELSE.split())
"""Names of what is never a prompt, whatever it holds: marks, particulars of the file, and answers."""


@dataclass(frozen=True)
class Search:
    """Finds the rows in JSON, by what `columns` takes for a row. Called as `harness_base.rows.Reading.search` is.

    The names of lists that are not taken for prompts come into `aside`.
    """

    columns: Columns
    aside: dict[str, None] = field(default_factory=dict)

    def __call__(self, file: str, where: str, value: object, whole: bool) -> Iterator[NamedRow]:
        if isinstance(value, list):
            if chats.is_chat(value) and (not whole or where or chats.has_answers(value)):
                return iter([(where or "the top list", value)])
            return iter(self._list(file, where, value))
        if isinstance(value, Mapping):
            rows = self._object(file, where, value) if whole else self._entry(file, where, value)
            # An object whose lists are all empty has no rows; any other is one, whose columns are then named.
            empty = any(isinstance(inner, list) and not inner for inner in value.values())
            return iter(rows or ([] if empty else [(where or "the top object", value)]))
        if where:
            return iter([(where, value)])
        raise _no_rows(file, value, where)

    def _list(self, file: str, where: str, values: Sequence[object]) -> list[NamedRow]:
        inside = f" of {where}" if where else ""
        rows: list[NamedRow] = []
        for number, value in enumerate(values, start=1):
            rows += self._entry(file, f"entry {number}{inside}", value)
        return rows

    def _entry(self, file: str, where: str, value: object) -> list[NamedRow]:
        """The rows of a list's entry, which is one row unless it only wraps others."""
        if not isinstance(value, Mapping) or self._is_row(value):
            return [(where, value)]
        return self._within(file, where, value, strict=True) or [(where, value)]

    def _is_row(self, value: object) -> bool:
        if isinstance(value, Mapping):
            return chats.is_message(value) or self.columns.is_row(value)
        return chats.is_chat(value)

    def _object(self, file: str, where: str, value: Fields) -> list[NamedRow]:
        """The rows of a file's one object, or of a topic in it."""
        if self._is_row(value) and not self._describes_rows(value):
            return [(where or "the top object", value)]
        return self._table(where, value) or self._within(file, where, value, strict=False)

    def _describes_rows(self, value: Fields) -> bool:
        """Whether an object that might be a row is about the rows in one of its lists."""
        return any(
            isinstance(inner, list)
            and not (chats.is_chat(inner) and chats.has_answers(inner))
            and not self.columns.is_row({name: inner})
            and fold(name) not in _NEVER
            and (
                any(map(self._is_row, inner)) or (_names_prompts(name) and any(isinstance(text, str) for text in inner))
            )
            for name, inner in value.items()
        )

    def _table(self, where: str, value: Fields) -> list[NamedRow]:
        """The rows of a table that is written by columns, or with its columns' names apart; none if it is no table."""
        named, lines = value.get("columns"), value.get("data")
        if isinstance(named, list) and isinstance(lines, list) and all(isinstance(line, list) for line in lines):
            rows = [dict(zip(map(str, named), line, strict=False)) for line in lines]
            return _named(rows, where) if rows and self.columns.is_row(rows[0]) else []
        if value and all(name.isdecimal() and isinstance(inner, str) for name, inner in value.items()):
            return _named(list(value.values()), where)
        return self._by_columns(where, value)

    def _by_columns(self, where: str, value: Fields) -> list[NamedRow]:
        cells = {name: column for name, inner in value.items() if (column := _cells(inner))}
        candidates = [name for name in self.columns.of_a_table(value) if name in cells]
        if len({len(cells[name]) for name in candidates}) != 1 or not all(map(_is_cell, cells[candidates[0]])):
            return []
        first = candidates[0]
        columns = {name: column for name, column in cells.items() if len(column) == len(cells[first])}
        rows = [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]
        self._set_aside(name for name in cells if name not in columns)
        return _named(rows, f"{where}/{first}" if where else first) if self.columns.is_row(rows[0]) else []

    def _within(self, file: str, where: str, value: Fields, *, strict: bool) -> list[NamedRow]:
        """The rows below an object. `strict` takes texts for prompts only where the name of their list says so."""
        below = {name: self._below(file, where, name, inner, strict=strict) for name, inner in value.items()}
        filled = {name: rows for name, rows in below.items() if rows} or self._in_marks(file, where, value)
        with_columns = {name: rows for name, rows in filled.items() if any(self._is_row(row) for _, row in rows)}
        texts = {name: rows for name, rows in filled.items() if any(isinstance(row, str) for _, row in rows)}
        by_name = {name: rows for name, rows in texts.items() if _names_prompts(name, wrappers=not strict)}
        chosen = with_columns or by_name or ({} if strict else texts or filled)
        if not (strict or with_columns or by_name):
            _check_only_topics(file, where, value)
        if chosen:
            self._set_aside(
                name for name, inner in value.items() if isinstance(inner, list | Mapping) and name not in chosen
            )
        return [row for rows in chosen.values() for row in rows]

    def _in_marks(self, file: str, where: str, value: Fields) -> dict[str, list[NamedRow]]:
        """The rows in lists whose names are those of marks, where nothing else holds any: `categories` with prompts."""
        lists = {name: inner for name, inner in value.items() if isinstance(inner, list) and fold(name) in _NEVER}
        rows_of = {name: self._list(file, f"{where}/{name}" if where else name, inner) for name, inner in lists.items()}
        return {
            name: rows for name, rows in rows_of.items() if any(self._prompts_by_name(inner) for inner in lists[name])
        }

    def _prompts_by_name(self, value: object) -> bool:
        return isinstance(value, Mapping) and any(isinstance(value.get(name), list) for name in _LISTS)

    def _set_aside(self, names: Iterable[str]) -> None:
        self.aside.update(dict.fromkeys(names))

    def _below(self, file: str, where: str, name: str, inner: object, *, strict: bool) -> list[NamedRow]:
        path = f"{where}/{name}" if where else name
        if fold(name) in _NEVER or not isinstance(inner, list | Mapping) or not inner:
            return []
        if isinstance(inner, list):
            return (
                [(path, inner)] if chats.is_chat(inner) and chats.has_answers(inner) else self._list(file, path, inner)
            )
        if strict:
            return [(path, inner)] if self._is_row(inner) else self._within(file, path, inner, strict=True)
        return self._object(file, path, inner) or [(path, inner)]


def _named(rows: Sequence[object], where: str) -> list[NamedRow]:
    inside = f" of {where}" if where else ""
    return [(f"entry {number}{inside}", row) for number, row in enumerate(rows, start=1)]


def _cells(value: object) -> list[object] | None:
    """A column's cells, which pandas also writes as an object from row to cell; None where it is no column."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and not chats.is_message(value):
        return list(value.values())
    return None


def _is_cell(value: object) -> bool:
    return not isinstance(value, list | Mapping) or chats.is_chat(value)


def _names_prompts(name: str, *, wrappers: bool = False) -> bool:
    return fold(name) in _LISTS or (wrappers and fold(name) in _WRAPPERS)


def _check_only_topics(file: str, where: str, value: Fields) -> None:
    """Miss a text, or what should be one, where topics have lists: it may be a prompt, and nothing says so."""
    if not any(isinstance(inner, list | Mapping) for inner in value.values()):
        return
    for name, inner in value.items():
        if not isinstance(inner, list | Mapping) and fold(name) not in _NEVER:
            raise _no_rows(file, inner, f"{where}/{name}" if where else name)


_KINDS: Final[Mapping[type, str]] = {str: "a text", bool: "true or false", type(None): "null"}


def _no_rows(file: str, value: object, where: str) -> DataError:
    kind = _KINDS.get(type(value), "a number")
    return DataError(f"{file} holds {kind} at {where or 'its top'} and not a list of rows.")
