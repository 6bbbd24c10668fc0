"""`harness oracle`: the embedded one served, and any oracle put to the test."""

from __future__ import annotations

import click

from harness.cli.oracle_calibrate import calibrate
from harness.cli.oracle_examine import examine
from harness.cli.oracle_probe import probe
from harness.cli.oracle_reparse import reparse


@click.group()
def oracle() -> None:
    """Serve the practice oracle; put any oracle to the test."""


@oracle.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen at; 0: any free one."
)
def serve(host: str, port: int) -> None:
    """Put the embedded oracle behind an OpenAI-compatible address, until Ctrl-C.

    It judges by rules made for the practice model, checks no key, and is meant for this machine only.
    """
    from iteralign.sandbox.server import MODEL_NAME
    from iteralign.sandbox.server import serve as serve_oracle

    def announce(url: str) -> None:
        click.echo(f"The oracle listens at {url}; the model is called {MODEL_NAME}. Ctrl-C ends it.")

    try:
        serve_oracle(host, port, announce)
    except KeyboardInterrupt:
        # Ctrl-C is how this command is meant to end.
        click.echo("\nThe oracle has stopped.")


for command in (calibrate, examine, probe, reparse):
    oracle.add_command(command)
