"""A comparison as a forest plot: for each metric the change with its interval, around a line of no change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.display import is_share, key_label
from reports.data.comparison import Difference
from reports.figures.style import Theme, as_png, new_figure, plain_axes

_WIDTH, _ROW_HEIGHT = 7.2, 0.36


@dataclass(frozen=True)
class Row:
    """One line of the plot: a change and the ends of its interval, in points."""

    difference: Difference
    change: float
    low: float
    high: float


def drawable(differences: Sequence[Difference]) -> list[Row]:
    """Those that have a change with both ends of its interval, in points of a share: nats have another scale."""
    rows = []
    for difference in differences:
        change, low, high = difference.change, difference.change_low, difference.change_high
        if is_share(difference.unit) and change is not None and low is not None and high is not None:
            rows.append(Row(difference, 100 * change, 100 * low, 100 * high))
    return rows


def draw_forest(rows: Sequence[Row], theme: Theme) -> bytes:
    """The figure as PNG, one line a difference, the first on top; `rows` are not empty."""
    figure = new_figure(_WIDTH, _ROW_HEIGHT * len(rows) + 0.9, theme, fitted=True)
    axes = figure.add_subplot()
    plain_axes(axes, theme)
    axes.grid(False, axis="y")
    axes.axvline(0.0, color=theme.muted, linewidth=1.2, zorder=1)
    for place, row in enumerate(rows):
        clear = row.low > 0.0 or row.high < 0.0
        worse = clear and row.difference.direction == "worse"
        colour = theme.muted if not clear else theme.rejected if worse else theme.accepted
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2.5, alpha=0.6, zorder=2)
        axes.plot(row.change, place, "X" if worse else "o", color=colour, markersize=7, zorder=3)
    names = [f"{key_label(row.difference.metric)} {'↑' if row.difference.higher_is_better else '↓'}" for row in rows]
    axes.set_yticks(range(len(rows)), labels=names)
    axes.tick_params(axis="y", labelsize=9, labelcolor=theme.ink)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(
        "change in points; ↑ higher is better, ↓ lower is better; a cross is worse", fontsize=8, color=theme.muted
    )
    return as_png(figure)
