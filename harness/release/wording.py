"""The words and numbers that every projection of a verdict shares."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def amount(value: float | None, unit: str, *, sign: bool = False) -> str:
    """A value as people read it: points of a share, or the metric's own unit."""
    if value is None:
        return "?"
    return f"{100.0 * value:{'+' if sign else ''}.1f}" if unit == "share" else f"{value:{'+' if sign else ''}.3f}"


def passes(row: Row, outcome: str) -> bool:
    """Whether this comparison stands in nobody's way. One of several to improve need not improve."""
    if row["role"] == "improve" and outcome == "accept":
        return row["result"] in ("pass", "inconclusive")
    return bool(row["result"] == "pass")


def change(row: Row) -> str:
    """The change as it is shown, a word for it and its interval; nothing where the two were not compared."""
    return f"{moved(row)} ({interval(row)})" if row["effect"] is not None else ""


def moved(row: Row) -> str:
    """The change and a word for it; nothing where the two were not compared."""
    if row["effect"] is None:
        return ""
    return f"{amount(row['change'], row['unit'], sign=True)} {row['direction']}"


def interval(row: Row) -> str:
    """The interval of the change, behind the judge's errors where they were taken out."""
    if row["effect"] is None:
        return ""
    ends = (row[end] for end in ("change_low", "change_high"))
    low, high = ("no limit" if end is None else amount(end, row["unit"], sign=True) for end in ends)
    behind = row["change_corrected"]
    how = "" if behind is None else f"{amount(behind, row['unit'], sign=True)} with the judge's errors taken out, "
    return f"{how}{low} to {high}"
