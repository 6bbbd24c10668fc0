"""How `harness constitution show` puts a constitution on 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from harness.cli.constitution.printing import history_table, made, numbered, rests_on
from harness.cli.constitution.subject import approving, print_next, resume
from harness.cli.output import fields, heading, safe
from harness.cli.views import Row
from harness.store.constitutions import Review, StoredConstitution
from harness_base.display import MINUS, NBSP, counted
from harness_base.text import one_line

_LONGEST_REQUEST = 200
"""Characters of a worked example's request that are shown; its answer is in the exported file."""


def print_constitution(
    out: Console, shown: Row, stored: StoredConstitution, history: Sequence[StoredConstitution]
) -> None:
    """The principles of a version, what is not in it, and what people did."""
    newest = max(shown["versions"])
    version = (
        f"{stored.version}, the newest" if stored.version == newest else f"{stored.version}; the newest is {newest}"
    )
    out.print(fields({"run": shown["run"], "version": version, "made": made(stored), "why": stored.why}))
    heading(out, "Principles" if stored.principles else "Principles: none")
    _print_principles(out, shown["principles"], stored)
    _print_not_in_it(out, shown["not_in_it"])
    by_people = [each for each in history if each.action not in ("round", "pending")]
    if by_people:
        heading(out, "By people")
        out.print(history_table(by_people))


def print_review(out: Console, review: Review, run: str, path: Path) -> None:
    """Whether a version waits for a person, and the commands that settle it."""
    if review.constitution is None:
        return
    out.print()
    if review.state == "pending":
        waiting = f"Version {review.constitution.version} waits for a person before round {review.round} goes on:"
        print_next(f"{waiting} edit it, or approve it and go on.", approving(run, path), resume(run, path))
    else:
        print_next(f"Round {review.round} was {made(review.constitution)}, and can go on:", resume(run, path))


def worth_text(worth: Row) -> str:
    """What a principle changes, as measured: "mends 83 % more (41 to 97) of 6 other violations; …"."""
    interval = f" ({_whole(worth['low_points'])} to {_whole(worth['high_points'])})"
    mends = f"mends {_more(worth['worth_points'])}{interval} of {counted(worth['violations'], 'other violation')}"
    if worth["harmless"]:
        harmless = counted(worth["harmless"], "harmless prompt")
        mends = f"{mends}; refuses {_more(worth['refused_more_points'])} of {harmless}"
    if worth["twins"]:
        mends = f"{mends}; helps with {worth['twins_helped']} of {counted(worth['twins'], 'fresh twin')}"
    return mends


def _print_principles(out: Console, principles: list[Row], stored: StoredConstitution) -> None:
    grid = numbered()
    for row, principle in zip(principles, stored.principles, strict=True):
        grid.add_row("", f"{row['number']}", safe(principle.text))
        grid.add_row("", "", safe(f"{row['id']} · {rests_on(principle)}", "dim"))
        if row["worth"]:
            grid.add_row("", "", safe(worth_text(row["worth"]), "dim"))
            _add_amendment(grid, row["worth"])
        for example in principle.examples:
            kind = "forbids" if example.forbidden else "leaves alone"
            grid.add_row("", "", safe(f"{kind}: {one_line(example.request, _LONGEST_REQUEST)}", "dim"))
    if principles:
        out.print(grid)


def _add_amendment(grid: Table, worth: Row) -> None:
    """What the principle said before it was sent back to its proposer, and why it was."""
    if worth["amended_from"]:
        before, why = (one_line(worth[name], _LONGEST_REQUEST) for name in ("amended_from", "amended_why"))
        grid.add_row("", "", safe(f"amended; before: {before}", "dim"))
        grid.add_row("", "", safe(f"because {why}", "dim"))


def _print_not_in_it(out: Console, rows: list[Row]) -> None:
    if not rows:
        return
    heading(out, "Proposed, and not in it")
    grid = numbered()
    for row in rows:
        grid.add_row("", "–", safe(row["text"]))
        grid.add_row("", "", safe(f"{row['outcome']} in round {row['round']}: {row['reason']}", "dim"))
        if row["worth"]["violations"]:
            grid.add_row("", "", safe(worth_text(row["worth"]), "dim"))
            _add_amendment(grid, row["worth"])
    out.print(grid)


def _more(points: float) -> str:
    return f"{abs(round(points))}{NBSP}% {'less' if round(points) < 0 else 'more'}"


def _whole(points: float | None) -> str:
    return "?" if points is None else str(round(points)).replace("-", MINUS)
