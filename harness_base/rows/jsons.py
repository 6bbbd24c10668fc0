"""Rows of JSON: one value, one on each line, or several after one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from harness_base.errors import DataError
from harness_base.rows.content import LINE_END, decode
from harness_base.rows.source import NamedRow, Source
from harness_base.types import Json

_Named = list[NamedRow]
_BLANK = re.compile(r"\s*")


def json_rows(source: Source) -> Iterator[NamedRow]:
    """The rows of a file named .json, which may be JSON lines by its content."""
    text = decode(source)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        several = _several(text)
        if several is None:
            raise DataError(
                f"{source.name} is not whole JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from None
        return _each(source, several)
    except (ValueError, RecursionError):
        raise DataError(f"{source.name} holds JSON that is nested too deeply or numbers too long to read.") from None
    return _whole(source, value)


def jsonl_rows(source: Source) -> Iterator[NamedRow]:
    """The rows of a file of JSON lines, which may also be one JSON value, or several over many lines each."""
    text = decode(source)
    # The hub's red-team attempts are named .jsonl and are one JSON list.
    if text.lstrip().startswith("["):
        value = _value(text)
        if value is not None:
            return _whole(source, value)
    values: _Named = []
    for number, line in enumerate(LINE_END.split(text), start=1):
        if not line.strip():
            continue
        try:
            values.append((f"line {number}", json.loads(line)))
        except (ValueError, RecursionError):
            several = _several(text)
            if several is None:
                raise DataError(f"{source.name} has no whole JSON in line {number}: it may be truncated.") from None
            return _each(source, several)
    return _each(source, values)


def several_values(text: str) -> bool:
    """Whether a text is JSON through and through: a list, or objects after one another."""
    if text.lstrip()[:1] not in ("[", "{"):
        return False
    return _value(text) is not None or _several(text) is not None


def _value(text: str) -> Json:
    """The one value that a text is; None where it is none, or null."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _several(text: str) -> _Named | None:
    """The objects and lists that follow one another in a text, named by the lines they begin in; None if not whole."""
    decoder, at, line = json.JSONDecoder(), 0, 1
    values: _Named = []
    while True:
        blank = _BLANK.match(text, at)
        start = blank.end() if blank else at
        if start == len(text):
            return values or None
        line += len(LINE_END.findall(text[at:start]))
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict | list):
            return None
        values.append((f"line {line}", value))
        line += len(LINE_END.findall(text[start:end]))
        at = end


def _whole(source: Source, value: object) -> Iterator[NamedRow]:
    key, search = source.reading.list_key, source.reading.search
    if key and isinstance(value, dict):
        if not isinstance(value.get(key), list):
            raise DataError(f"{source.name} has no list {key!r}: it is another file, or of another form.")
        value = value[key]
    return iter(search(source.name, "", value, True)) if search else _walk(source, value, "")


def _each(source: Source, values: _Named) -> Iterator[NamedRow]:
    search = source.reading.search
    if search is None:
        yield from values
        return
    for where, value in values:
        yield from search(source.name, where, value, len(values) == 1)


def _walk(source: Source, value: object, where: str) -> Iterator[NamedRow]:
    """The rows of JSON: the entries of its lists, however deeply their topics are nested."""
    if isinstance(value, list):
        yield from entries(value, where)
    elif isinstance(value, dict) and not source.reading.is_row(value):
        if not any(isinstance(inner, list | dict) for inner in value.values()):
            yield (where or "the top object", value)
            return
        for name, inner in value.items():
            yield from _walk(source, inner, f"{where}/{name}" if where else name)
    elif isinstance(value, dict):
        yield (where or "the top object", value)
    else:
        raise no_rows(source.name, value, where)


def entries(values: Iterable[Json], where: str) -> Iterator[NamedRow]:
    """The entries of a list with their names."""
    inside = f" of {where}" if where else ""
    return ((f"entry {number}{inside}", value) for number, value in enumerate(values, start=1))


def no_rows(name: str, value: object, where: str) -> DataError:
    """That a single text, number or null stands where rows are looked for."""
    kind = {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
    return DataError(f"{name} holds {kind} at {where or 'its top'} and not a list of rows.")
