"""A set in a folder: where its file is, its rows, and what is expected of them as a whole."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from harness_base.errors import DataError
from harness_base.rows import Reading, read_rows
from harness_base.types import Row
from tasks.data.manifest import Entry, content_hash, read_manifest
from tasks.data.sets import DataSet
from tasks.data.shapes import Shape

ACCEPTED = "accepted by hand"
"""The source of rows that a user has recorded as what is meant."""


class Rows(list[Row]):
    """Rows as lm-eval expects a data set's split: a sequence that knows the names of its columns.

    `places` says of each row where it stands, in the words of an error: file and line. `accepted` says that they are
    not what was published or fetched, and that somebody has recorded them as what is meant.
    """

    def __init__(self, rows: list[Row], places: list[str], *, accepted: bool = False) -> None:
        super().__init__(rows)
        self.places = places
        self.accepted = accepted

    @property
    def features(self) -> dict[str, str]:
        return {name: type(value).__name__ for name, value in self[0].items()}


@dataclass(frozen=True)
class FoundSet:
    """A set's rows at a place, with their content hash.

    `expected` is their number and hash, the hash empty where nobody has measured it; None where they are what was
    published.
    """

    file: Path
    rows: Rows
    sha256: str
    expected: tuple[int, str] | None = None

    @property
    def is_as_expected(self) -> bool:
        if self.expected is None:
            return True
        rows, sha256 = self.expected
        return rows == len(self.rows) and sha256 in ("", self.sha256)


def default_cache() -> Path:
    """Where fetched data is kept unless the user says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iteralign-harness" / "data"


def find(dataset: DataSet, folder: Path) -> Path | None:
    """The set's file in a folder, in whichever of its layouts."""
    return next((folder / name for name in dataset.layouts if (folder / name).is_file()), None)


def read_set(dataset: DataSet, folder: Path) -> FoundSet:
    """Read and check every row of the set in a folder, and say what was expected of the whole.

    Raises DataError for a missing file and for each flaw of a row.
    """
    file = find(dataset, folder)
    if file is None:
        others = ", ".join([name for name in dataset.layouts if name != dataset.file][:3])
        raise DataError(
            f"{folder / dataset.file} does not exist, nor does {dataset.name} as {others} in that folder: copy it "
            f"there, or leave --data-dir out and run `harness data prefetch {dataset.name}`."
        )
    rows = rows_of(file, dataset.reading, dataset.shape)
    sha256 = content_hash(rows)
    entry = read_manifest(folder).get(dataset.name)
    if (len(rows), sha256) == (dataset.rows, dataset.sha256):
        return FoundSet(file, rows, sha256)
    rows.accepted = entry is not None and entry.source == ACCEPTED
    return FoundSet(file, rows, sha256, _expected(dataset, entry, file))


def rows_of(file: Path, reading: Reading, shape: Shape) -> Rows:
    """The rows of a file in their shape, each with an id: its own, else its number. Raises DataError."""
    rows: list[Row] = []
    places: list[str] = []
    for number, (row_name, value) in enumerate(read_rows(file, reading), start=1):
        places.append(f"{file}, {row_name}")
        rows.append({"id": str(number), **shape(value, places[-1])})
    if not rows:
        raise DataError(f"{file} holds no rows: fetch or copy the file again.")
    _check_ids(rows, places)
    return Rows(rows, places)


def _expected(dataset: DataSet, entry: Entry | None, file: Path) -> tuple[int, str] | None:
    """Rows and hash of what was recorded in the folder, else of what the authors published."""
    if entry:
        return entry.rows, entry.sha256
    published = getattr(dataset.source, "file_sha256", "")
    if published and hashlib.sha256(file.read_bytes()).hexdigest() == published:
        return None
    return dataset.rows, dataset.sha256


def _check_ids(rows: list[Row], places: list[str]) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        first = seen.setdefault(row["id"], number)
        if first != number:
            raise DataError(
                f"{places[first]} and {places[number]} have the same id {row['id']!r}: make each id unique."
            )
