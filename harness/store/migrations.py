"""How a file becomes a store, and an older store a newer one: one migration a SQL file, in order, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from importlib import resources

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x69744148
"""Marks a SQLite file as a store of this program ("itAH" in the file's header)."""

_SQL = resources.files("harness.store").joinpath("sql")
SQL_FILES = tuple(sorted(file.name for file in _SQL.iterdir() if file.name.endswith(".sql")))
"""Every file of the folder, in the order of its number: a new one is a new migration. None is ever changed."""


def statements(script: str) -> Iterator[str]:
    """Split a SQL script into its statements; sqlite3's own `executescript` would commit the transaction around it."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def _from_file(name: str) -> Callable[[Database], None]:
    def migrate(db: Database) -> None:
        script = _SQL.joinpath(name).read_text(encoding="utf-8")
        for statement in statements(script):
            db.conn.execute(statement)

    return migrate


def _all_migrations() -> Migrations:
    migrations = Migrations("harness")
    for name in SQL_FILES:
        migrations(name=name.removesuffix(".sql"))(_from_file(name))
    return migrations


MIGRATIONS = _all_migrations()


def unknown_migrations(db: Database) -> list[str]:
    """The migrations that the file has seen and this program does not know: a newer version has written it."""
    known = {name.removesuffix(".sql") for name in SQL_FILES}
    return [migration.name for migration in MIGRATIONS.applied(db) if migration.name not in known]
