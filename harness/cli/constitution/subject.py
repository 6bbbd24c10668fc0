"""What the commands that change a constitution share: who says so, whether they may, and what is said afterwards."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from harness.cli.constitution.printing import print_differences
from harness.cli.output import console, safe
from harness.cli.views import run
from harness.constitution.differences import differences
from harness.store import Store
from harness.store.constitutions import Edit, Review, StoredConstitution
from harness_base.display import counted
from harness_base.errors import ConfigError, StoreError
from harness_base.text import for_terminal
from iteralign.core.records import Principle

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True)
class Subject:
    """A run whose constitution is to be changed. `base` is its newest version, None where it has none yet."""

    run_id: int
    run: str
    base: StoredConstitution | None
    review: Review

    @property
    def principles(self) -> tuple[Principle, ...]:
        return self.base.principles if self.base else ()


def said_options(function: Function) -> Function:
    """Add `--by` and `--why`; see `said`."""
    for option in (
        click.option("--why", required=True, metavar="TEXT", help="Why, for those who read it later."),
        click.option("--by", metavar="NAME", help="Who says so.  [default: your login name]"),
    ):
        function = option(function)
    return function


def said(by: str | None, why: str) -> dict[str, str]:
    """Who says so and why, as the store takes them. Raises ConfigError where either is empty."""
    try:
        who = getpass.getuser() if by is None else by
    except (OSError, KeyError):
        raise ConfigError("This machine does not say who you are: add --by NAME.") from None
    if not who.strip() or not why.strip():
        raise ConfigError("A name or a reason that is empty says nothing: write a few words.")
    return {"made_by": who.strip(), "why": why.strip()}


def subject_of(kept: Store, name: str, *, path: Path) -> Subject:
    """The run of that name, to be changed. Raises StoreError for one that is running or done."""
    found = run(kept, name)
    if found["status"] == "done":
        raise StoreError(
            f"The run {found['run']} is done, so its constitution stays as it is: export it with `harness constitution "
            f"export {found['run']} --to FILE.md{flags(path)}`, edit that file, and start a new run with "
            "`--constitution FILE.md`."
        )
    if found["status"] == "running":
        raise StoreError(
            f"The run {found['run']} is running: interrupt it with Ctrl-C and change its constitution then; one that "
            f"was killed must be gone on with first (`{resume(found['run'], path)}`)."
        )
    return subject(kept, found["run_id"], found["run"])


def subject(kept: Store, run_id: int, name: str) -> Subject:
    """The run with what there is of its constitution, whatever its status."""
    history = kept.constitutions.history(run_id)
    return Subject(run_id, name, history[-1] if history else None, kept.constitutions.open_review(run_id))


def known_principles(kept: Store, of: Subject) -> list[Principle]:
    """Every principle that the run ever had, in its newest state first."""
    return [one for stored in reversed(kept.constitutions.history(of.run_id)) for one in stored.principles]


def change(
    kept: Store, of: Subject, action: Edit, principles: Sequence[Principle], words: dict[str, str], path: Path
) -> None:
    """Keep the new principles as the next version, and print what changed and how to go on."""
    if tuple(principles) == of.principles:
        click.echo("Nothing changed: the principles are those that the run has.")
        return
    version = kept.constitutions.edit(
        of.run_id, action=action, principles=principles, round_number=of.review.round, **words
    )
    _print_change(of, version, principles, path)


def _print_change(of: Subject, version: int, principles: Sequence[Principle], path: Path) -> None:
    out = console()
    print_differences(out, differences(of.principles, principles))
    out.print()
    now = f"The constitution of {of.run} is at version {version} now, with {counted(len(principles), 'principle')}."
    out.print(safe(now))
    if of.review.state == "none":
        print_next(f"It holds from the next round on, once {of.run} goes on:", resume(of.run, path))
    else:
        again = " again" if of.review.state == "approved" else ""
        print_next(f"Round {of.review.round} waits for your approval{again}:", approving(of.run, path))


def print_next(what: str, *commands: str) -> None:
    """A sentence and the commands that it is about, each whole on a line of its own, for copying."""
    console().print(safe(what))
    for command in commands:
        click.echo(for_terminal(f"  {command}"))


def approving(run: str, path: Path) -> str:
    """The command that approves what waits."""
    return f"harness constitution approve {shlex.quote(run)} --why TEXT{flags(path)}"


def resume(run: str, path: Path) -> str:
    """The command that goes on with a run."""
    where = "" if path.parent == Path("runs") else f" --runs-dir {shlex.quote(str(path.parent))}"
    return f"harness align-and-eval --resume {shlex.quote(run)}{where}"


def flags(path: Path) -> str:
    """The flag that leads a command to the store at `path`; none for the usual one."""
    if path == Path("runs/harness.db"):
        return ""
    if path.name == "harness.db":
        return f" --runs-dir {shlex.quote(str(path.parent))}"
    return f" --store {shlex.quote(str(path))}"
