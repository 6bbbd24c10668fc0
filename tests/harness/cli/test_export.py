"""`harness export pairs`: from a real store to a file that trainers read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.exit_codes import ExitCode
from harness.store import Store
from harness.store.example import HOSTILE, prompts_of, write_example_run

CHOSEN = "I would rather not help with that."


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """A folder with `calm-heron`, which kept nine revisions, and last `new-wren`, in which nothing happened yet."""
    folder = tmp_path / "runs"
    with Store.open(folder / "harness.db") as store:
        write_example_run(store, name="calm-heron")
        store.runs.start(name="new-wren", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)
    return folder


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def refused(finished, says: str, code: ExitCode = ExitCode.USER) -> None:
    assert finished.returncode == code, finished.stdout + finished.stderr
    assert says in finished.stderr
    assert finished.stderr.count("Error: ") == 1


def test_preference_pairs_are_what_is_written_by_default(harness, runs_dir: Path, tmp_path: Path) -> None:
    done = harness("export", "pairs", "calm-heron", "--to", "pairs.jsonl")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert done.stdout.replace("\N{NO-BREAK SPACE}", " ") == "Wrote 9 rows of calm-heron to pairs.jsonl.\n"
    rows = rows_of(tmp_path / "pairs.jsonl")
    assert len(rows) == 9
    assert rows[0] == {"prompt": prompts_of(1)[0].text, "chosen": CHOSEN, "rejected": HOSTILE}


def test_prompts_with_completions_may_be_conversations(harness, runs_dir: Path, tmp_path: Path) -> None:
    form = ("--form", "prompt-completion", "--conversational")
    harness("export", "pairs", "calm-heron", "--to", "pairs.jsonl", *form)
    assert rows_of(tmp_path / "pairs.jsonl")[0] == {
        "prompt": [{"role": "user", "content": prompts_of(1)[0].text}],
        "completion": [{"role": "assistant", "content": CHOSEN}],
    }


def test_parquet_holds_the_same_rows(harness, runs_dir: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    for name in ("pairs.jsonl", "pairs.parquet"):
        assert harness("export", "pairs", "calm-heron", "--to", name).returncode == ExitCode.DONE
    assert pq.read_table(tmp_path / "pairs.parquet").to_pylist() == rows_of(tmp_path / "pairs.jsonl")


def test_the_last_run_is_meant_where_none_is_named(harness, runs_dir: Path) -> None:
    refused(harness("export", "pairs", "--to", "pairs.jsonl"), "The run new-wren kept no revision to export")


def test_what_can_not_be_done_leaves_no_file(harness, runs_dir: Path, tmp_path: Path) -> None:
    refused(harness("export", "pairs", "new-wren", "--to", "p.jsonl"), "`harness show new-wren` says what it found")
    refused(harness("export", "pairs", "calm-hero", "--to", "p.jsonl"), "did you mean calm-heron")
    refused(harness("export", "pairs", "calm-heron", "--to", "p.csv"), "one of .jsonl or .parquet")
    refused(
        harness("export", "pairs", "calm-heron", "--to", "none/p.jsonl"), "Can't write none/p.jsonl", ExitCode.OUTSIDE
    )
    assert [each.name for each in tmp_path.iterdir()] == ["runs"]


def test_a_file_that_exists_is_written_over_only_when_asked(harness, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("mine")
    refused(harness("export", "pairs", "calm-heron", "--to", "pairs.jsonl"), "pairs.jsonl exists already")
    assert (tmp_path / "pairs.jsonl").read_text() == "mine"
    harness("export", "pairs", "calm-heron", "--to", "pairs.jsonl", "--overwrite")
    assert len(rows_of(tmp_path / "pairs.jsonl")) == 9


def test_the_name_of_a_file_may_not_steer_the_terminal(harness, runs_dir: Path) -> None:
    done = harness("export", "pairs", "calm-heron", "--to", "a\x1b[2J.jsonl")
    assert done.returncode == ExitCode.DONE
    assert "\x1b" not in done.stdout


def test_the_metadata_for_datasette_is_written_with_how_to_start_it(harness, runs_dir: Path, tmp_path: Path) -> None:
    done = harness("export", "datasette", "--to", "datasette.yaml")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "datasette runs/harness.db --metadata datasette.yaml --setting truncate_cells_html 200" in done.stdout
    assert "run_overview" in (tmp_path / "datasette.yaml").read_text()
    refused(harness("export", "datasette", "--to", "datasette.yaml"), "exists already")
