"""What a run keeps: the bytes that an item and a verdict take in a store, and the time that a report takes.

A store of its own in a folder that is thrown away is written as a run writes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from harness.evaluation.records import Evaluation, Split
from harness.planning.costs import Unit
from harness.probing.clock import spent
from harness.run.known import known_of
from harness.run.parts import RunParts
from harness.run.start import start_run
from harness.store.store import Store
from iteralign.core.events import Decided, Judged, RoundFinished, RoundStarted, Trained
from iteralign.core.records import Candidate, GateDecision, JudgedResponse, TrainingPair
from reports.write import write_report

_NAME = "probe"
_MEASURED: Final[tuple[tuple[str, Split, int | None], ...]] = (
    ("base", "gate", None),
    ("r1a1", "gate", 1),
    ("base", "final", None),
    ("result", "final", None),
)
"""What a report compares."""
MEASURED: Final = len(_MEASURED)
COPIES = 32
"""Of each verdict, since a store grows by whole pages."""


@dataclass
class ScratchRun:
    """A run in a store that is thrown away: what is recorded in it says how much room and time that takes."""

    store: Store
    path: Path
    run_id: int
    empty_bytes: int
    """What the store takes with nothing in it but the run."""

    def bytes_of(self, work: Callable[[], object]) -> int:
        """How much the store grows by what the work writes."""
        before = _size(self.path)
        work()
        return max(0, _size(self.path) - before)

    def keep_evaluations(self, evaluations: Sequence[Evaluation]) -> float:
        """Record measurings, and say how many seconds that took."""
        _, spell = spent(partial(self._record, evaluations))
        return spell.seconds

    def _record(self, evaluations: Sequence[Evaluation]) -> None:
        [first, *others] = evaluations
        scores = tuple(score for each in (first, *others) for score in each.scores)
        for subject, split, number in _MEASURED:
            whole = Evaluation(subject, split, scores, first.fingerprint, 1.0)
            self.store.evaluations.record(self.run_id, whole, round_number=number, attempt=number)

    def keep_round(self, judged: Sequence[JudgedResponse], candidate: Candidate, pairs: Sequence[TrainingPair]) -> None:
        """Record a round with its verdicts and its candidate."""
        recorder = self.store.runs.recorder(self.run_id)
        decision = GateDecision("accept", ("tried out",), retry=False)
        for event in (
            RoundStarted(1),
            Judged(1, [*judged] * COPIES),
            Trained(1, 1, candidate, pairs),
            Decided(1, 1, candidate, decision),
            RoundFinished(1, "accepted", ""),
        ):
            recorder.record(event)

    def report(self, folder: Path) -> Unit:
        """What a report of it takes."""
        self.store.runs.finish(self.run_id, status="done", outcome="tried out")

        def write() -> None:
            write_report(self.path, _NAME, folder, known_of(self.store, self.run_id))

        _, spell = spent(write)
        return Unit(spell.seconds, 1, spell.peak_bytes, spell.gpu_bytes)


@contextmanager
def scratch_run(parts: RunParts, folder: Path) -> Iterator[ScratchRun]:
    """A run of these parts in a store below `folder`."""
    path = folder / "harness.db"
    with Store.open(path) as store:
        run_id = start_run(store, parts, _NAME)
        yield ScratchRun(store, path, run_id, _size(path))


def _size(path: Path) -> int:
    """Bytes of all pages, those that are not in the main file yet among them."""
    with closing(sqlite3.connect(path)) as connection:
        (pages,), (size,) = (connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "page_size"))
    return int(pages) * int(size)
