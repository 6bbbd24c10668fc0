"""Colours, shapes and frames that all figures share.

The colours are Okabe and Ito's (2008), which people with any common colour vision tell apart; shape and words say the
same once more.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

DOTS_PER_INCH: Final = 180


@dataclass(frozen=True)
class Theme:
    """One colour a role, on one background."""

    background: str
    ink: str
    muted: str
    grid: str
    accepted: str
    rejected: str
    inconclusive: str


LIGHT: Final = Theme("#ffffff", "#1b2129", "#5a6572", "#e2e7ec", "#0072b2", "#d55e00", "#a8487f")
DARK: Final = Theme("#171c22", "#e8ecf0", "#9aa7b4", "#2c343d", "#56b4e9", "#e69f00", "#d68bb5")

MARKERS: Final = {"accepted": "o", "passed over": "D", "rejected": "X", "inconclusive": "^", "undecided": "^"}


def new_figure(width: float, height: float, theme: Theme, *, fitted: bool = False) -> Figure:
    """An empty figure of that size in inches; `fitted` makes room for whatever is written beside the axes."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=theme.background)
    if fitted:
        figure.set_layout_engine("constrained")
    FigureCanvasAgg(figure)
    return figure


def as_png(figure: Figure) -> bytes:
    """The figure as PNG; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor=figure.get_facecolor(), metadata={"Software": None})
    return buffer.getvalue()


def plain_axes(axes: Axes, theme: Theme) -> None:
    """Only what helps reading: no box, a faint grid behind, small ticks without marks."""
    axes.set_facecolor(theme.background)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.grid(True, color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=theme.muted, labelsize=8, length=0, pad=4)


def percent_axis(axes: Axes, which: str, ticks: list[float]) -> None:
    """Write an axis of shares as percent."""
    axis = getattr(axes, f"{which}axis")
    axis.set_ticks(ticks, labels=[f"{100 * tick:g}\u2009%" for tick in ticks])


def mark_base(axes: Axes, x: float, y: float, theme: Theme) -> None:
    """The base is an empty circle everywhere."""
    axes.plot(
        x,
        y,
        "o",
        markersize=7,
        color=theme.background,
        markeredgecolor=theme.accepted,
        markeredgewidth=1.8,
        zorder=4,
        clip_on=False,
    )


def halo(theme: Theme) -> list[AbstractPathEffect]:
    """Keeps text readable where a line runs behind it."""
    return [withStroke(linewidth=3, foreground=theme.background)]


def state_colour(theme: Theme, state: str) -> str:
    """The colour of a candidate's state."""
    colours = {"accepted": theme.accepted, "passed over": theme.accepted, "rejected": theme.rejected}
    return colours.get(state, theme.inconclusive)
