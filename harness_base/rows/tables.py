"""Rows of tables: CSV and its kin, whatever parts their cells, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from harness_base.errors import DataError
from harness_base.rows.content import decode_lines
from harness_base.rows.source import NamedRow, Source

_DELIMITERS = (",", "\t", ";", "|")
_LONGEST_CELL = 2**31 - 1
"""Characters; the csv module's own limit of 131,072 is for the memory of another time."""


@dataclass(frozen=True)
class _Dialect:
    """How cells are parted.

    `spaced` says that blanks follow the delimiter, `declared` that the first line only names it, and `bare` that
    quotation marks are letters like others.
    """

    delimiter: str
    spaced: bool = False
    declared: bool = False
    bare: bool = False


class _Lines(Protocol):
    """What `csv.reader` gives: the cells of each line, and how far it has read."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


def delimited(usual: str) -> Callable[[Source], Iterator[NamedRow]]:
    """A reader of tables whose cells are parted by `usual`, or by what parts the cells of their header."""

    def read(source: Source) -> Iterator[NamedRow]:
        text = decode_lines(source)
        dialect = _dialect(text, usual)
        before = csv.field_size_limit(_LONGEST_CELL)
        try:
            return iter(_rows(source, text, dialect))
        finally:
            csv.field_size_limit(before)

    return read


def _rows(source: Source, text: str, dialect: _Dialect) -> list[NamedRow]:
    lines = _reader(text, dialect)
    try:
        return list(_named(source, lines))
    except csv.Error as error:
        # By its own standard a table of tabs knows no quotes: they belong to the cells.
        if dialect.delimiter == "\t" and not dialect.bare:
            return _rows(source, text, replace(dialect, bare=True))
        raise DataError(f"{source.name} is no whole table at line {lines.line_num}: {error}.") from None


def _reader(text: str, dialect: _Dialect) -> _Lines:
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        skipinitialspace=dialect.spaced,
        quoting=csv.QUOTE_NONE if dialect.bare else csv.QUOTE_MINIMAL,
        strict=True,
    )
    if dialect.declared:
        next(lines)
    return lines


def _named(source: Source, lines: _Lines) -> Iterator[NamedRow]:
    header = [name.strip() for name in next(filter(None, lines), [])]
    for cells in lines:
        if not cells:
            continue
        where = f"line {lines.line_num}"
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            raise DataError(f"{source.name} has not as many cells in {where} as columns: it may be truncated.")
        yield (where, _by_name(header, cells))


def _by_name(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A row's cells by their columns; of columns with one name, the first cell that is not empty."""
    row: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if not row.get(name, "").strip():
            row[name] = cell
    return row


def _dialect(text: str, usual: str) -> _Dialect:
    """What Excel's own first line, `sep=;`, says; else what parts most cells of the header."""
    first = next(filter(str.strip, io.StringIO(text, newline="")), "").strip("\r\n")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return _Dialect(first[-1], declared=True)
    tried = sorted(_DELIMITERS, key=lambda delimiter: delimiter != usual)
    best = max(tried, key=lambda delimiter: _cells(first, delimiter))
    return _Dialect(best, spaced=f"{best} " in first)


def _cells(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), []))
    except csv.Error:
        return 0


def parquet(source: Source) -> Iterator[NamedRow]:
    """The rows of a Parquet file, of which only the wanted columns are read."""
    from pyarrow import ArrowException, BufferReader
    from pyarrow import parquet as arrow_parquet

    try:
        table_file = arrow_parquet.ParquetFile(BufferReader(source.content))
        columns = source.reading.columns(table_file.schema_arrow.names)
        table = table_file.read(columns=list(columns) if columns else None)
    except (ArrowException, OSError) as error:
        detail = str(error).splitlines()[0][:120]
        raise DataError(f"{source.name} is no whole Parquet file: {detail}.") from None
    yield from ((f"row {number}", values) for number, values in enumerate(table.to_pylist(), start=1))
