"""`harness constitution`: what people do with a run's principles, one file per command."""

from __future__ import annotations

import click

from harness.cli.constitution.approve import approve
from harness.cli.constitution.diff import diff
from harness.cli.constitution.edit import edit
from harness.cli.constitution.export import export
from harness.cli.constitution.import_ import import_
from harness.cli.constitution.retire import retire
from harness.cli.constitution.show import show


@click.group()
def constitution() -> None:
    """Read a run's principles, change them, and approve them."""


for command in (show, diff, export, import_, edit, retire, approve):
    constitution.add_command(command)
