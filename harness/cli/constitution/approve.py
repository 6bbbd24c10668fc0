"""`harness constitution approve`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.constitution.printing import made
from harness.cli.constitution.subject import print_next, resume, said, said_options
from harness.cli.options import store_options, store_path
from harness.cli.views import open_store, run
from harness_base.display import counted
from harness_base.errors import StoreError


@click.command()
@click.argument("name", metavar="RUN")
@said_options
@store_options
def approve(name: str, by: str | None, why: str, runs_dir: Path | None, store: Path | None) -> None:
    """Approve the constitution that waits in a run's round.

    `harness constitution show RUN` says whether one waits, and shows it.
    """
    words = said(by, why)
    path = store_path(runs_dir, store)
    with open_store(path) as kept:
        found = run(kept, name)
        review = kept.constitutions.open_review(found["run_id"])
        waiting = review.constitution
        if waiting is None:
            raise StoreError(f"Nothing waits for approval in the run {found['run']}.")
        if review.state == "approved":
            raise StoreError(f"Round {review.round} of the run {found['run']} was {made(waiting)} already.")
        kept.constitutions.edit(
            found["run_id"], action="approve", principles=waiting.principles, round_number=review.round, **words
        )
    version = f"Version {waiting.version}, with {counted(len(waiting.principles), 'principle')},"
    print_next(f"{version} is approved for round {review.round}. Go on with it:", resume(found["run"], path))
