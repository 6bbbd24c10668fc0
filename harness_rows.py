"""Reading a file of rows into (name, value) pairs, whatever its form: red-team prompts and benchmark data alike.

It stands beside the packages for the same reason as `harness_errors`: two of them read such files, and neither may
import the other. A row's name is what a message calls it ("line 3", "row 2", "entry 5 of Topic/Subtopic"); a value is
a text, an object with columns, or null.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness_errors import DataError

Row = tuple[str, Any]
Object = Mapping[str, Any]


def _each_object(_: Object) -> bool:
    return True


def _all_columns(_: Sequence[str]) -> str | None:
    return None


@dataclass(frozen=True)
class Reading:
    """How to read. `what` names the kind of file in messages.

    `is_row` tells an object of nested JSON that is a row from a topic with rows below it. `only_column` picks the one
    column that is wanted of a table where reading all of them would be wasteful; None takes all.
    """

    what: str
    is_row: Callable[[Object], bool] = _each_object
    only_column: Callable[[Sequence[str]], str | None] = _all_columns
    list_key: str | None = None


@dataclass(frozen=True)
class _File:
    """A file's content with the words that name it in messages."""

    name: str
    content: bytes
    reading: Reading


def read_rows(path: Path, reading: Reading) -> Iterator[Row]:
    """The rows of the file at `path`, whose ending says its form; `.gz` after it says that it is compressed.

    Raises DataError when it can't be read, is empty, or is not of the form that its ending says.
    """
    if not path.is_file():
        raise DataError(f"There is no {reading.what} {path}: check its name.")
    name = f"The {reading.what} {path}"
    endings = [ending.lower() for ending in path.suffixes]
    ending = endings[-2] if endings[-1:] == [".gz"] and len(endings) > 1 else path.suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise DataError(f"{name} has an unknown form {ending!r}: name it by its form, one of {', '.join(_READERS)}.")
    content = _content(path, name)
    if not content.strip():
        raise DataError(f"{name} is empty: give one with at least one row.")
    return reader(_File(name, content, reading))


def _content(path: Path, name: str) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix.lower() == ".gz" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{name} is no whole gzip file ({error}): it may be truncated.") from None
    except OSError as error:
        raise DataError(f"{name} can't be read: {error.strerror or error}.") from None


def _decode(file: _File) -> str:
    content = file.content
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(f"{file.name} is not UTF-8 at line {line}: save it as UTF-8.") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{file.name} is not text: there is a NUL character in line {line}.")
    return text


def _json(file: _File) -> Iterator[Row]:
    value, key = _load(file, _decode(file)), file.reading.list_key
    if key and isinstance(value, dict):
        if not isinstance(value.get(key), list):
            raise DataError(f"{file.name} has no list {key!r}: it is another file, or of another form.")
        value = value[key]
    return _walk(file, value, "")


def _load(file: _File, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"{file.name} is not whole JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except (ValueError, RecursionError):
        raise DataError(f"{file.name} holds JSON that is nested too deeply or numbers too long to read.") from None


def _walk(file: _File, value: Any, where: str) -> Iterator[Row]:
    """The rows of JSON: the entries of its lists, however deeply their topics are nested."""
    if isinstance(value, list):
        inside = f" of {where}" if where else ""
        yield from ((f"entry {number}{inside}", entry) for number, entry in enumerate(value, start=1))
    elif isinstance(value, dict) and not file.reading.is_row(value):
        if not any(isinstance(inner, list | dict) for inner in value.values()):
            yield (where or "the top object", value)
            return
        for name, inner in value.items():
            yield from _walk(file, inner, f"{where}/{name}" if where else name)
    elif isinstance(value, dict):
        yield (where or "the top object", value)
    else:
        raise DataError(f"{file.name} holds {_kind(value)} at {where or 'its top'} and not a list of rows.")


def _kind(value: Any) -> str:
    return {str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")


def _jsonl(file: _File) -> Iterator[Row]:
    text = _decode(file)
    # The hub's red-team attempts are named .jsonl and are one JSON list.
    if text.lstrip().startswith("["):
        yield from _walk(file, _load(file, text), "")
        return
    # Not `splitlines`: it would also break at separators that may stand inside a JSON text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield (f"line {number}", json.loads(line))
        except (ValueError, RecursionError):
            raise DataError(f"{file.name} has no whole JSON in line {number}: it may be truncated.") from None


def _delimited(delimiter: str) -> Callable[[_File], Iterator[Row]]:
    def read(file: _File) -> Iterator[Row]:
        lines = csv.DictReader(io.StringIO(_decode(file), newline=""), delimiter=delimiter, strict=True)
        try:
            for values in lines:
                where = f"line {lines.line_num}"
                # The csv module names missing cells and columns with None.
                if None in values or None in values.values():
                    raise DataError(f"{file.name} has not as many cells in {where} as columns: it may be truncated.")
                yield (where, values)
        except csv.Error as error:
            raise DataError(f"{file.name} is no whole table at line {lines.reader.line_num}: {error}.") from None

    return read


def _parquet(file: _File) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table_file = pq.ParquetFile(pa.BufferReader(file.content))
        column = file.reading.only_column(table_file.schema_arrow.names)
        table = table_file.read(columns=[column] if column else None)
    except (pa.ArrowException, OSError) as error:
        detail = str(error).splitlines()[0][:120]
        raise DataError(f"{file.name} is no whole Parquet file: {detail}.") from None
    yield from ((f"row {number}", values) for number, values in enumerate(table.to_pylist(), start=1))


def _lines(file: _File) -> Iterator[Row]:
    for number, line in enumerate(_decode(file).split("\n"), start=1):
        # Blank lines set groups of prompts apart; they are not empty prompts.
        if line.strip():
            yield (f"line {number}", line)


_READERS: Mapping[str, Callable[[_File], Iterator[Row]]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".csv": _delimited(","),
    ".tsv": _delimited("\t"),
    ".parquet": _parquet,
    ".txt": _lines,
}
