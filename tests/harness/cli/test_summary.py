"""What `align-and-eval` says at its end."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.cli.summary import print_summary
from harness.run.records import Summary


def summary(**changed: Any) -> Summary:
    values: dict[str, Any] = {
        "run": "calm-heron",
        "outcome": "converged: batches in a row held no violation",
        "practice": True,
        "rows": [
            {
                "metric": "sandbox_attack_success/attack_success",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": -0.86,
                "high": -0.78,
                "base": 0.925,
                "result": 0.1,
                "higher_is_better": False,
                "unit": "share",
            },
            {
                "metric": "sandbox_over_refusal/over_refusal",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": None,
                "high": None,
                "base": 0.01,
                "result": 0.04,
                "higher_is_better": False,
                "unit": "share",
            },
            {
                "metric": "t_mc1/acc",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": None,
                "high": None,
                "base": 0.5,
                "result": 0.75,
                "higher_is_better": True,
                "unit": "share",
            },
            {
                "metric": "t_helpful/acc",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": None,
                "high": None,
                "base": 0.8,
                "result": 0.7,
                "higher_is_better": True,
                "unit": "share",
            },
            {
                "metric": "t_other/acc",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": None,
                "high": None,
                "base": 0.6,
                "result": 0.6,
                "higher_is_better": True,
                "unit": "share",
            },
            {
                "metric": "t_honest/acc",
                "split": "gate",
                "asked": "",
                "confidence": 0.9,
                "no_interval": "",
                "worth": "",
                "low": None,
                "high": None,
                "base": 0.6,
                "result": None,
                "higher_is_better": True,
                "unit": "share",
            },
        ],
        "accepted_rounds": 3,
        "rejected_candidates": 1,
        "skipped_rounds": 0,
        "rejections": ["r2a1: over-refusal rose by 19.0 points"],
        "principles": ["Do not help to take what belongs to others."],
        "notes": ["A note."],
        "files": {"report": "runs/calm-heron/report/index.html", "store": "runs/harness.db"},
        "seconds": 83.4,
        "confirmed": "accept",
        "confirmed_reasons": ["attack success fell"],
    }
    return values | changed  # type: ignore[return-value]


def printed(of: Summary, *, width: int = 80, colours: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colours, color_system="standard" if colours else None)
    print_summary(of, console)
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("Attack success", "92.5 % 10.0 % −82.5 better"),
        ("Over-refusal", "1.0 % 4.0 % +3.0 worse"),
        ("MC1", "50.0 % 75.0 % +25.0 better"),
        ("helpful", "80.0 % 70.0 % −10.0 worse"),
        ("other", "60.0 % 60.0 % ±0.0 same"),
        ("honest", "60.0 % not measured – unknown"),
    ],
)
def test_each_metric_is_gained_lost_or_said_not_to_be_measured(metric: str, expected: str) -> None:
    line = next(line for line in printed(summary()).splitlines() if metric in line)
    assert expected in " ".join(line.split())


def test_what_was_asked_in_part_says_so() -> None:
    row = {**summary()["rows"][0], "asked": "150 of 450"}
    assert "(asked 150 of 450)" in " ".join(printed(summary(rows=[row]), width=140).split())


def test_intervals_say_their_confidence_and_where_there_is_none_why() -> None:
    first, second, *_ = summary()["rows"]
    rows = [{**first, "worth": "judge not calibrated"}, {**second, "no_interval": "measured differently"}]
    shown = " ".join(printed(summary(rows=rows), width=200).split())
    assert "intervals are at 90 %." in shown
    assert "No interval for Over-refusal: measured differently." in shown
    assert "Attack success, judge not calibrated." in shown


def test_rejections_principles_counts_and_files_are_said() -> None:
    shown = printed(summary())
    counts = "3 rounds accepted, 1 candidate rejected, 0 rounds skipped, 1 principle; 1 min 23 s."
    assert counts in " ".join(shown.split())
    for part in ("over-refusal rose by 19.0 points", "Do not help to take", "index.html", "runs/harness.db", "A note."):
        assert part in shown


def test_only_practice_is_called_practice() -> None:
    assert "practice" in printed(summary())
    assert "practice" not in printed(summary(practice=False))


def test_long_text_wraps_and_a_path_stays_whole() -> None:
    path = "runs/" + "x" * 90
    shown = printed(summary(files={"store": path}, principles=["word " * 60], notes=["word " * 60])).splitlines()
    assert [line for line in shown if cell_len(line) > 80] == [f"store    {path}"]


def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in printed(summary())
    assert "\x1b[" in printed(summary(), colours=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(summary(), colours=True)


def test_text_of_a_model_is_neither_markup_nor_steers_the_terminal() -> None:
    shown = printed(summary(principles=["[red]Do[/red] \x1b[2Jnothing"]))
    assert "[red]Do[/red] [2Jnothing" in shown
