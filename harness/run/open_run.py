"""A run under way: where it is recorded, and where the user sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.progress import Progress
from harness.store.store import Store
from harness_base.errors import HarnessError, ReviewPendingError
from iteralign.core.protocols import Advance


@dataclass(frozen=True)
class OpenRun:
    """The run's id in its store, and the progress that the user watches. With `force` differences are overruled."""

    store: Store
    run_id: int
    progress: Progress
    force: bool

    def note(self, note: str) -> None:
        """Say it now, and in the report."""
        self.progress.note(note)
        self.store.runs.add_note(self.run_id, note)

    def begin(self, what: str, total: int) -> Advance:
        """Begin a stage of `total` items outside of the rounds."""
        self.progress.stage(what, total)
        return self.progress.advance

    def finish(self, status: str, outcome: str) -> None:
        """Say in the store how the run ended; see `Runs.finish`."""
        self.store.runs.finish(self.run_id, status=status, outcome=outcome)


@contextmanager
def status_kept(run: OpenRun) -> Iterator[None]:
    """Write whatever ends the run early beside what it did."""
    try:
        yield
    except KeyboardInterrupt:
        run.finish("interrupted", "interrupted by the user")
        raise
    except ReviewPendingError as error:
        run.finish("interrupted", str(error))
        raise
    except HarnessError as error:
        run.finish("failed", str(error))
        raise
    except Exception as error:  # our bug: recorded here, shown with its traceback by the CLI
        run.finish("failed", f"{type(error).__name__}: {error}")
        raise
