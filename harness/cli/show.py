"""`harness show`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.output import console, print_json
from harness.cli.show_tables import print_round, print_run
from harness.cli.views import Row, of_run, open_store, run
from harness.run.changes import intervals
from harness.run.known import worths_of
from harness.run.summary import gains
from harness.store import Store
from harness_base.errors import StoreError
from reports.data.known import Intervals


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--round", "number", metavar="N", type=click.IntRange(1), help="Show this round only, in detail.")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def show(name: str, number: int | None, runs_dir: Path | None, store: Path | None, as_json: bool) -> None:
    """Show a run: its rounds, scores and constitution.

    RUN is its name, or `latest`.
    """
    with open_store(store_path(runs_dir, store)) as opened:
        found = _run(opened, name) if number is None else _round(opened, name, number)
    if as_json:
        print_json(found)
    elif number is None:
        print_run(console(), found)
    else:
        print_round(console(), found)


def _run(store: Store, name: str) -> Row:
    found = run(store, name)
    views = {
        "rounds": "round_overview",
        "scores": "run_scores",
        "types": "scores_by_type",
        "principles": "principle_lineage",
        "decisions": "gate_decisions",
    }
    rows = {what: of_run(store, view, found["run_id"]) for what, view in views.items()}
    known = intervals(store, found["run_id"])
    scores = [_with_interval(row, known) for row in rows["scores"]]
    worth = worths_of(store, found["run"]).of_run
    return {"run": found, **rows, "scores": scores, "gains": gains(store, found["run"]), "worth": worth}


def _with_interval(row: Row, known: Intervals) -> Row:
    """A row of `run_scores` with the ends of its change's interval, in points."""
    interval = known.of(row["split"], row["subject"], row["score"])
    ends = {"change_low_points": interval.low, "change_high_points": interval.high}
    return row | {name: None if end is None else 100 * end for name, end in ends.items()}


def _round(store: Store, name: str, number: int) -> Row:
    found = run(store, name)
    views = {
        "round": "round_overview",
        "principles": "principle_lineage",
        "revisions": "revision_history",
        "decisions": "gate_decisions",
        "costs": "run_costs",
    }
    rows = {what: of_run(store, view, found["run_id"], round_number=number) for what, view in views.items()}
    if not rows["round"]:
        raise StoreError(f"Run {found['run']} has no round {number}: it has {found['rounds']}.")
    return {"run": found["run"], **rows, "round": rows["round"][0]}
