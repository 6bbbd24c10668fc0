"""A command group that loads a command's module only when that command is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class LazyCommand(NamedTuple):
    """A command that is not loaded yet: where it is, and its line in the help of its group."""

    where: str
    """`module:attribute` of the click command."""
    help: str
    """The first sentence of the command's own help; a test holds the two against each other."""

    def load(self) -> click.Command:
        """Import the command's module. An ImportError is left as it is: the table names a module that is not there."""
        module, _, attribute = self.where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A click group with a table of commands, by name, beside those that are added to it.

    Its help is made from the table: it loads none of the commands, nor what they import.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand] | None = None, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.lazy, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        entry = self.lazy.get(name)
        return super().get_command(ctx, name) if entry is None else entry.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the group's help, from the table alone."""
        lines = {name: click.Command(name, help=entry.help) for name, entry in self.lazy.items()}
        click.Group(self.name, commands={**lines, **self.commands}).format_commands(ctx, formatter)


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by name, loaded, in the order in which they are written down."""
    entries = group.lazy if isinstance(group, LazyGroup) else {}
    return {**{name: entry.load() for name, entry in entries.items()}, **group.commands}
