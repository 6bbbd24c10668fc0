"""The way in: from a path to rows, by the form that its ending says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness_base.errors import DataError
from harness_base.rows.content import LINE_END, decode_lines, form_of, unpacked
from harness_base.rows.jsons import json_rows, jsonl_rows, several_values
from harness_base.rows.source import NamedRow, Reading, Source
from harness_base.rows.tables import delimited, parquet

_SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods")


def read_rows(path: Path, reading: Reading) -> Iterator[NamedRow]:
    """The rows of the file at `path`, whose ending says its form; `.gz` after it says that it is compressed.

    Raises DataError when it can't be read, is empty, or is not of the form that its ending says.
    """
    if not path.is_file():
        raise _no_file(path, reading.what)
    name = f"The {reading.what} {path}"
    ending = form_of(path)
    if ending in _SPREADSHEETS:
        raise DataError(f"{name} is a spreadsheet: save its sheet as CSV (UTF-8), and name that.")
    reader = _READERS.get(ending)
    if reader is None:
        raise DataError(f"{name} has an unknown form {ending!r}: name it by its form, one of {', '.join(_READERS)}.")
    content = unpacked(path, name)
    if not content.strip():
        raise DataError(f"{name} is empty: give one with at least one row.")
    return reader(Source(name, content, reading))


def _no_file(path: Path, what: str) -> DataError:
    if path.is_dir():
        return DataError(f"There is no {what} {path}: it is a folder, so name a file in it.")
    return DataError(f"There is no {what} {path}: check its name.")


def _lines(source: Source) -> Iterator[NamedRow]:
    """A row on each line, or what the lines hold where they are JSON."""
    text = decode_lines(source)
    if several_values(text):
        yield from jsonl_rows(source)
        return
    for number, line in enumerate(LINE_END.split(text), start=1):
        # Blank lines set groups of prompts apart; they are not empty prompts.
        if line.strip():
            yield (f"line {number}", line)


_READERS: Mapping[str, Callable[[Source], Iterator[NamedRow]]] = {
    ".json": json_rows,
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".csv": delimited(","),
    ".tsv": delimited("\t"),
    ".parquet": parquet,
    ".txt": _lines,
    ".md": _lines,
}
