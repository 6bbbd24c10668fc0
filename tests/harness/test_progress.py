"""How a long command says what it is doing."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.progress import LineProgress, SilentProgress, show_progress


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=80, force_terminal=terminal, force_interactive=terminal), out


def test_a_pipe_gets_one_line_a_stage_with_the_time_since_the_start() -> None:
    shown, out = console()
    clock = Clock()
    progress = LineProgress(shown, clock)
    progress.stage("round 1: judge", 80)
    clock.now += 12
    progress.stage("writing the report", None)
    assert out.getvalue() == "     0 s  round 1: judge (80)\n    12 s  writing the report\n"


def test_a_long_stage_says_now_and_then_how_far_it_is() -> None:
    shown, out = console()
    clock = Clock()
    progress = LineProgress(shown, clock)
    progress.stage("measuring", 80)
    progress.advance(10)
    clock.now += 25
    progress.advance(30)
    progress.advance(1)
    assert out.getvalue().splitlines()[1:] == ["    25 s  measuring: 40 of 80, about 25 s left"]


def test_a_stage_that_was_long_is_told_of_at_its_end() -> None:
    shown, out = console()
    clock = Clock()
    progress = LineProgress(shown, clock)
    progress.stage("judging answers", 300)
    clock.now += 60
    progress.advance(100)
    clock.now += 1
    progress.advance(200)
    progress.stage("writing the report", None)
    progress.done()
    assert [line[10:] for line in out.getvalue().splitlines()] == [
        "judging answers (300)",
        "judging answers: 100 of 300, about 2 min left",
        "judging answers: 300 of 300",
        "writing the report",
    ]


def test_short_parts_of_a_stage_are_no_lines_of_their_own() -> None:
    shown, out = console()
    clock = Clock()
    progress = LineProgress(shown, clock)
    progress.stage("round 1: revise", 44)
    for number in range(20):
        progress.stage(f"round 1: revise: part {number}", 3)
        progress.advance(3)
    progress.stage("round 1: revise: a long part", 3)
    clock.now += 5
    progress.advance(1)
    progress.stage("round 1: train", 10)
    assert [line[10:] for line in out.getvalue().splitlines()] == [
        "round 1: revise (44)",
        "round 1: revise: a long part (3)",
        "round 1: train (10)",
    ]


def test_without_a_terminal_there_is_no_escape_sequence() -> None:
    shown, out = console()
    with show_progress(shown) as progress:
        progress.stage("judge", 2)
        progress.advance()
        progress.note("a principle \x1b[2J")
        progress.done()
    assert "\x1b" not in out.getvalue()
    assert "a principle [2J" in out.getvalue()


def test_a_terminal_shows_the_count_and_keeps_notes() -> None:
    shown, out = console(terminal=True)
    with show_progress(shown) as progress:
        progress.stage("round 1: judge", 80)
        progress.advance(40)
        progress.note("[bold]4 violations[/bold] \x1b[2J")
        progress.stage("round 1: revise", None)
        progress.done()
    assert "40/80" in out.getvalue() or "0/80" in out.getvalue()
    assert "[bold]4 violations[/bold] [2J" in out.getvalue()


def test_advancing_no_stage_is_harmless() -> None:
    shown, out = console(terminal=True)
    with show_progress(shown) as progress:
        progress.advance()
        progress.done()
        progress.note("still here")
    assert "still here" in out.getvalue()


def test_silence(capfd: pytest.CaptureFixture[str]) -> None:
    progress = SilentProgress()
    progress.stage("x", 1)
    progress.advance(1)
    progress.note("y")
    progress.done()
    assert capfd.readouterr() == ("", "")
