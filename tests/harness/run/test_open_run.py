"""Whatever ends a run early is in its store."""

from __future__ import annotations

import pytest

from harness.progress import SilentProgress
from harness.run.open_run import OpenRun, status_kept
from harness.store import Store
from harness_base.errors import OracleError, ReviewPendingError


@pytest.fixture
def run(store: Store) -> OpenRun:
    run_id = store.runs.start(name="calm-owl", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)
    return OpenRun(store, run_id, SilentProgress(), force=False)


@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [
        (KeyboardInterrupt(), "interrupted", "interrupted by the user"),
        (ReviewPendingError("it waits"), "interrupted", "it waits"),
        (OracleError("the oracle went away"), "failed", "the oracle went away"),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
    ],
)
def test_what_ends_a_run_early_is_kept_and_raised(
    run: OpenRun, error: BaseException, status: str, outcome: str
) -> None:
    with pytest.raises(type(error)), status_kept(run):
        raise error
    [row] = run.store.views.rows("run_overview")
    assert (row["status"], row["outcome"]) == (status, outcome)


def test_a_note_is_kept_for_the_report(run: OpenRun) -> None:
    run.note("The oracle may be asked often.")
    [row] = run.store.views.rows("run_overview")
    assert "The oracle may be asked often." in row["notes"]
