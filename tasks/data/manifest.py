"""What a folder of data is known to hold: rows and content hash of each set, in `manifest.json` beside the files."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness_base.errors import DataError, DiskError

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Entry:
    """One set of a folder: `source` and `revision` say where it came from, `recorded_at` when (UTC, ISO 8601)."""

    file: str
    rows: int
    sha256: str
    source: str
    revision: str
    recorded_at: str


def content_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the rows' content: no path, no order of columns."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False, default=str).encode() + b"\n")
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, Entry]:
    """The entries of a folder by the sets' names; none where it has no manifest.

    Raises DataError for a manifest that can't be read: what it would have forbidden must not pass.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: _entry(entry) for name, entry in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"The manifest {path} can't be read ({error}): delete it, then record the folder again with "
            f"`harness data verify --data-dir {shlex.quote(str(folder))} --accept`."
        ) from None


def _entry(values: Mapping[str, Any]) -> Entry:
    entry = Entry(**values)
    for field, value in asdict(entry).items():
        if type(value) is not (int if field == "rows" else str):
            raise TypeError(f"{field} is {value!r}")
    return entry


def record(folder: Path, name: str, *, file: str, rows: int, sha256: str, source: str, revision: str) -> Entry:
    """Write down what the folder holds of a set. Raises DiskError."""
    entry = Entry(file, rows, sha256, source, revision, datetime.now(UTC).isoformat(timespec="seconds"))
    entries = {**read_manifest(folder), name: entry}
    text = json.dumps({key: asdict(value) for key, value in sorted(entries.items())}, indent=1)
    write_whole(folder / MANIFEST, text + "\n")
    return entry


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all. Raises DiskError."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise DiskError(
            f"{path} can't be written ({error.strerror or error}): free space or check its rights."
        ) from None
