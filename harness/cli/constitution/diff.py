"""`harness constitution diff`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.constitution.printing import history_table, print_differences
from harness.cli.options import store_options, store_path
from harness.cli.output import console, fields
from harness.cli.views import open_store, run
from harness.constitution.differences import differences
from harness_base.errors import StoreError


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("first", metavar="[FROM]", type=click.IntRange(0), required=False)
@click.argument("last", metavar="[TO]", type=click.IntRange(1), required=False)
@store_options
def diff(name: str, first: int | None, last: int | None, runs_dir: Path | None, store: Path | None) -> None:
    """Show what changed between two versions, and by whom.

    Without versions, the newest is held against the one before it; without TO, the newest against FROM. Version 0 is
    the empty one that a run begins with. RUN is its name, or `latest`.
    """
    with open_store(store_path(runs_dir, store)) as kept:
        found = run(kept, name)
        after = kept.constitutions.version(found["run_id"], last)
        history = kept.constitutions.history(found["run_id"])
        earlier = [0, *(stored.version for stored in history if stored.version < after.version)]
        before = earlier[-1] if first is None else first
        if before >= after.version:
            raise StoreError(
                f"Version {before} of the constitution of {found['run']} is not before version {after.version}: name "
                "the earlier one first."
            )
        principles = kept.constitutions.version(found["run_id"], before).principles if before else ()
    out = console()
    steps = [stored for stored in history if before < stored.version <= after.version]
    out.print(fields({"run": found["run"], "versions": f"{before} → {after.version}"}))
    out.print()
    out.print(history_table(steps))
    out.print()
    print_differences(out, differences(principles, after.principles))
