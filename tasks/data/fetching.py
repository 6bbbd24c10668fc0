"""Fetching a set once, as one file from the hub or the web, into the cache, and recording what came."""

from __future__ import annotations

import hashlib
import json
import shlex
import tempfile
from pathlib import Path

from harness_base.errors import DataError, FetchError
from harness_base.files import write_whole
from tasks.data.manifest import CANT_WRITE, Entry, content_hash, read_manifest, record
from tasks.data.reading import Rows, default_cache, rows_of
from tasks.data.sets import DataSet, Hub


def fetch(dataset: DataSet, cache: Path) -> Entry:
    """Put the set into the cache and say what is there now. What was there before is only replaced by a whole set.

    Raises FetchError when it can't be had, DataError when it is not what it should be, and DiskError.
    """
    from tasks.data import downloads  # takes the hub's client with it

    read_manifest(cache)  # one that can't be read is told before anything is replaced
    with tempfile.TemporaryDirectory() as aside:
        try:
            file, revision = downloads.download(dataset, Path(aside))
        except downloads.FAILURES as error:
            raise _unreachable(dataset, cache, error) from error
        rows = _read(dataset, file)
        _check(dataset, file, rows)
    return _keep(dataset, cache, rows, revision)


def _keep(dataset: DataSet, cache: Path, rows: Rows, revision: str) -> Entry:
    """Write the rows into the cache, and down what they are."""
    sha256 = content_hash(rows)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(cache / dataset.kept_as, lines, make_folder=True, failure=CANT_WRITE)
    return record(
        cache,
        dataset.name,
        file=dataset.kept_as,
        rows=len(rows),
        sha256=sha256,
        source=dataset.origin,
        revision=revision,
    )


def _read(dataset: DataSet, file: Path) -> Rows:
    """The rows of what was downloaded; a flaw is told with the name that the file has at its publisher's."""
    try:
        return rows_of(file, dataset.reading, dataset.shape)
    except DataError as error:
        source = dataset.source
        called = f"{source.repo}/{source.file} on the hub" if isinstance(source, Hub) else source.url
        raise DataError(str(error).replace(str(file), called)) from None


def _check(dataset: DataSet, file: Path, rows: Rows) -> None:
    """A commit or a published file hash vouches for the content; without one it must be the content that is known."""
    published = dataset.source.file_sha256 if isinstance(dataset.source, Hub) else ""
    if published and (actual := hashlib.sha256(file.read_bytes()).hexdigest()) != published:
        raise DataError(
            f"The file fetched for {dataset.name} has the hash {actual}, not the published {published}: it was changed "
            "on its way; try again, or copy a file that you trust into a folder and name it with --data-dir."
        )
    if len(rows) != dataset.rows:
        raise DataError(
            f"The file fetched for {dataset.name} holds {len(rows):,} rows, not {dataset.rows:,}: its publisher has "
            "changed it; copy the earlier one into a folder and name it with --data-dir."
        )
    if not dataset.source.is_fixed and dataset.sha256 and (sha256 := content_hash(rows)) != dataset.sha256:
        raise DataError(
            f"What was fetched for {dataset.name} has the hash {sha256}, not the known {dataset.sha256}: its publisher "
            "has changed it; copy the earlier one into a folder and name it with --data-dir."
        )


def _unreachable(dataset: DataSet, cache: Path, error: Exception) -> FetchError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0][:200].rstrip(".")
    elsewhere = "" if cache == default_cache() else f" --cache-dir {shlex.quote(str(cache))}"
    return FetchError(
        f"{dataset.name} has to be fetched, and {dataset.origin} can't be had ({reason}): run `harness data prefetch "
        f"{dataset.name}{elsewhere}` where there is a network, or name a folder that holds it with --data-dir."
    )
