"""`harness model`: models from where people have them, one file per command."""

from __future__ import annotations

import click

from harness.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "fetch": LazyCommand(
        "harness.cli.model.fetch:fetch", "Fetch a model from the hub once, so that nothing later needs a network."
    ),
    "import": LazyCommand(
        "harness.cli.model.import_:import_gguf",
        "Make a model folder of a GGUF file, with its tokenizer and chat template, for --model and --oracle hf:DIR.",
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def model() -> None:
    """Take a model from the hub, or from a GGUF file."""
