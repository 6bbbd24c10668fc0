"""How a long command says what it is doing: live on a terminal, as lines elsewhere, or not at all. Always on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from harness_base.text import for_terminal
from iteralign.core.protocols import Advance, Stages

LINE_INTERVAL_S = 20.0
"""How often a long stage says how far it is where there is no live display."""
PART_INTERVAL_S = 2.0
"""How long a part of a stage lasts before it is printed, where there is no live display."""
_PACE_S = 600.0
"""The time left is estimated from the pace of the last so many seconds: a batch of answers may take minutes."""


class Progress(Protocol):
    """Shows a pipeline's stages. One stage is under way at a time; the next one ends it."""

    def stage(self, text: str, total: int | None) -> None:
        """Begin a stage of `total` steps; None when the number is not known."""
        ...

    def advance(self, n: int = 1) -> None:
        """`n` more steps of the stage are done."""
        ...

    def done(self) -> None:
        """End the stage."""
        ...

    def note(self, text: str) -> None:
        """Say something that stays on the screen."""
        ...


def stages_of(progress: Progress) -> Stages:
    """How the parts of some work are shown there."""

    def begin(what: str, total: int) -> Advance:
        progress.stage(what, total)
        return progress.advance

    return begin


class SilentProgress:
    """Says nothing."""

    def stage(self, text: str, total: int | None) -> None: ...

    def advance(self, n: int = 1) -> None: ...

    def done(self) -> None: ...

    def note(self, text: str) -> None: ...


class LineProgress:
    """One line when a stage begins, now and then how far it is and how long the rest takes: for logs and pipes."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._started = self._last_line = clock()
        self._text, self._count, self._long = "", 0, False
        self._heading, self._unprinted = "\n", False
        self._began = self._started
        self._total: int | None = None

    def stage(self, text: str, total: int | None) -> None:
        self.done()
        part = text.startswith(f"{self._heading}: ")
        self._heading = self._heading if part else text
        self._text, self._total, self._count, self._began = text, total, 0, self._clock()
        # Parts of a stage may be many and short: each is printed only where it takes its time.
        self._unprinted = part and self._clock() - self._last_line < PART_INTERVAL_S
        if not self._unprinted:
            self._print_stage()

    def _print_stage(self) -> None:
        self._unprinted = False
        text, total = self._text, self._total
        self._print(text if total is None else f"{text} ({total})")

    def advance(self, n: int = 1) -> None:
        self._count += n
        if self._unprinted and self._clock() - self._began >= PART_INTERVAL_S:
            self._print_stage()
        if self._clock() - self._last_line >= LINE_INTERVAL_S:
            self._long = True
            self._print_count()

    def done(self) -> None:
        """A stage whose count was printed on its way has it printed at its end."""
        if self._long:
            self._print_count()
        self._long = False

    def _print_count(self) -> None:
        if self._total is None:
            self._print(f"{self._text}: {self._count}")
            return
        self._print(f"{self._text}: {self._count} of {self._total}{self._left(self._total)}")

    def _left(self, total: int) -> str:
        """The time that the rest takes at the pace so far."""
        if not 0 < self._count < total:
            return ""
        seconds = (self._clock() - self._began) / self._count * (total - self._count)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"

    def note(self, text: str) -> None:
        self._print(text)

    def _print(self, text: str) -> None:
        self._last_line = self._clock()
        self._console.print(f"{self._last_line - self._started:6.0f} s  {for_terminal(text)}", soft_wrap=True)


class LiveProgress:
    """A bar for the stage under way, with its count and the time left; notes scroll by above it."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, text: str, total: int | None) -> None:
        self.done()
        self._task = self._bars.add_task(for_terminal(text), total=total)

    def advance(self, n: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._task, n)

    def done(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None

    def note(self, text: str) -> None:
        shown = for_terminal(text)
        indent = len(shown) - len(shown.lstrip())
        # What wraps stays below its beginning.
        self._bars.console.print(Padding(Text(shown.lstrip()), (0, 0, 0, indent), expand=False))


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Progress]:
    """Progress on stderr for the length of a `with` block: live on a terminal, lines otherwise."""
    console = console or Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_interactive:
        yield LineProgress(console)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True, speed_estimate_period=_PACE_S) as bars:
        yield LiveProgress(bars)
