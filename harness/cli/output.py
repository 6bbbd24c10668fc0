"""Where commands print: results to stdout, progress and messages to stderr, never wider than the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import click
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from harness_base.text import for_terminal


def console() -> Console:
    """The console for results. Rich reads NO_COLOR, and leaves out colours where stdout is not a terminal."""
    return Console(highlight=False, markup=False, emoji=False)


def safe(value: object, style: str = "") -> Text:
    """Untrusted text as a cell: without control characters, and never read as markup."""
    return Text(for_terminal(str(value)), style=style)


def print_notes(out: Console, notes: Iterable[str]) -> None:
    """What must be known before the figures are believed; see `harness.evaluation.notes`."""
    for note in notes:
        out.print(safe(f"Note: {note}", "yellow"))


def heading(out: Console, title: str) -> None:
    """A title above what is printed next, with an empty line before it."""
    out.print()
    out.print(Text(title, "bold"))


def table(
    columns: Iterable[str], *, right: Sequence[str] = (), whole: Sequence[str] = (), tight: bool = False
) -> Table:
    """An empty table in the style that all commands share.

    The columns in `right` hold numbers; those in `whole` keep their width when others must wrap. A `tight` one has
    less room between its columns, since it has many.
    """
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=tight)
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        made.add_column(column, justify=justify, no_wrap=column in right or column in whole, overflow="fold")
    return made


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print for machines: indented JSON, in which control characters are escaped."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False, default=str))


def fields(values: Mapping[str, object]) -> Table:
    """Names and values, one below the other; an empty value is left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in values.items():
        if value not in (None, ""):
            grid.add_row(name, safe(value))
    return grid
