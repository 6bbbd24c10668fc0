"""The base beside the result for each metric: two dots, the way between them, and the points gained or lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from harness_base.display import interval, is_share, label, points
from reports.data.changes import Change
from reports.data.report import Report
from reports.figures.kinds import FigureKind
from reports.figures.style import Theme, as_png, new_figure, percent_axis, plain_axes

_WIDTH, _ROW_HEIGHT = 7.2, 0.4
_COMPACT_WIDTH, _COMPACT_ROW_HEIGHT = 4.2, 0.56
_CLOSE = 0.12
"""Two dots nearer than this share of the axis leave no room for the words above both."""


def drawable(changes: Sequence[Change]) -> list[Change]:
    """The changes that have both values, as shares."""
    return [
        change for change in changes if change.base is not None and change.result is not None and is_share(change.unit)
    ]


def draw_headline(changes: Sequence[Change], theme: Theme, *, compact: bool = False) -> bytes:
    """The figure as PNG, one row a change, the first on top; `changes` is not empty and all `drawable`.

    `compact` is for narrow screens: names stand above their rows instead of beside them.
    """
    width, height = (_COMPACT_WIDTH, _COMPACT_ROW_HEIGHT) if compact else (_WIDTH, _ROW_HEIGHT)
    figure = new_figure(width, height * len(changes) + 0.8, theme, fitted=True)
    axes = figure.add_subplot()
    plain_axes(axes, theme)
    axes.grid(False, axis="y")
    axes.set_ylim(len(changes) - 0.5, -0.75 if compact else -0.9)
    axes.set_xlim(-0.03, 1.03)
    percent_axis(axes, "x", [0, 0.5, 1] if compact else [0, 0.25, 0.5, 0.75, 1])
    _names(axes, changes, theme, compact=compact)
    for row, change in enumerate(changes):
        _row(axes, row, change, theme)
    if not compact:
        _words(axes, changes[0], theme)
    return as_png(figure)


def _names(axes: Axes, changes: Sequence[Change], theme: Theme, *, compact: bool) -> None:
    names = [f"{label(change.task, change.metric)} {'↑' if change.higher_is_better else '↓'}" for change in changes]
    if not compact:
        axes.set_yticks(range(len(names)), labels=names)
        axes.tick_params(axis="y", labelsize=9, labelcolor=theme.ink)
        return
    axes.set_yticks([])
    for row, name in enumerate(names):
        axes.text(-0.03, row - 0.28, name, fontsize=9, color=theme.ink, va="bottom", backgroundcolor=theme.background)


def _row(axes: Axes, row: int, change: Change, theme: Theme) -> None:
    base, result = change.base or 0.0, change.result or 0.0
    gain = round(change.gain_points or 0.0, 1)
    colour = theme.accepted if gain > 0 else theme.rejected if gain < 0 else theme.muted
    axes.plot([base, result], [row, row], color=colour, linewidth=3, alpha=0.45, solid_capstyle="butt", zorder=2)
    _interval(axes, row, change, theme)
    axes.plot(base, row, "o", markersize=9, color=theme.muted, zorder=3, clip_on=False)
    axes.plot(base, row, "o", markersize=5.5, color=theme.background, zorder=3, clip_on=False)
    axes.plot(result, row, "o" if gain >= 0 else "X", markersize=8.5, color=colour, zorder=4, clip_on=False)
    word = "better" if gain > 0 else "worse" if gain < 0 else "same"
    weight = "bold" if gain else "normal"
    axes.text(1.06, row, points(change.change_points), fontsize=9, color=colour, va="center", fontweight=weight)
    axes.text(1.06, row + 0.36, _in_words(word, change), fontsize=7, color=colour, va="center")


def _interval(axes: Axes, row: int, change: Change, theme: Theme) -> None:
    """Where the result would stand at either end of the change's interval."""
    if change.low_points is None or change.high_points is None:
        return
    ends = [min(1.0, max(0.0, (change.base or 0.0) + end / 100)) for end in (change.low_points, change.high_points)]
    axes.plot(ends, [row, row], color=theme.ink, linewidth=0.9, zorder=2.5)
    axes.plot(ends, [row, row], "|", color=theme.ink, markersize=6, markeredgewidth=0.9, zorder=2.5, clip_on=False)


def _in_words(word: str, change: Change) -> str:
    if change.low_points is None and change.high_points is None:
        return word
    return f"{word}, {interval(change.low_points, change.high_points, change.unit)}"


def _words(axes: Axes, first: Change, theme: Theme) -> None:
    """Say above the first row which dot is which."""
    base, result = first.base or 0.0, first.result or 0.0
    if abs(base - result) >= _CLOSE:
        axes.text(base, -0.35, "base", fontsize=8, color=theme.muted, ha="center", va="bottom")
        axes.text(result, -0.35, "result", fontsize=8, color=theme.ink, ha="center", va="bottom")


def _wide(report: Report, theme: Theme) -> bytes | None:
    changes = _moved(report)
    return draw_headline(changes, theme) if changes else None


def _narrow(report: Report, theme: Theme) -> bytes | None:
    changes = _moved(report)
    return draw_headline(changes, theme, compact=True) if changes else None


def _moved(report: Report) -> list[Change]:
    """What can be drawn of the headline's changes; nothing where none of them moved."""
    changes = drawable(report.headline.changes) if report.headline else []
    return changes if any(change.change_points for change in changes) else []


FIGURE: Final = FigureKind(
    name="headline",
    title="Base and result for each metric",
    alt="Base and result for each metric on the {split} items; the table below has the same numbers.",
    draw=_wide,
    draw_narrow=_narrow,
)
