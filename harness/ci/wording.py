"""The words and numbers that every projection of a verdict shares."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def amount(value: float | None, unit: str, *, sign: bool = False) -> str:
    """A value as people read it: points of a share, or the metric's own unit."""
    if value is None:
        return "?"
    return f"{100.0 * value:{'+' if sign else ''}.1f}" if unit == "share" else f"{value:{'+' if sign else ''}.4f}"


def passes(row: Row, outcome: str) -> bool:
    """Whether this comparison stands in nobody's way. One of several to improve need not improve."""
    if row["role"] == "improve" and outcome == "accept":
        return row["result"] in ("pass", "inconclusive")
    return bool(row["result"] == "pass")


def change(row: Row) -> str:
    """The effect with its interval, or nothing where there is none."""
    if row["effect"] is None:
        return ""
    low, high = (amount(row[end], row["unit"], sign=True) for end in ("low", "high"))
    return f"{amount(row['effect'], row['unit'], sign=True)} ({low} to {high})"
