"""Only views are read, of a store that stays as it is; what is no store gets one sentence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from harness.store import Store
from harness.store.example import write_example_run
from harness_base.errors import StoreError
from reports.data.reading import opened


def test_reading_leaves_the_store_and_its_folder_as_they_were(store_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in store_path.parent.iterdir()}
    with opened(store_path, "latest") as views:
        assert views.rows("run_scores")
    assert {file.name: file.read_bytes() for file in store_path.parent.iterdir()} == before


def test_reading_refuses_to_write(store_path: Path) -> None:
    with opened(store_path, "latest") as views, pytest.raises(sqlite3.OperationalError, match="readonly"):
        views._connection.execute("DELETE FROM runs")


def test_a_run_can_be_read_while_another_program_writes(tmp_path: Path) -> None:
    path = tmp_path / "harness.db"
    with Store.open(path) as store:
        run_id = write_example_run(store)
        store.file.connection.execute("BEGIN IMMEDIATE")
        store.file.connection.execute("DELETE FROM runs")
        with opened(path, "latest") as views:
            assert views.rows("run_overview")[0]["run_id"] == run_id
        store.file.connection.execute("ROLLBACK")


def test_latest_is_the_run_that_was_started_last(store_path: Path) -> None:
    with opened(store_path, "latest") as views:
        assert views.rows("run_overview")[0]["run"] == "complete"


def test_only_the_rows_of_the_run_are_read(store_path: Path) -> None:
    with opened(store_path, "interrupted") as views:
        assert {row["run"] for row in views.rows("run_scores")} == {"interrupted"}


def test_an_unknown_run_is_answered_with_the_last_ones(store_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="no run named nobody; its last runs are: complete, no_final"),
        opened(store_path, "nobody"),
    ):
        pass


def test_a_missing_store_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store at"), opened(tmp_path / "harness.db", "latest"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_runs_says_so(tmp_path: Path) -> None:
    Store.open(tmp_path / "harness.db").close()
    with pytest.raises(StoreError, match="none yet"), opened(tmp_path / "harness.db", "latest"):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("a note that is long enough to have had a header, were it a database " * 10)
    with pytest.raises(StoreError, match=r"notes\.txt is not a store"), opened(path, "latest"):
        pass


def test_a_database_without_the_views_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE runs (id INTEGER)")
    other.close()
    with pytest.raises(StoreError, match=r"other\.db .*no such table"), opened(path, "latest"):
        pass
