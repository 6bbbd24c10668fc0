"""What is said when a run waits for a person's word on its constitution."""

from __future__ import annotations

from pathlib import Path

from harness.config.schema import RunConfig
from harness.store.store import Store
from harness_base.errors import ReviewPendingError


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
