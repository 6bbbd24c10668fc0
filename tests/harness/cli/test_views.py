"""Reading the store for the commands, and what is said after Ctrl-C."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cli.align import _what_is_left
from harness.cli.views import open_store, run, run_that_began
from harness.config.schema import RunConfig

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_json_columns_are_read(runs_dir: Path) -> None:
    with open_store(runs_dir / "harness.db") as store:
        found = run(store, "calm-heron")
    assert found["config"]["name"] == "calm-heron"
    assert found["skipped_reasons"] == {"longer than the context window": 2}


def test_the_run_that_began_is_the_last_one_since_then(runs_dir: Path) -> None:
    store = runs_dir / "harness.db"
    assert run_that_began(store, None, LONG_AGO) == "brave-otter"
    assert run_that_began(store, None, soon()) is None


def test_a_named_run_is_found_however_old_it_is(runs_dir: Path) -> None:
    """A resumed run began long ago."""
    assert run_that_began(runs_dir / "harness.db", "calm-heron", soon()) == "calm-heron"
    assert run_that_began(runs_dir / "harness.db", "other-name", LONG_AGO) is None


def test_an_interrupted_run_can_be_looked_at_and_resumed(runs_dir: Path) -> None:
    said = _what_is_left(RunConfig(runs_dir=runs_dir), LONG_AGO)
    assert f"`harness show brave-otter --runs-dir {runs_dir}`" in said
    assert f"`harness align-and-eval --resume brave-otter --runs-dir {runs_dir}`" in said


def test_an_interruption_before_anything_was_written_says_so(tmp_path: Path, runs_dir: Path) -> None:
    assert "nothing was written" in _what_is_left(RunConfig(runs_dir=tmp_path / "none"), LONG_AGO)
    assert "nothing was written" in _what_is_left(RunConfig(runs_dir=runs_dir), soon())


def test_a_store_that_can_not_be_read_does_not_hide_the_interruption(tmp_path: Path) -> None:
    (tmp_path / "harness.db").write_text("no store")
    assert "interrupted" in _what_is_left(RunConfig(runs_dir=tmp_path), LONG_AGO)
