"""`harness plan` and `align-and-eval --dry-run`: what is printed, and that nothing is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SHORT = ("--limit", "6", "--batch-size", "12", "--rounds", "2")


def test_a_mistake_in_the_configuration_ends_it_as_it_ends_a_run(harness) -> None:
    for command in (("plan",), ("align-and-eval", "--dry-run")):
        shown = harness(*command, "--model", "no-such-folder")
        assert shown.returncode == 2
        assert "no-such-folder" in shown.stderr
        assert "Traceback" not in shown.stderr


def test_a_run_that_goes_on_can_not_be_tried_out(harness) -> None:
    shown = harness("align-and-eval", "--dry-run", "--resume", "calm-heron")
    assert shown.returncode == 2
    assert "--resume" in shown.stderr


@pytest.mark.slow
def test_a_dry_run_says_what_a_run_costs_and_leaves_nothing(harness, tmp_path: Path) -> None:
    shown = harness("align-and-eval", "--dry-run", *SHORT)
    assert shown.returncode == 0, shown.stderr
    assert max(map(len, shown.stdout.splitlines())) <= 80
    for words in ("attack answer", "training pair", "gate: answer written", "oracle calls", "disk", "the least"):
        assert words in " ".join(shown.stdout.replace("\u00a0", " ").split()).lower()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_the_plan_for_machines_has_units_range_and_notes(harness, tmp_path: Path) -> None:
    shown = harness("plan", "--json", *SHORT)
    planned = json.loads(shown.stdout)
    assert all(unit["seconds"] >= 0 for unit in planned["units"].values())
    assert planned["sizes"]["gate"] == {"choices": 42, "texts": 0, "written": 12, "judged": 6}
    low, high = planned["range"]["calls"]["least"], planned["range"]["calls"]["most"]
    # Harmless answers, two clean batches, the base on the gate's and the final items: no more, and far from the most.
    assert low == 161 + 2 * 12 + 6 + 6 < high
    assert planned["range"]["seconds"]["least"] < planned["range"]["seconds"]["most"]
    assert not (tmp_path / "runs").exists()
