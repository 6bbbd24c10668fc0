"""`harness constitution export`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.constitution.printing import made
from harness.cli.options import store_options, store_path
from harness.cli.views import open_store, run
from harness.constitution.files import form_of, write_constitution
from harness.export.formats import check_free
from harness_base.display import counted
from harness_base.errors import StoreError
from harness_base.files import write_whole
from harness_base.text import for_terminal


@click.command()
@click.argument("name", metavar="RUN")
@click.option(
    "--to",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to: FILE.md or FILE.yaml.",
)
@click.option("--version", metavar="N", type=click.IntRange(1), help="This version.  [default: the newest]")
@click.option("--overwrite", is_flag=True, help="Write over a file that exists.")
@store_options
def export(
    name: str, file: Path, version: int | None, overwrite: bool, runs_dir: Path | None, store: Path | None
) -> None:
    """Write a run's constitution as a file to read and edit.

    `harness constitution import` takes it back into the run, and `harness align-and-eval --constitution FILE` begins
    a new run with it. RUN is its name, or `latest`.
    """
    form = form_of(file)
    check_free(file, overwrite=overwrite)
    with open_store(store_path(runs_dir, store)) as kept:
        found = run(kept, name)
        stored = kept.constitutions.version(found["run_id"], version)
    if not stored.principles:
        raise StoreError(f"Version {stored.version} of the constitution of {found['run']} is empty: nothing to write.")
    heading = {"run": found["run"], "version": stored.version, "made": made(stored)}
    write_whole(file, write_constitution(stored.principles, form, heading))
    written = f"{counted(len(stored.principles), 'principle')}, version {stored.version} of {found['run']}"
    click.echo(for_terminal(f"Wrote {written}, to {file}."))
