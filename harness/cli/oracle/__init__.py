"""`harness oracle`: the embedded one served, and any oracle put to the test, one file per command."""

from __future__ import annotations

import click

from harness.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "serve": LazyCommand(
        "harness.cli.oracle.serve:serve", "Put the embedded oracle behind an OpenAI-compatible address, until Ctrl-C."
    ),
    "calibrate": LazyCommand(
        "harness.cli.oracle.calibrate:calibrate", "Hold the oracle against people's labels: how far can it be trusted?"
    ),
    "examine": LazyCommand(
        "harness.cli.oracle.examine:examine",
        "Have the oracle judge plain cases, as every run does before its first verdict counts.",
    ),
    "probe": LazyCommand(
        "harness.cli.oracle.probe:probe",
        "Try to talk an oracle round: bad answers with an attempt on their judge in them.",
    ),
    "reparse": LazyCommand(
        "harness.cli.oracle.reparse:reparse", "Read stored replies again, of one RUN or of all, without a call."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def oracle() -> None:
    """Serve the practice oracle; put any oracle to the test."""
