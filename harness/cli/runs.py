"""`harness runs`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from harness.cli.options import store_options, store_path
from harness.cli.output import console, print_json, safe, table
from harness.cli.views import Row, open_store
from harness.cli.views import runs as all_runs


@click.command()
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def runs(runs_dir: Path | None, store: Path | None, as_json: bool) -> None:
    """List the runs of the store, the newest first."""
    with open_store(store_path(runs_dir, store)) as opened:
        found = all_runs(opened)
    if as_json:
        print_json(found)
    elif not found:
        click.echo("The store holds no run yet: `harness align-and-eval` makes one.")
    else:
        console().print(_runs_table(found))


def _runs_table(found: list[Row]) -> Table:
    columns = ("run", "began (UTC)", "model", "status", "accepted", "principles")
    runs_table = table(columns, right=("accepted", "principles"), whole=("began (UTC)", "status"))
    for run in found:
        runs_table.add_row(
            safe(run["run"], "bold"),
            safe(run["started_at"][:16].replace("T", " ")),
            safe(Path(run["model"]).name),
            safe(run["status"]),
            f"{run['accepted_rounds']} of {run['rounds']}",
            str(run["principles"] or 0),
        )
    return runs_table
