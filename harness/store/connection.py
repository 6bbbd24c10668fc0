"""Opening the one file safely: is it ours, may we write it, and what SQLite's errors mean to a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from harness.store.migrations import APPLICATION_ID, MIGRATIONS, unknown_migrations
from harness_base.errors import DiskError, OutsideError, StoreError

BUSY_TIMEOUT_S = 30.0
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_DISK_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_BROKEN_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def open_database(path: Path, *, create: bool) -> Database:
    """Open the store at `path`, bring it up to date, and make it ready for writing.

    Raises StoreError when the file is missing (and `create` is false), is no store, or was written by a newer version;
    such a file is left exactly as it was. Raises DiskError when the file or its folder can't be written.
    """
    _check_file(path, create=create)
    with translated(path):
        db = Database(_connect(path))
        try:
            _check_version(db, path)
            _bring_up_to_date(db, path)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file at `path` into errors of this program; mistakes in our SQL pass through."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DISK_CODES:
            raise DiskError(
                f"Can't write the store {path} ({error}); free some space or choose a folder that can be written."
            ) from error
        if code in _BUSY_CODES:
            raise OutsideError(
                f"The store {path} has been locked by another program for {BUSY_TIMEOUT_S:.0f} s; "
                "wait until it is done and try again."
            ) from error
        if code in _BROKEN_CODES:
            raise StoreError(f"The store {path} is damaged ({error}); restore it from a copy.") from error
        raise


@contextmanager
def transaction(db: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """All or nothing, with the write lock taken at once: a lock taken late can't be waited for."""
    with translated(path):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db.conn
            db.conn.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


class StoreFile:
    """The open file behind a store: every read and every write of a subject goes through one of its two contexts."""

    def __init__(self, db: Database, path: Path) -> None:
        self.path = path
        self._db = db

    @property
    def connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._db.conn
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, with SQLite's errors as this program's."""
        with translated(self.path):
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection within one transaction."""
        with transaction(self._db, self.path) as connection:
            yield connection

    def close(self) -> None:
        self._db.close()


def _check_file(path: Path, *, create: bool) -> None:
    """Look at the file without SQLite, which may leave its own files beside a database that it merely opens."""
    try:
        if path.is_dir():
            raise StoreError(f"{path} is a folder, not a store; name a file in it, such as {path / 'harness.db'}.")
        if not path.exists():
            _check_missing(path, create=create)
            return
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise DiskError(f"Can't read the store {path} ({error.strerror}); check the path and its rights.") from error
    _check_header(path, header, create=create)


def _check_missing(path: Path, *, create: bool) -> None:
    if not create:
        raise StoreError(f"There is no store at {path}; `harness align-and-eval` makes one, or name another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(
            f"Can't make the folder {path.parent} for the store ({error.strerror}); choose another folder."
        ) from error


def _check_header(path: Path, header: bytes, *, create: bool) -> None:
    if not header and create:
        return  # an empty file is an empty database: what a run that was killed at its first moment leaves behind
    if not header.startswith(_MAGIC):
        raise StoreError(f"{path} is not a store: it is not a SQLite database; name another file.")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StoreError(f"{path} is a SQLite database of another program, not a store; name another file.")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _check_version(db: Database, path: Path) -> None:
    unknown = unknown_migrations(db)
    if unknown:
        raise StoreError(
            f"The store {path} was written by a newer version of this program (it has {unknown[-1]}); "
            "upgrade iteralign-harness or name another file."
        )


def _bring_up_to_date(db: Database, path: Path) -> None:
    if MIGRATIONS.pending(db):
        with transaction(db, path) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            MIGRATIONS.apply(db)
    if db.journal_mode != "wal":
        db.conn.execute("PRAGMA journal_mode = WAL")
    # Under WAL a commit that is lost to a power cut leaves the file whole; a run then resumes one step earlier.
    db.conn.execute("PRAGMA synchronous = NORMAL")
