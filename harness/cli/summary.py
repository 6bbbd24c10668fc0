"""What `align-and-eval` says at its end: what was gained, lost and rejected, and where the files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli import output
from harness.cli.output import console, heading, safe, table
from harness.practice import PRACTICE_NOTE
from reports.labels import amount, counted, duration, key_label, order, shift


class MetricRow(TypedDict):
    """One metric of base and result, in its unit; a value is None where it could not be measured."""

    metric: str
    base: float | None
    result: float | None
    higher_is_better: bool
    unit: str


class ConfirmedPart(TypedDict):
    """The gate's outcome for the result on items that no round has seen, empty where there was no such look."""

    confirmed: str
    confirmed_reasons: Sequence[str]


class Summary(ConfirmedPart):
    """A run at its end, as plain data."""

    run: str
    outcome: str
    """One sentence: how and why the run ended."""
    practice: bool
    rows: Sequence[MetricRow]
    accepted_rounds: int
    rejected_candidates: int
    skipped_rounds: int
    rejections: Sequence[str]
    """One sentence for each rejected candidate."""
    principles: Sequence[str]
    notes: Sequence[str]
    files: Mapping[str, str]
    """What each file or folder is, and its path."""
    seconds: float


def print_summary(summary: Summary, to: Console | None = None) -> None:
    """Print to stdout, at most as wide as the terminal."""
    out = to or console()
    out.print()
    out.print(Text.assemble("Run ", (str(safe(summary["run"])), "bold"), ": ", safe(summary["outcome"])))
    out.print(_counts(summary))
    if summary["rejected_candidates"] and not summary["accepted_rounds"]:
        out.print("No candidate was accepted: the base model stands.")
    out.print()
    out.print(gains_table(summary["rows"]))
    _print_confirmation(out, summary)
    _print_list(out, "Rejected", summary["rejections"])
    _print_list(out, "Constitution", summary["principles"])
    out.print()
    print_notes(out, practice=summary["practice"], notes=summary["notes"])
    _print_files(out, summary["files"])


_CONFIRMED = {
    "accept": ("GO", "green"), "reject": ("NO-GO", "red"), "inconclusive": ("INCONCLUSIVE", "yellow"),
}  # fmt: skip


def _print_confirmation(out: Console, summary: Summary) -> None:
    if not summary["confirmed"]:
        return
    word, style = _CONFIRMED[summary["confirmed"]]
    out.print()
    out.print(Text.assemble("On items that no round has seen: ", (word, style)))
    if summary["confirmed"] != "accept":
        for reason in summary["confirmed_reasons"]:
            out.print(safe(f"  {reason}"))


def print_notes(out: Console, *, practice: bool, notes: Sequence[str]) -> None:
    """What must be known before the figures are believed."""
    output.print_notes(out, [*([PRACTICE_NOTE] if practice else []), *notes])


def gains_table(rows: Sequence[MetricRow]) -> Table:
    """Base, result and the change, each with a word for it, as colour alone may not be seen."""
    gains = table(("metric", "base", "result", "change", ""), right=("base", "result", "change"))
    for row in sorted(rows, key=_rank):
        base, result = row["base"], row["result"]
        change = None if base is None or result is None else 100 * (result - base)
        word, style = _direction(row)
        gains.add_row(
            safe(key_label(row["metric"])),
            amount(base, row["unit"]),
            amount(result, row["unit"]),
            Text(shift(change, row["unit"]), style),
            Text(word, style),
        )
    return gains


def _rank(row: MetricRow) -> tuple[int, int, str]:
    task, _, metric = row["metric"].partition("/")
    return order(task, metric)


def _direction(row: MetricRow) -> tuple[str, str]:
    base, result = row["base"], row["result"]
    if base is None or result is None:
        return "unknown", "red"
    if base == result:
        return "same", "dim"
    return ("better", "green") if (result > base) == row["higher_is_better"] else ("worse", "red")


def _counts(summary: Summary) -> str:
    parts = [
        f"{counted(summary['accepted_rounds'], 'round')} accepted",
        f"{counted(summary['rejected_candidates'], 'candidate')} rejected",
        f"{counted(summary['skipped_rounds'], 'round')} skipped",
        counted(len(summary["principles"]), "principle"),
    ]
    return f"{', '.join(parts)}; {duration(summary['seconds'])}."


def _print_list(out: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    heading(out, title)
    grid = Table.grid(padding=(0, 1))
    for number, line in enumerate(lines, 1):
        grid.add_row(f"{number:>3}.", safe(line))
    out.print(grid)


def _print_files(out: Console, files: Mapping[str, str]) -> None:
    for what, path in files.items():
        # Not wrapped: a path that breaks over two lines can't be copied.
        out.print(Text.assemble((f"{what:<9}", "bold"), safe(path)), soft_wrap=True)
