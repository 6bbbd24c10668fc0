"""`harness compare` on a real store."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import harness


def compare(run: Any, *arguments: str) -> Result:
    return CliRunner().invoke(harness, ["compare", *arguments, "--runs-dir", str(run.runs_dir)])


def test_a_runs_base_and_result_are_compared_within_80_columns(default_run: Any, tmp_path: Path) -> None:
    page, text = tmp_path / "page.html", tmp_path / "table.md"
    done = compare(default_run, "short/base", "short", "--html", str(page), "--markdown", str(text))
    assert done.exit_code == 0, done.output
    assert "Attack success" in done.output
    assert "They differ: the adapter is" in " ".join(done.output.split())
    assert max(map(len, done.output.splitlines())) <= 80
    assert "came out otherwise" in page.read_text()
    assert "| Attack success |" in text.read_text()


def test_models_of_two_stores_are_compared(default_run: Any, tmp_path: Path) -> None:
    other = shutil.copy(default_run.store_path, tmp_path / "other.db")
    done = compare(default_run, "short", f"{other}:short", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {one["change"] for one in found["differences"]} == {0.0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("short",), "name two or more"),
        (("short", "short"), "named twice"),
        (("short", "shorts"), "no run named shorts; did you mean short?"),
        (("short", "short/r9a9"), "no evaluation of r9a9"),
        (("short", "999"), "no evaluation number 999"),
        (("short", "nowhere.json"), "Can't read the baseline nowhere.json"),
        (("short", "nowhere.db:short"), "There is no store at nowhere.db"),
    ],
)
def test_bad_input_gets_one_sentence(default_run: Any, arguments: tuple[str, ...], words: str) -> None:
    done = compare(default_run, *arguments)
    assert done.exit_code in (2, 5), done.output
    assert words in " ".join(done.output.split())
