"""What `align-and-eval` says at its end: what was gained, lost and rejected, and where the files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli import output
from harness.cli.output import console, heading, safe, table
from harness.config.practice import PRACTICE_NOTE
from harness.run.records import MetricRow, Summary
from harness_base.display import (
    amount,
    counted,
    difference,
    direction,
    duration,
    interval,
    key_label,
    order,
    shift,
    split_label,
)
from harness_base.verdicts import VERDICTS


def print_summary(summary: Summary, to: Console | None = None) -> None:
    """Print to stdout, at most as wide as the terminal."""
    out = to or console()
    out.print()
    out.print(Text.assemble("Run ", (str(safe(summary["run"])), "bold"), ": ", safe(summary["outcome"])))
    out.print(_counts(summary))
    if summary["rejected_candidates"] and not summary["accepted_rounds"]:
        out.print("No candidate was accepted: the base model stands.")
    print_gains(out, summary["rows"])
    _print_confirmation(out, summary)
    _print_list(out, "Rejected", summary["rejections"])
    _print_list(out, "Constitution", summary["principles"])
    out.print()
    print_notes(out, practice=summary["practice"], notes=summary["notes"])
    _print_files(out, summary["files"])


_COLOURS = {"accept": "green", "reject": "red", "inconclusive": "yellow"}


def _print_confirmation(out: Console, summary: Summary) -> None:
    if not summary["confirmed"]:
        return
    verdict, colour = VERDICTS[summary["confirmed"]], _COLOURS[summary["confirmed"]]
    out.print()
    out.print(Text.assemble("On items that no round has seen: ", (verdict, colour)))
    if summary["confirmed"] != "accept":
        for reason in summary["confirmed_reasons"]:
            out.print(safe(f"  {reason}"))


def print_notes(out: Console, *, practice: bool, notes: Sequence[str]) -> None:
    """What must be known before the figures are believed."""
    output.print_notes(out, [*([PRACTICE_NOTE] if practice else []), *notes])


def print_gains(out: Console, rows: Sequence[MetricRow], what: str = "Base and result") -> None:
    """Base, result and the change with its interval, in a table for each split, the final items first."""
    for split in dict.fromkeys(sorted(row["split"] for row in rows)):
        heading(out, f"{what} on {split_label(split)}")
        out.print(_gains_table([row for row in rows if row["split"] == split]))
    if any(row["low"] is not None or row["high"] is not None for row in rows):
        at = f"{100 * rows[0]['confidence']:g} %"
        out.print(f"A change is result less base, in points where the figures are percent; intervals are at {at}.")
    for line in _beside(rows):
        out.print(safe(line))


def _beside(rows: Sequence[MetricRow]) -> list[str]:
    """Why a change has no interval, and what the judge of a metric is worth: too long for a column."""
    without: dict[str, list[str]] = {}
    for row in rows:
        if row["no_interval"]:
            without.setdefault(row["no_interval"], []).append(key_label(row["metric"]))
    worth = {f"{key_label(row['metric'])}, {row['worth']}." for row in rows if row["worth"]}
    return [*(f"No interval for {', '.join(names)}: {why}." for why, names in without.items()), *sorted(worth)]


def _gains_table(rows: Sequence[MetricRow]) -> Table:
    """Each change has a word beside it, as colour alone may not be seen."""
    numbers = ("base", "result", "change", "interval")
    gains = table(("metric", *numbers), right=numbers, tight=True)
    for row in sorted(rows, key=_rank):
        base, result = row["base"], row["result"]
        change = difference(base, result)
        word, style = _direction(row, change)
        gains.add_row(
            safe(key_label(row["metric"]) + (f" (asked {row['asked']})" if row["asked"] else "")),
            amount(base, row["unit"]),
            amount(result, row["unit"]),
            Text(f"{shift(_points(change), row['unit'])} {word}", style),
            _interval(row),
        )
    return gains


def _points(value: float | None) -> float | None:
    return None if value is None else 100.0 * value


def _interval(row: MetricRow) -> str:
    if row["low"] is None and row["high"] is None:
        return "–"
    return interval(_points(row["low"]), _points(row["high"]), row["unit"])


def _rank(row: MetricRow) -> tuple[int, int, str]:
    task, _, metric = row["metric"].partition("/")
    return order(task, metric)


_STYLES = {"better": "green", "worse": "red", "same": "dim"}


def _direction(row: MetricRow, change: float | None) -> tuple[str, str]:
    word = direction(change, row["unit"], higher_is_better=row["higher_is_better"]) or "unknown"
    return word, _STYLES.get(word, "red")


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
