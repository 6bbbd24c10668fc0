"""A comparison as a forest plot: for each metric the change with its interval, around a line of no change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness_base.display import is_share, key_label
from reports.figures.style import Theme, as_png, new_figure, plain_axes

_WIDTH, _ROW_HEIGHT = 7.2, 0.36


def drawable(differences: Sequence[Any]) -> list[Any]:
    """Those that have a change with both ends of its interval, in points of a share: nats have another scale."""
    return [
        one for one in differences if is_share(one.unit) and None not in (one.change, one.change_low, one.change_high)
    ]


def draw_forest(differences: Sequence[Any], theme: Theme) -> bytes:
    """The figure as PNG, one row a difference, the first on top; they are not empty and all `drawable`."""
    figure = new_figure(_WIDTH, _ROW_HEIGHT * len(differences) + 0.9, theme, fitted=True)
    axes = figure.add_subplot()
    plain_axes(axes, theme)
    axes.grid(False, axis="y")
    axes.axvline(0.0, color=theme.muted, linewidth=1.2, zorder=1)
    for row, one in enumerate(differences):
        clear = one.change_low > 0.0 or one.change_high < 0.0
        worse = clear and one.direction == "worse"
        colour = theme.muted if not clear else theme.rejected if worse else theme.accepted
        ends = [100 * one.change_low, 100 * one.change_high]
        axes.plot(ends, [row, row], color=colour, linewidth=2.5, alpha=0.6, zorder=2)
        axes.plot(100 * one.change, row, "X" if worse else "o", color=colour, markersize=7, zorder=3)
    names = [f"{key_label(one.metric)} {'↑' if one.higher_is_better else '↓'}" for one in differences]
    axes.set_yticks(range(len(differences)), labels=names)
    axes.tick_params(axis="y", labelsize=9, labelcolor=theme.ink)
    axes.set_ylim(len(differences) - 0.5, -0.5)
    axes.set_xlabel(
        "change in points; ↑ higher is better, ↓ lower is better; a cross is worse", fontsize=8, color=theme.muted
    )
    return as_png(figure)
