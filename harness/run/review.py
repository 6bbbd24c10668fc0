"""A person's word on a round's constitution: what was approved, or an error that ends the run until something is."""

from __future__ import annotations

from pathlib import Path

from harness.config.schema import RunConfig
from harness.store.store import Store
from harness_base.errors import ReviewPendingError
from iteralign.core.records import Constitution


class StoredReview:
    """Puts each new constitution of a run before a person, through the store, and waits for the approval."""

    def __init__(self, config: RunConfig, store: Store, run_id: int) -> None:
        self._config = config
        self._store = store
        self._run_id = run_id

    def __call__(self, round_number: int, constitution: Constitution) -> Constitution:
        """What a person has approved in place of `constitution`. Raises ReviewPendingError until somebody has."""
        review = self._store.constitutions.review(self._run_id, round_number)
        if review.state == "approved" and review.constitution:
            return Constitution(review.constitution.principles, review.constitution.version)
        if review.state == "none":
            self._store.constitutions.edit(
                self._run_id,
                action="pending",
                principles=constitution.principles,
                round_number=round_number,
                made_by="",
                why="",
            )
        raise review_pending(self._config, self._store, self._run_id, round_number)


def check_not_pending(config: RunConfig, store: Store, run_id: int) -> None:
    """Raise ReviewPendingError where the round that a resumed run would go through still waits for a person."""
    round_number = store.runs.resume_state(run_id).last_round + 1
    if store.constitutions.review(run_id, round_number).state == "pending":
        raise review_pending(config, store, run_id, round_number)


def review_pending(config: RunConfig, store: Store, run_id: int, round_number: int) -> ReviewPendingError:
    """The error that ends a run until its constitution of that round is approved."""
    [run] = store.views.rows("run_overview", run_id=run_id)
    name = run["run"]
    where = "" if config.runs_dir == Path("runs") else f" --runs-dir {config.runs_dir}"
    return ReviewPendingError(
        f"The run {name} waits in round {round_number} for a person to look at its new principles: see them with "
        f"`harness constitution show {name}{where}`, change them with `edit` or `retire`, let them pass with "
        f"`harness constitution approve {name} --why …{where}`, then go on with "
        f"`harness align-and-eval --resume {name}{where}`."
    )
