"""How a constitution, its history and its changes are put on 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.output import safe, table
from harness.constitution.differences import Difference, Differences, Placed
from harness.store.constitutions import StoredConstitution
from harness_base.display import counted
from iteralign.core.records import Principle

ACTIONS: Final = {"edit": "edited", "import": "imported", "retire": "retired one", "approve": "approved"}
"""What people do to a constitution, in words."""


def made(stored: StoredConstitution) -> str:
    """How a version came about: "edited by alice on 2026-01-31 12:00"."""
    when = f"on {moment(stored.made_at)} UTC"
    if stored.action in ACTIONS:
        return f"{ACTIONS[stored.action]} by {stored.made_by} {when}"
    if stored.action == "pending":
        return f"put before a person by round {stored.round} {when}"
    return f"made by round {stored.round} {when}"


def moment(text: str) -> str:
    """An ISO 8601 time to the minute."""
    return f"{text[:10]} {text[11:16]}"


def history_table(versions: Iterable[StoredConstitution]) -> Table:
    """How versions came about, one a row."""
    columns = ("version", "what", "who", "when (UTC)", "why")
    found = table(columns, right=("version",), whole=("what", "when (UTC)"))
    for each in versions:
        what = ACTIONS.get(each.action) or ("to review" if each.action == "pending" else "made")
        who = each.made_by or f"round {each.round}"
        found.add_row(str(each.version), what, safe(who), moment(each.made_at), safe(each.why))
    return found


def rests_on(principle: Principle) -> str:
    """Where a principle comes from and how many violations it rests on."""
    origin = f"round {principle.round}" if principle.round else "a person's own"
    evidence = counted(len(principle.evidence), "violation") if principle.evidence else "no evidence"
    return f"{origin} · {evidence}"


def numbered() -> Table:
    """A grid for principles: a sign, a number, and a text that wraps beside them."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(overflow="fold")
    return grid


def print_differences(out: Console, found: Differences) -> None:
    """What was added, removed and reworded, and in a sentence what was not."""
    grid = numbered()
    for each in found.changes:
        for sign, style, placed in (("-", "red", each.before), ("+", "green", each.after)):
            if placed:
                grid.add_row(Text(sign, style), Text(str(placed.place), style), safe(placed.principle.text, style))
        grid.add_row("", "", safe(_note(each), "dim"))
    if found.changes:
        out.print(grid)
    for sentence in _rest(found):
        out.print(Text(sentence))


def _note(each: Difference) -> str:
    """What is to be known about a principle that changed, below its text."""
    if each.before and each.after:
        return f"reworded · {_evidence(each.before, each.after)}"
    return f"{'added' if each.after else 'removed'} · {rests_on((each.after or _there(each.before)).principle)}"


def _there(placed: Placed | None) -> Placed:
    assert placed is not None, "a difference has a principle on one side at least"
    return placed


def _evidence(before: Placed, after: Placed) -> str:
    old, new = len(before.principle.evidence), len(after.principle.evidence)
    if before.principle.evidence == after.principle.evidence:
        return f"still rests on {counted(new, 'violation')}" if new else "no evidence"
    return f"rests on {counted(new, 'violation')}, before on {old}"


def _rest(found: Differences) -> Iterator[str]:
    if found.same:
        others = "other principle is" if found.same == 1 else "other principles are"
        yield f"{found.same} {others} worded as before." if found.changes else f"All {found.same} are worded as before."
    if found.evidence_changed:
        verb = "rests" if found.evidence_changed == 1 else "rest"
        yield f"Of these, {found.evidence_changed} {verb} on other evidence than before."
    if found.examples_changed:
        verb = "has" if found.examples_changed == 1 else "have"
        yield f"Of these, {found.examples_changed} {verb} other worked examples than before."
    if found.reordered:
        yield "They stand in another order."
