"""What a folder of data is known to hold: rows and content hash of each set, in `manifest.json` beside the files."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness_base.errors import DataError
from harness_base.files import write_whole
from harness_base.types import Fields

MANIFEST = "manifest.json"
CANT_WRITE = "{path} can't be written ({reason}): free space or check its rights."
"""What is said where a folder of data can't be written."""


@dataclass(frozen=True)
class Entry:
    """One set of a folder: `source` and `revision` say where it came from, `recorded_at` when (UTC, ISO 8601)."""

    file: str
    rows: int
    sha256: str
    source: str
    revision: str
    recorded_at: str


def content_hash(rows: Iterable[Fields]) -> str:
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


def _entry(values: Fields) -> Entry:
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
    write_whole(folder / MANIFEST, text + "\n", make_folder=True, failure=CANT_WRITE)
    return entry
