"""`harness constitution`: what people do with a run's principles, one file per command."""

from __future__ import annotations

import click

from harness.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "show": LazyCommand("harness.cli.constitution.show:show", "Show a run's principles, and what each is worth."),
    "diff": LazyCommand("harness.cli.constitution.diff:diff", "Show what changed between two versions, and by whom."),
    "export": LazyCommand(
        "harness.cli.constitution.export:export", "Write a run's constitution as a file to read and edit."
    ),
    "import": LazyCommand(
        "harness.cli.constitution.import_:import_", "Take a file's principles as a run's constitution."
    ),
    "edit": LazyCommand("harness.cli.constitution.edit:edit", "Open a run's constitution in your editor ($EDITOR)."),
    "retire": LazyCommand("harness.cli.constitution.retire:retire", "Take one principle out of a run's constitution."),
    "approve": LazyCommand(
        "harness.cli.constitution.approve:approve", "Approve the constitution that waits in a run's round."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def constitution() -> None:
    """Read a run's principles, change them, and approve them."""
