"""Where a set's rows come from: the user's folder, else the local cache, else the hub; always checked as a whole."""

from __future__ import annotations

import shlex
from pathlib import Path

from harness_base.errors import DataError
from tasks.data.fetching import fetch
from tasks.data.reading import FoundSet, Rows, default_cache, find, read_set
from tasks.data.sets import SETS, DataSet


def load(name: str, *, data_dir: str | None = None, cache_dir: str | None = None) -> Rows:
    """The rows of the set `name`.

    A folder that the user gave is the only place then; without one it is the cache, filled from the hub where it lacks
    the set. Raises DataError, with file and row, for what is missing or flawed, and with both hashes for a set that is
    another than expected; FetchError where it would have to be fetched and can't be.
    """
    dataset = SETS[name]
    if data_dir is not None:
        return _checked(dataset, read_set(dataset, _existing(dataset, Path(data_dir))), Path(data_dir)).rows
    cache = Path(cache_dir) if cache_dir else default_cache()
    if find(dataset, cache) is None:
        fetch(dataset, cache)
    return _checked(dataset, read_set(dataset, cache), cache).rows


def _existing(dataset: DataSet, folder: Path) -> Path:
    if not folder.is_dir():
        raise DataError(
            f"The data folder {folder} does not exist: give the folder that holds {dataset.file} with --data-dir."
        )
    return folder


def _checked(dataset: DataSet, found: FoundSet, folder: Path) -> FoundSet:
    if found.is_as_expected:
        return found
    rows, sha256 = found.expected or (0, "")
    known = f"{rows:,} with {sha256}" if sha256 else f"{rows:,}"
    raise DataError(
        f"{found.file} is not the {dataset.name} that is expected: it holds {len(found.rows):,} rows with the hash "
        f"{found.sha256}, and should hold {known}; fetch it again, or if the change is meant, record it "
        f"with `harness data verify --data-dir {shlex.quote(str(folder))} --accept {dataset.name}`."
    )
