"""`harness tasks`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

import click
from rich.padding import Padding
from rich.table import Table

from harness.cli.output import console, heading, print_json, safe, table
from tasks.catalog import GROUP_ABOUT, GROUPS, TASKS, TaskInfo


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def tasks(as_json: bool) -> None:
    """List the tasks that ship with the program.

    `--tasks` takes the names of lm-eval's own tasks too.
    """
    if as_json:
        print_json({"tasks": [asdict(info) for info in TASKS.values()], "groups": GROUPS})
        return
    out = console()
    practice = [name for name, members in GROUPS.items() if all(TASKS[member].practice for member in members)]
    for group in practice:
        heading(out, f"{group}: {GROUP_ABOUT[group]}")
        out.print(_tasks_table(TASKS[name] for name in GROUPS[group]))
    heading(out, "For any model; `harness data list` says where their data comes from")
    out.print(_tasks_table(info for info in TASKS.values() if not info.practice))
    heading(out, "Groups of them")
    for group in (name for name in GROUPS if name not in practice):
        out.print(safe(f"{group}: {GROUP_ABOUT[group]}"))
        out.print(Padding(safe(", ".join(GROUPS[group]), "dim"), (0, 0, 0, 2)))


def _tasks_table(infos: Iterable[TaskInfo]) -> Table:
    tasks_table = table(("task", "better", "what"), whole=("task", "better"))
    for info in infos:
        better = "higher" if info.primary.higher_is_better else "lower"
        tasks_table.add_row(safe(info.name), better, safe(info.about))
    return tasks_table
