"""Writing files so that a reader never finds half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from harness_base.errors import DiskError

CANT_WRITE: Final = "Can't write {path} ({reason}); choose another place."


def write_whole(path: Path, content: bytes | str, *, make_folder: bool = False, failure: str = CANT_WRITE) -> None:
    """Write a file aside, flush it to the disk and rename it: `path` then holds all of `content`, or what it held.

    Text is written as UTF-8. With `make_folder`, the folders above it are made too. Raises DiskError with the sentence
    `failure`, in which `{path}` and `{reason}` are filled in.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with disk_errors(path, failure):
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with aside.open("wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path, failure: str = CANT_WRITE) -> Iterator[None]:
    """Inside, an OSError becomes a DiskError with the sentence `failure`, as in `write_whole`."""
    try:
        yield
    except OSError as error:
        raise DiskError(failure.format(path=path, reason=error.strerror or error)) from error
