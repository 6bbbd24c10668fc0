"""`harness data list`, `prefetch` and `verify`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from harness.cli.output import console, print_json, safe, table
from harness.cli.quiet import quiet_libraries
from harness.progress import show_progress
from harness_base.errors import DataError, FetchError, HarnessError
from tasks.data.fetching import fetch
from tasks.data.reading import default_cache
from tasks.data.sets import SETS
from tasks.data.status import SetStatus, chosen, listed, verified

Function = TypeVar("Function", bound=Callable[..., object])

_JSON = click.option("--json", "as_json", is_flag=True, help="Print for machines.")
_TASKS = click.option("--tasks", metavar="A,B,…", default="", help="The sets behind these tasks or groups.")


def _folders(function: Function) -> Function:
    """`--data-dir` and `--cache-dir`: the folder that is looked into is the first of them, else the user's cache."""
    for option in (
        click.option(
            "--cache-dir",
            metavar="DIR",
            envvar="HARNESS_CACHE_DIR",
            type=click.Path(path_type=Path),
            help="Folder of fetched data. [default: the user's cache]",
        ),
        click.option(
            "--data-dir",
            metavar="DIR",
            type=click.Path(path_type=Path),
            help="A folder of your own, instead of the cache.",
        ),
    ):
        function = option(function)
    return function


@click.group()
def data() -> None:
    """The data of the real tasks: fetch it once, then run without a network."""


@data.command("list")
@_folders
@_JSON
def list_sets(data_dir: Path | None, cache_dir: Path | None, as_json: bool) -> None:
    """List the data sets, where they come from, and which are on this machine."""
    folder = _folder(data_dir, cache_dir)
    _print(listed(folder), folder, as_json)


@data.command()
@click.argument("names", nargs=-1, metavar="[SET]...")
@_TASKS
@click.option(
    "--cache-dir",
    metavar="DIR",
    envvar="HARNESS_CACHE_DIR",
    type=click.Path(path_type=Path),
    help="Folder of fetched data. [default: the user's cache]",
)
@click.option("--again", is_flag=True, help="Fetch also what is there and as it should be.")
@_JSON
def prefetch(names: tuple[str, ...], tasks: str, cache_dir: Path | None, again: bool, as_json: bool) -> None:
    """Fetch data sets into the cache, so that runs need no network.

    Without a name, those behind iteralign_gate and iteralign_paper. What is there and as it should be is left alone.
    Each is fetched as one file, pinned by revision or content, checked row by row, and recorded with its revision, row
    count and content hash.
    """
    cache = _folder(None, cache_dir)
    wanted = chosen(names, _split(tasks))
    quiet_libraries()
    failures: list[HarnessError] = []
    with show_progress() as progress:
        progress.stage("fetching data", len(wanted))
        for name in wanted:
            if again or verified(cache, [name])[0].problem:
                try:
                    fetch(SETS[name], cache)
                except (FetchError, DataError) as error:
                    # What can be had is still fetched; the first that can't ends the command.
                    failures.append(error)
            progress.advance()
        progress.done()
    statuses = verified(cache, wanted)
    _print(statuses, cache, as_json)
    if failures:
        raise failures[0]
    _refuse_bad(statuses)


@data.command()
@click.argument("names", nargs=-1, metavar="[SET]...")
@_TASKS
@_folders
@click.option("--accept", is_flag=True, help="Record what is there as what is meant.")
@_JSON
def verify(
    names: tuple[str, ...], tasks: str, data_dir: Path | None, cache_dir: Path | None, accept: bool, as_json: bool
) -> None:
    """Read data sets on this machine and hold them against what was recorded or published.

    Ends with exit code 2 when one is missing, flawed or changed. A change that is meant is recorded with --accept.
    """
    folder = _folder(data_dir, cache_dir)
    statuses = verified(folder, chosen(names, _split(tasks)), accept=accept)
    _print(statuses, folder, as_json)
    # Whoever accepts a folder as it is means what is there, unless a set was named.
    excused = "missing" if accept and not names else ""
    _refuse_bad([status for status in statuses if status.state != excused])


def _refuse_bad(statuses: Sequence[SetStatus]) -> None:
    bad = [status for status in statuses if status.problem]
    if bad:
        more = f" (and {len(bad) - 1} more, named above)" if len(bad) > 1 else ""
        raise DataError(f"{bad[0].name} can't be used{more}: {bad[0].problem}.")


def _folder(data_dir: Path | None, cache_dir: Path | None) -> Path:
    if data_dir is not None and not data_dir.is_dir():
        raise DataError(f"The data folder {data_dir} does not exist: check --data-dir.")
    return data_dir or cache_dir or default_cache()


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _print(statuses: Sequence[SetStatus], folder: Path, as_json: bool) -> None:
    if as_json:
        print_json({"folder": str(folder), "sets": [asdict(status) for status in statuses]})
        return
    out = console()
    # `list` reads nothing, so there is no hash to show.
    hashed = any(status.sha256 for status in statuses)
    columns = ("set", "rows", "state", *(("hash",) if hashed else ()), "licence", "about")
    rows = table(columns, right=("rows",), whole=("set", "state"))
    for status in statuses:
        good = status.state in ("ready", "accepted", "not checked")
        rows.add_row(
            safe(status.name),
            f"{status.rows:,}",
            safe(status.state, "" if good else "red"),
            *((safe(status.sha256[:8]),) if hashed else ()),
            safe(status.licence),
            safe(status.about),
        )
    if statuses:
        out.print(rows)
    else:
        out.print("These tasks need no data: their items are shipped.")
    for status in statuses:
        if status.problem:
            out.print(safe(f"{status.name}: {status.problem}.", "red"), soft_wrap=True)
        elif status.state == "accepted":
            out.print(safe(f"{status.name}: not as published, but recorded by hand as what is meant.", "yellow"))
    out.print(safe(f"Folder: {folder}"), soft_wrap=True)
