"""`harness oracle reparse`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.output import console, safe
from harness.store import Store
from harness.store.reparse import reparse as read_again


@click.command()
@click.argument("run", required=False)
@store_options
def reparse(run: str | None, runs_dir: Path | None, store: Path | None) -> None:
    """Read stored replies again, of one RUN or of all, without a call.

    What could not be read before and can be now is then reused like any other reply. Verdicts of past runs stay as they
    were.
    """
    with Store.open(store_path(runs_dir, store), create=False) as opened:
        found = read_again(opened, opened.runs.id_of(run) if run else None)
    out = console()
    if not found.calls:
        out.print("The store holds no reply of an oracle.")
        return
    out.print(f"{found.calls:,} calls, of which {found.failed:,} failed without a reply that could be read.")
    for label, number in found.labels.most_common():
        out.print(safe(f"  {number:>7,}  {label}"))
    for reason, number in found.unreadable.most_common():
        out.print(safe(f"  {number:>7,}  unreadable: {reason}"))
    out.print(f"{found.changed:,} read differently than when they came.")
