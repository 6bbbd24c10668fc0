"""What may be opened as a store, and what is left exactly as it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.store import VIEWS, Store
from harness.store import connection as connection_module
from harness.store.migrations import APPLICATION_ID, MIGRATIONS, SQL_FILES
from harness_base.errors import DiskError, OutsideError, StoreError


def files_beside(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def refused(path: Path) -> str:
    """The message with which the file is refused, after checking that nothing in its folder changed."""
    before = files_beside(path)
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert files_beside(path) == before
    return str(caught.value)


def test_a_missing_store_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "harness.db"
    Store.open(path).close()
    assert path.read_bytes().startswith(b"SQLite format 3\0")


def test_a_missing_store_is_not_made_for_a_reader(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        Store.open(tmp_path / "harness.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_no_store_for_a_reader(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreError, match="not a SQLite database"):
        Store.open(path, create=False)


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with Store.open(path) as store:
        assert store.views.rows("run_overview") == []


def test_a_store_is_marked_as_ours_and_writes_ahead(store: Store, read: sqlite3.Connection) -> None:
    assert read.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert read.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_closing_a_store_leaves_one_file(tmp_path: Path) -> None:
    Store.open(tmp_path / "harness.db").close()
    assert [file.name for file in tmp_path.iterdir()] == ["harness.db"]


@pytest.mark.parametrize("content", [b"question,answer\n1,2\n", b"\x00" * 200, b"SQLite format 2\0" + b"\0" * 100])
def test_a_file_of_another_kind_is_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert "not a SQLite database" in refused(path)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_of_another_program_is_left_as_it_was(path: Path, journal: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"PRAGMA journal_mode = {journal}")
        other.execute("CREATE TABLE runs (id INTEGER)")
    other.close()
    assert "another program" in refused(path)


def test_a_store_of_a_newer_version_is_left_as_it_was(path: Path) -> None:
    Store.open(path).close()
    with sqlite3.connect(path) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('harness', '0099_future', '')"
        )
    newer.close()
    message = refused(path)
    assert "newer version" in message
    assert "0099_future" in message


def test_a_store_whose_pages_are_rubbish_is_reported_as_damaged(path: Path) -> None:
    Store.open(path).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert "damaged" in refused(path)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_disk_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file, not a folder")
    with pytest.raises(DiskError):
        Store.open(tmp_path / "runs" / "deep" / "harness.db")


def test_a_folder_that_cannot_be_written_is_a_disk_error() -> None:
    """/proc refuses new files, even those of root."""
    with pytest.raises(DiskError):
        Store.open(Path("/proc/harness.db"))


def test_two_programs_may_make_the_same_store_at_once(path: Path) -> None:
    errors: list[Exception] = []
    barrier = threading.Barrier(4)

    def make() -> None:
        barrier.wait()
        try:
            Store.open(path).close()
        except (OutsideError, StoreError, sqlite3.Error) as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Store.open(path) as store:
        assert store.views.rows("run_overview") == []


def test_opening_again_applies_no_migration_twice(path: Path, store: Store, read: sqlite3.Connection) -> None:
    Store.open(path).close()
    names = [name for (name,) in read.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    assert names == [name.removesuffix(".sql") for name in SQL_FILES]


def test_a_migration_that_fails_leaves_the_store_without_it(
    path: Path, store: Store, read: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(db: object) -> None:
        raise RuntimeError("no")

    known = type(MIGRATIONS)("harness")
    known._migrations = [*MIGRATIONS._migrations]
    known(name="0098_later")(lambda db: db.conn.execute("CREATE TABLE later (id INTEGER)"))
    known(name="0099_failing")(failing)
    monkeypatch.setattr(connection_module, "MIGRATIONS", known)
    with pytest.raises(RuntimeError):
        Store.open(path)
    assert read.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (len(SQL_FILES),)
    assert read.execute("SELECT count(*) FROM sqlite_master WHERE name = 'later'").fetchone() == (0,)


def test_a_lock_that_another_program_holds_is_an_outside_error(
    path: Path, store: Store, read: sqlite3.Connection
) -> None:
    read.execute("BEGIN IMMEDIATE")
    store.file.connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(OutsideError, match="locked by another program"):
        store.runs.finish(1, status="done", outcome="")


def test_a_full_disk_is_a_disk_error_and_keeps_what_was_written(store: Store, run_id: int) -> None:
    (pages,) = store.file.connection.execute("PRAGMA page_count").fetchone()
    store.file.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskError, match="full"):
        store.runs.finish(run_id, status="done", outcome="x" * 100_000)
    (overview,) = store.views.rows("run_overview")
    assert overview["status"] == "running"


def test_a_killed_writer_loses_only_its_open_transaction(path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from harness.store import Store\n"
        "from harness.store.example import write_example_run\n"
        "store = Store.open(Path(sys.argv[1])); run = write_example_run(store, ending='interrupted')\n"
        "with store.file.writing() as connection:\n"
        "    connection.execute('DELETE FROM rounds'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False, env=environment)
    assert killed.returncode == -signal.SIGKILL
    with Store.open(path) as store:
        assert [row["round"] for row in store.views.rows("round_overview")] == [1, 2]


OF_NO_RUN = ("baseline_overview", "calibration_overview", "examination_overview")


@pytest.mark.parametrize("view", [view for view in VIEWS if view not in OF_NO_RUN])
def test_every_view_answers_and_names_its_run(store: Store, example: int, view: str) -> None:
    rows = store.views.rows(view, run_id=example)
    assert {row["run"] for row in rows} == {"quiet-lark"}


def test_the_list_of_views_is_that_of_the_file(store: Store, read: sqlite3.Connection) -> None:
    found = {name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    assert found == set(VIEWS)


def test_every_foreign_key_points_to_a_row_with_a_label(store: Store, read: sqlite3.Connection) -> None:
    """Datasette shows the `name` of the row that a key points to, or the other column of a table with two."""
    tables = [name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    targets = {row[2] for table in tables for row in read.execute(f"PRAGMA foreign_key_list({table})")}
    labelled = {
        table
        for table in targets
        for columns in [[row[1] for row in read.execute(f"PRAGMA table_info({table})")]]
        if "name" in columns or len(columns) == 2
    }
    assert targets - labelled == {"responses", "revisions", "proposals", "constitution_members"}


def test_every_foreign_key_has_an_index(store: Store, read: sqlite3.Connection) -> None:
    tables = [name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    missing = []
    for table in tables:
        indexed = {
            read.execute(f"PRAGMA index_info({index[1]})").fetchone()[2]
            for index in read.execute(f"PRAGMA index_list({table})").fetchall()
        }
        keys = [row[3] for row in read.execute(f"PRAGMA foreign_key_list({table})")]
        missing += [f"{table}.{key}" for key in keys if key not in indexed]
    assert missing == []


def test_a_store_of_the_version_before_keeps_what_it_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scores are shares, as all were then, and nothing was kept from training."""
    earlier = type(MIGRATIONS)("harness")
    earlier._migrations = [one for one in MIGRATIONS._migrations if one.name < "0003"]
    with monkeypatch.context() as before:
        before.setattr(connection_module, "MIGRATIONS", earlier)
        Store.open(path).close()
    with sqlite3.connect(path) as old:
        old.execute(
            "INSERT INTO runs (id, name, model, oracle, seed, practice, started_at, config, environment)"
            " VALUES (1, 'old', 'm', 'o', 0, 1, '2026-01-01T00:00:00Z', '{}', '{}')"
        )
        old.execute(
            "INSERT INTO evaluations (id, run_id, name, subject, split, seconds, measured_at, fingerprint)"
            " VALUES (1, 1, 'base', 'base', 'gate', 1, '2026-01-01T00:00:00Z', '{\"torch\": \"2\"}')"
        )
        old.execute(
            "INSERT INTO scores (evaluation_id, name, task, metric, value, status, reason, items, invalid_items,"
            " higher_is_better) VALUES (1, 't/acc', 't', 'acc', 0.5, 'valid', '', 2, 0, 1)"
        )
    with Store.open(path) as store:
        (score,) = store.views.rows("run_scores", run_id=1)
        assert (score["value"], score["unit"], score["family"], score["truncated_items"]) == (0.5, "share", "", 0)
        assert score["fingerprint"] == '{"torch": "2"}'
        assert store.views.rows("contamination", run_id=1) == []
        assert store.evaluations.of_run(1, subject="base", split="gate").scores[0].unit == "share"  # type: ignore[union-attr]
