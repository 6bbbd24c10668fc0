"""`harness model import`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from harness.cli.output import console, print_notes, safe
from harness.cli.quiet import quiet_libraries
from harness.progress import show_progress, stages_of


@click.command("import")
@click.argument("file", metavar="FILE.gguf", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to make.")
@click.option(
    "--dtype",
    type=click.Choice(("float32", "bfloat16")),
    default="float32",
    show_default=True,
    help="Precision of the weights; bfloat16 takes half the room, and says what it changes.",
)
def import_gguf(file: Path, to: Path, dtype: Literal["float32", "bfloat16"]) -> None:
    """Make a model folder of a GGUF file, with its tokenizer and chat template, for --model and --oracle hf:DIR.

    The weights are unpacked, not made better: what was lost when they were quantized is not back. The folder is loaded
    back and held against what transformers reads from the file before it is there under its name, and its README.md
    says where it came from.
    """
    quiet_libraries()
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        from iteralign.loading.gguf_import import import_gguf as make_folder

        imported = make_folder(file, to, dtype=dtype, stages=stages_of(progress))
        progress.done()
    out = console()
    out.print(safe(f"{imported.folder} holds the model of {file.name} in {dtype}."), soft_wrap=True)
    out.print(
        safe(f"Largest difference of any logit from transformers' reading of the file: {imported.difference:.2g}."),
        soft_wrap=True,
    )
    print_notes(out, imported.notes)
