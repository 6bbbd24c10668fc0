"""`harness oracle serve`."""

from __future__ import annotations

import click

from iteralign.sandbox.server import MODEL_NAME
from iteralign.sandbox.server import serve as serve_oracle


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen at; 0: any free one."
)
def serve(host: str, port: int) -> None:
    """Put the embedded oracle behind an OpenAI-compatible address, until Ctrl-C.

    It judges by rules made for the practice model, checks no key, and is meant for this machine only.
    """

    def announce(url: str) -> None:
        click.echo(f"The oracle listens at {url}; the model is called {MODEL_NAME}. Ctrl-C ends it.")

    try:
        serve_oracle(host, port, announce)
    except KeyboardInterrupt:
        # Ctrl-C is how this command is meant to end.
        click.echo("\nThe oracle has stopped.")
