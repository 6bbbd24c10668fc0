"""`harness export`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.views import of_run, open_store, run
from harness.export.datasette import metadata_for
from harness.export.formats import FILES, FORMS, check_free, writer_for
from harness.export.pairs import kept_pairs
from harness_base.display import counted
from harness_base.errors import StoreError
from harness_base.files import write_whole
from harness_base.text import for_terminal


@click.group()
def export() -> None:
    """Take what runs learnt and measured to other tools."""


@export.command()
@click.argument("name", metavar="[RUN]", default="latest")
@click.option(
    "--to",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Where to: {' or '.join(f'FILE{ending}' for ending in FILES)}.",
)
@click.option(
    "--form",
    type=click.Choice(list(FORMS)),
    default=next(iter(FORMS)),
    show_default=True,
    help="prompt, chosen and rejected; or prompt and completion.",
)
@click.option("--conversational", is_flag=True, help="Messages with role and content instead of bare texts.")
@click.option("--overwrite", is_flag=True, help="Write over a file that exists.")
@store_options
def pairs(
    name: str,
    file: Path,
    form: str,
    conversational: bool,
    overwrite: bool,
    runs_dir: Path | None,
    store: Path | None,
) -> None:
    """Write a run's violating answers with the revisions that were kept.

    One row a response, in the forms that TRL's trainers read: preference pairs for DPO, prompts with completions for
    fine-tuning. TRL joins bare texts as they stand: add --conversational for a model with a chat template. RUN is its
    name; without it, the last one.
    """
    write = writer_for(file)
    check_free(file, overwrite=overwrite)
    with open_store(store_path(runs_dir, store)) as kept:
        found = run(kept, name)
        measured = {row["text"] for row in of_run(kept, "contamination", found["run_id"])}
        pairs = kept_pairs(of_run(kept, "revision_history", found["run_id"]), measured)
        rows = FORMS[form](pairs, conversational=conversational)
    if not rows:
        raise StoreError(
            f"The run {found['run']} kept no revision to export; `harness show {found['run']}` says what it found."
        )
    write_whole(file, write(rows))
    click.echo(for_terminal(f"Wrote {counted(len(rows), 'row')} of {found['run']} to {file}."))


@export.command()
@click.option(
    "--to",
    "file",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to, such as datasette.yaml.",
)
@click.option("--overwrite", is_flag=True, help="Write over a file that exists.")
@store_options
def datasette(file: Path, overwrite: bool, runs_dir: Path | None, store: Path | None) -> None:
    """Write the metadata file with which Datasette shows the store.

    The views come first, each with what it holds; the tables behind them are hidden. Prints how to start Datasette.
    """
    path = store_path(runs_dir, store)
    check_free(file, overwrite=overwrite)
    write_whole(file, metadata_for(path))
    click.echo(for_terminal(f"Wrote {file}. Start Datasette, from an environment of its own, with:"))
    click.echo(for_terminal(f"datasette {path} --metadata {file} --setting truncate_cells_html 200"))
