"""`harness model fetch`."""

from __future__ import annotations

import click

from harness.cli.output import console, safe
from harness.cli.quiet import quiet_libraries
from harness.progress import show_progress, stages_of
from harness_base.errors import ModelError
from iteralign.loading.references import hub_name
from iteralign.loading.resolve import resolve


@click.command()
@click.argument("name", metavar="ORG/NAME[@REVISION]")
def fetch(name: str) -> None:
    """Fetch a model from the hub once, so that nothing later needs a network.

    Only what is read: safetensors, configuration, tokenizer, template. It goes into the hub's own cache (HF_HOME);
    HF_TOKEN opens what is private or gated, HF_ENDPOINT names another hub. The name that is printed, with its commit,
    means the same files for ever, for --model and for --oracle hf:NAME.
    """
    if hub_name(name) is None:
        raise ModelError(f"{name} is no name on the hub, or a folder here: give ORG/NAME or ORG/NAME@REVISION.")
    quiet_libraries()
    with show_progress() as progress:
        resolved = resolve(name, stages_of(progress))
        progress.done()
    out = console()
    out.print(safe(resolved.name), soft_wrap=True)
    out.print(safe(str(resolved.folder)), soft_wrap=True)
