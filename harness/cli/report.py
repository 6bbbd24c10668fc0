"""`harness report`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.views import open_store, run
from harness.run.known import known_of


@click.command()
@click.argument("name", metavar="RUN")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to.  [default: RUNS/NAME/report, or RUNS/NAME/report-redacted]",
)
@click.option("--redact", is_flag=True, help="Leave the answers to harmful requests out, to show it to anybody.")
@store_options
def report(name: str, out: Path | None, redact: bool, runs_dir: Path | None, store: Path | None) -> None:
    """Write a run's report: HTML, Markdown and figures.

    RUN is its name, or `latest`.
    """
    from reports.write import write_report  # loads matplotlib, which its help does without

    path = store_path(runs_dir, store)
    with open_store(path) as opened:
        row = run(opened, name)
        found, known = row["run"], known_of(opened, row["run_id"])
    folder = out or path.parent / found / ("report-redacted" if redact else "report")
    files = write_report(path, found, folder, known, redact=redact)
    for written in (files.html, files.markdown, *files.figures):
        click.echo(written)
