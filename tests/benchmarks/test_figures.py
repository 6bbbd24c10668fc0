"""Figures as text and as JSON, and that every benchmark shows its own in both."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.figures import Figure, show

ROOT = Path(__file__).parents[2] / "benchmarks"
WITH_ARGUMENTS = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if "show(" in path.read_text(encoding="utf-8") and path.name != "figures.py"
]


@pytest.mark.parametrize(
    "value", [np.float32(0.5), np.float64(0.5), np.int64(1), np.bool_(True), np.float64("nan"), 0.5, 1, True]
)
@pytest.mark.parametrize("bar", [None, 0.25, np.float64(0.25), np.int32(0)])
def test_a_figure_of_numpy_numbers_is_json(value: float, bar: float | None) -> None:
    """As is one of Python's own."""
    shown = json.loads(Figure("one", value, "share", None if bar is None else ">=", bar).as_json())
    assert shown["value"] == (None if np.isnan(value) else float(value))
    assert shown["holds"] == (None if bar is None else not np.isnan(value))


def test_a_missed_bar_ends_in_false(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where numpy compared."""
    assert show([Figure("one", np.float64(1.0), "share", ">=", 1.0)], as_json=True)
    assert not show([Figure("one", np.float64(0.5), "share", ">=", 1.0)], as_json=True)
    assert [json.loads(line)["holds"] for line in capsys.readouterr().out.splitlines()] == [True, False]


@pytest.mark.parametrize("path", WITH_ARGUMENTS, ids=lambda path: path.stem)
def test_a_benchmark_takes_json_and_shows_its_figures_in_it(path: Path) -> None:
    """Through the one function that knows how."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    options = [call for call in calls if ast.unparse(call.func).endswith("add_argument")]
    [takes_json] = [call for call in options if ast.literal_eval(call.args[0]) == "--json"]
    assert "action='store_true'" in ast.unparse(takes_json)
    shown = [call for call in calls if ast.unparse(call.func) == "show"]
    assert shown
    assert all(ast.unparse(call).endswith(".json)") for call in shown)


def test_no_benchmark_was_overlooked() -> None:
    """Whatever makes figures and can be run is among them."""
    makers = {
        path
        for path in ROOT.rglob("*.py")
        if "import Figure" in (text := path.read_text(encoding="utf-8")) and "ArgumentParser(" in text
    }
    assert makers == set(WITH_ARGUMENTS)
