"""Where a resumed run's loop begins."""

from __future__ import annotations

import pytest

from harness.progress import SilentProgress
from harness.run.loop_state import starting_state
from harness.run.open_run import OpenRun
from harness.store import Store
from harness.store.example import write_example_run
from iteralign.core.records import Constitution, Principle

WRITTEN = Principle("Be kind.", (), 0)


@pytest.fixture
def run(store: Store) -> OpenRun:
    return OpenRun(store, write_example_run(store, ending="interrupted"), SilentProgress(), force=False)


def test_a_new_run_begins_with_what_was_written_for_it(run: OpenRun) -> None:
    state, known = starting_state(run, Constitution((WRITTEN,), 1), None)
    assert (state.round, state.constitution.principles, known) == (0, (WRITTEN,), ())


def test_a_resumed_run_goes_on_after_its_last_finished_round(run: OpenRun) -> None:
    state, known = starting_state(run, Constitution(), run.store.runs.resume(run.run_id))
    assert (state.round, state.accepted_rounds, state.constitution.version) == (1, 1, 1)
    assert [outcome.outcome for outcome in known] == ["adopted"]


def test_what_a_person_retired_is_known_and_gone(run: OpenRun) -> None:
    stored = run.store.runs.resume(run.run_id)
    run.store.constitutions.edit(
        run.run_id, action="retire", principles=[], round_number=1, made_by="ann", why="it helps nobody"
    )
    state, known = starting_state(run, Constitution(), stored)
    assert state.constitution.principles == ()
    assert known[-1].outcome == "retired"
