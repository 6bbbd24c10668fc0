"""`harness model`: models from where people have them, one file per command."""

from __future__ import annotations

import click

from harness.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "fetch": LazyCommand(
        "harness.cli.model.fetch:fetch", "Fetch a model from the hub once, so that nothing later needs a network."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def model() -> None:
    """Take a model from the hub, or from a GGUF file."""
