"""Each mistake through the real command line: one sentence on stderr, the right exit code, nothing written."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from harness.cli.exit_codes import ExitCode

CHECK = ("config", "check")
ALIGN = ("align-and-eval",)


def assert_refused(finished, says: str, code: ExitCode = ExitCode.USER) -> None:
    assert finished.returncode == code, finished.stderr
    assert says in finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stderr.count("Error: ") == 1
    assert finished.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*ALIGN, "--set", "lerning_rate=1"), "did you mean training.learning_rate?"),
        ((*ALIGN, "--set", "seed"), "has no value: write --set KEY=VALUE"),
        ((*ALIGN, "--seed", "1", "--set", "seed=2"), "seed is set twice on the command line"),
        (
            (*ALIGN, "--recipe", "sandbix"),
            "choose one of lora-single-gpu, paper-llama2-7b, sandbox, sandbox-overtrained",
        ),
        ((*ALIGN, "--config", "none.yaml"), "none.yaml can't be read: No such file"),
        ((*ALIGN, "--seed", "x"), "seed must be a whole number"),
        ((*ALIGN, "--oracle-url", "http://127.0.0.1:1/v1"), "oracle.kind is embedded"),
        ((*ALIGN, "--oracle", "openai"), "needs oracle.url: give it with --oracle-url"),
        ((*ALIGN, "--model", "some-folder"), "--allow-practice"),
        ((*ALIGN, "--recipe", "lora-single-gpu"), "model.path is empty"),
        ((*ALIGN, "--resume", "calm-heron", "--seed", "1"), "beside --resume, give nothing but --runs-dir"),
        ((*ALIGN, "--resume", "calm-heron", "--recipe", "sandbox"), "beside --resume, give nothing but --runs-dir"),
        ((*ALIGN, "--resume", "calm-heron"), "There is no store at runs/harness.db"),
        (("eval", "--model", "some-folder"), "No task is named for some-folder: add --tasks"),
        (("eval", "--model", "some-folder", "--tasks", "sandbox_gate"), "--allow-practice"),
        (("runs",), "There is no store at runs/harness.db"),
        (("runs", "--runs-dir", "a", "--store", "b"), "--runs-dir and --store both name a store"),
        (("show", "latest"), "There is no store"),
        (("report", "latest"), "There is no store"),
        ((*CHECK, "--rounds", "0"), "loop.max_rounds must be at least 1, not '0'"),
        (("oracle", "serve", "--port", "70000"), "70000 is not in the range"),
        (("align",), "No such command 'align'"),
        ((*ALIGN, "--sed", "1"), "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_on_the_command_line(harness, tmp_path: Path, arguments, says: str) -> None:
    assert_refused(harness(*arguments), says)
    assert not list(tmp_path.iterdir())


def test_an_unknown_key_in_a_file(harness, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("loop:\n  max_round: 3\n")
    assert_refused(harness(*ALIGN, "--config", "my.yaml"), "my.yaml has a setting loop.max_round that does not exist")


def test_an_unknown_variable(harness) -> None:
    assert_refused(
        harness(*ALIGN, env={"HARNESS_SEEDS": "1"}), "HARNESS_SEEDS names no setting: did you mean HARNESS_SEED?"
    )


def test_a_missing_key(harness) -> None:
    remote = ("--oracle", "openai", "--oracle-url", "http://192.0.2.1/v1", "--oracle-model", "judge")
    assert_refused(harness(*ALIGN, *remote), "OPENAI_API_KEY is not set")


@pytest.mark.parametrize(
    "command", [("runs",), ("show", "latest"), ("report", "latest"), (*ALIGN, "--resume", "latest")]
)
def test_a_store_that_is_none(harness, tmp_path: Path, command) -> None:
    path = tmp_path / "runs" / "harness.db"
    path.parent.mkdir()
    path.write_text("Dear diary, nothing happened today, and nothing will.\n" * 9)
    before = path.read_bytes()
    assert_refused(harness(*command), "is not a SQLite database")
    assert path.read_bytes() == before


def test_a_database_of_another_program(harness, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sqlite3.connect(path).executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
    assert_refused(harness("runs", "--store", path), "a SQLite database of another program")


def test_a_store_of_a_newer_version(harness, runs_dir: Path) -> None:
    path = runs_dir / "harness.db"
    connection = sqlite3.connect(path)
    table = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migrations%'").fetchone()[0]
    connection.execute(
        f"INSERT INTO {table} SELECT * FROM {table} WHERE 0"  # the columns are those of sqlite-utils
    )
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    row = dict(zip(columns, connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone(), strict=True))
    row |= {"name": "9999_from_the_future"} | ({"id": 9999} if "id" in row else {})
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    connection.commit()
    connection.close()
    assert_refused(harness("runs", "--runs-dir", runs_dir), "written by a newer version")


def test_an_unknown_run_names_a_close_one(harness, runs_dir: Path) -> None:
    assert_refused(harness("show", "calm-hero", "--runs-dir", runs_dir), "did you mean calm-heron")


def test_an_unknown_round_says_how_many_there_are(harness, runs_dir: Path) -> None:
    assert_refused(harness("show", "calm-heron", "--round", "9", "--runs-dir", runs_dir), "has no round 9: it has 1")


def test_a_folder_in_the_place_of_the_store(harness, tmp_path: Path) -> None:
    (tmp_path / "runs" / "harness.db").mkdir(parents=True)
    assert_refused(harness("runs"), "is a folder, not a store")


def test_a_store_in_a_folder_that_was_removed(harness, runs_dir: Path) -> None:
    shutil.rmtree(runs_dir)
    assert_refused(harness("show", "latest", "--runs-dir", runs_dir), "There is no store")
