"""Where the time went: one bar a stage, the longest on top."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness_base.display import duration
from reports.data.report import Report
from reports.figures.kinds import FigureKind
from reports.figures.style import Theme, as_png, new_figure, plain_axes

_WIDTH = 4.9
_ROW_HEIGHT = 0.34


def draw_time(seconds: Mapping[str, float], theme: Theme) -> bytes:
    """The figure as PNG; `seconds` of each stage, in the order of the bars, is not empty."""
    figure = new_figure(_WIDTH, _ROW_HEIGHT * len(seconds) + 0.2, theme, fitted=True)
    axes = figure.add_subplot()
    plain_axes(axes, theme)
    axes.grid(False)
    axes.set_xticks([])
    longest, total = max(seconds.values()), sum(seconds.values())
    axes.set_xlim(0, (longest or 1.0) * 1.45)
    axes.set_ylim(len(seconds) - 0.5, -0.5)
    axes.barh(range(len(seconds)), list(seconds.values()), height=0.62, color=theme.accepted)
    axes.set_yticks(range(len(seconds)), labels=list(seconds))
    axes.tick_params(axis="y", labelsize=9, labelcolor=theme.ink)
    for row, spent in enumerate(seconds.values()):
        share = f" · {100 * spent / total:.0f} %" if total else ""
        axes.text(spent + longest * 0.015, row, duration(spent) + share, fontsize=9, color=theme.muted, va="center")
    return as_png(figure)


def _of_run(report: Report, theme: Theme) -> bytes | None:
    seconds = report.contents.stage_seconds
    return draw_time(seconds, theme) if seconds else None


FIGURE: Final = FigureKind(
    name="time",
    title="Time by stage",
    alt="Seconds by stage; the table below has the same numbers.",
    draw=_of_run,
)
