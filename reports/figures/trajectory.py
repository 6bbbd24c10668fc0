"""One metric over the rounds: a line through what was accepted, crosses where a candidate was sent back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness_base.display import amount, better_way, is_share, label
from reports.data.changes import Point, Trajectory
from reports.data.report import Report
from reports.figures.kinds import FigureKind
from reports.figures.style import (
    MARKERS,
    Theme,
    as_png,
    halo,
    mark_base,
    new_figure,
    percent_axis,
    plain_axes,
    state_colour,
)

_COLUMNS = 4
_PANEL = (3.1, 2.05)
_TITLED_PANEL = (2.75, 2.55)
_STEP_BETWEEN_ATTEMPTS = 0.26
_ROOM = 0.15


def draw_trajectory(trajectory: Trajectory, rounds: int, theme: Theme) -> bytes:
    """One panel without a title, for a page that writes its own. `rounds` is how far the axis goes."""
    figure = new_figure(*_PANEL, theme)
    _draw(figure.add_axes((0.14, 0.13, 0.84, 0.84)), trajectory, rounds, theme)
    return as_png(figure)


def draw_trajectories(trajectories: Sequence[Trajectory], rounds: int, theme: Theme) -> bytes:
    """All panels in one figure, with titles and one legend; `trajectories` is not empty."""
    columns = min(_COLUMNS, max(2, len(trajectories)))
    lines = math.ceil(len(trajectories) / columns)
    width, height = _TITLED_PANEL[0] * columns, _TITLED_PANEL[1] * lines + 0.4
    figure = new_figure(width, height, theme)
    for number, trajectory in enumerate(trajectories):
        left = (number % columns) / columns
        bottom = 1 - _TITLED_PANEL[1] * (number // columns + 1) / height
        frame = (left + 0.16 / columns, bottom + 0.3 / height, 0.8 / columns, 1.6 / height)
        axes = figure.add_axes(frame)
        _draw(axes, trajectory, rounds, theme)
        _title(axes, trajectory, theme)
    figure.legend(handles=_legend(theme), loc="lower left", ncols=5, frameon=False, fontsize=9, labelcolor=theme.muted)
    return as_png(figure)


def positions(points: Sequence[Point]) -> list[float]:
    """Where each candidate stands on the axis: its round, earlier attempts of the same round a step to the left."""
    last = {point.round: point.attempt for point in points}
    return [point.round - _STEP_BETWEEN_ATTEMPTS * (last[point.round] - point.attempt) for point in points]


def _draw(axes: Axes, trajectory: Trajectory, rounds: int, theme: Theme) -> None:
    plain_axes(axes, theme)
    axes.grid(False, axis="x")
    _axes_of(axes, trajectory, rounds)
    at = dict(zip(trajectory.points, positions(trajectory.points), strict=True))
    _line(axes, trajectory, at, rounds, theme)
    for point, x in at.items():
        _mark(axes, x, point, theme)
    _direct_labels(axes, trajectory, rounds, theme)


def _axes_of(axes: Axes, trajectory: Trajectory, rounds: int) -> None:
    axes.set_xlim(-0.1 * rounds - 0.15, rounds * 1.22 + 0.15)
    every = max(1, math.ceil(rounds / 8))
    ticks = [number for number in range(rounds + 1) if number % every == 0]
    axes.set_xticks(ticks, labels=["base", *(str(number) for number in ticks[1:])])
    if is_share(trajectory.unit):
        axes.set_ylim(-0.05, 1.06)
        percent_axis(axes, "y", [0, 0.25, 0.5, 0.75, 1])


def _line(axes: Axes, trajectory: Trajectory, at: dict[Point, float], rounds: int, theme: Theme) -> None:
    """Through base and what was accepted, and on, thinner, as far as the last accepted model stayed in force."""
    path = [(0.0, trajectory.base), *((at[point], point.value) for point in trajectory.accepted)]
    measured = [(x, y) for x, y in path if y is not None]
    if not measured:
        return
    axes.plot(*zip(*measured, strict=True), color=theme.accepted, linewidth=2, zorder=3)
    x, y = measured[-1]
    axes.plot([x, rounds], [y, y], color=theme.accepted, linewidth=1.1, alpha=0.7, zorder=2)
    if trajectory.base is not None:
        if trajectory.accepted:
            level = [trajectory.base] * 2
            axes.plot([0, rounds], level, color=theme.muted, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1)
        mark_base(axes, 0, trajectory.base, theme)


def _mark(axes: Axes, x: float, point: Point, theme: Theme) -> None:
    """A candidate's marker, open where only a part of the items was asked.

    One without a value stands as a question mark at the bottom.
    """
    colour = state_colour(theme, point.state)
    if point.value is None:
        axes.text(x, axes.get_ylim()[0], "?", color=colour, fontsize=10, fontweight="bold", ha="center", va="bottom")
        return
    axes.plot(
        x,
        point.value,
        MARKERS.get(point.state, "s"),
        markersize=6.5 if point.state == "accepted" else 8.5,
        color=colour,
        markerfacecolor=theme.background if point.partial else colour,
        markeredgecolor=colour if point.partial else theme.background,
        markeredgewidth=1.4 if point.partial else 0.9,
        zorder=5,
        clip_on=False,
    )


def _direct_labels(axes: Axes, trajectory: Trajectory, rounds: int, theme: Theme) -> None:
    last = trajectory.last
    if trajectory.base is not None:
        _base_label(axes, trajectory, trajectory.base, theme)
    if trajectory.accepted and last is not None:
        axes.annotate(
            amount(last, trajectory.unit, 0),
            (rounds, last),
            (7, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=9,
            fontweight="bold",
            color=theme.accepted,
            path_effects=halo(theme),
            zorder=6,
        )


def _base_label(axes: Axes, trajectory: Trajectory, base: float, theme: Theme) -> None:
    above = _label_above(base, trajectory.last)
    axes.annotate(
        amount(base, trajectory.unit, 0),
        (0, base),
        (0, 6 if above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontsize=8,
        color=theme.muted,
        path_effects=halo(theme),
        zorder=6,
    )


def _label_above(base: float, last: float | None) -> bool:
    """Whether there is more room above the base than below: away from the line, and not over the edge."""
    if base > 1 - _ROOM / 2:
        return False
    return last is None or base >= last or base < _ROOM


def _title(axes: Axes, trajectory: Trajectory, theme: Theme) -> None:
    title = label(trajectory.task, trajectory.metric)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=theme.ink, pad=18)
    axes.text(0, 1.04, better_way(trajectory.higher_is_better), transform=axes.transAxes, fontsize=8, color=theme.muted)


def _legend(theme: Theme) -> list[Line2D]:
    base = Line2D(
        *([], []),
        marker="o",
        linestyle="",
        markersize=6,
        color=theme.background,
        markeredgecolor=theme.accepted,
        markeredgewidth=1.6,
        label="base",
    )
    candidates = [
        Line2D([], [], marker=MARKERS[state], linestyle="", markersize=7, color=state_colour(theme, state), label=state)
        for state in ("accepted", "passed over", "rejected", "inconclusive")
    ]
    return [base, *candidates]


def _of_run(report: Report, theme: Theme) -> bytes | None:
    trajectories = report.contents.trajectories
    return draw_trajectories(trajectories, report.rounds, theme) if trajectories else None


FIGURE: Final = FigureKind(
    name="trajectories",
    title="Every metric over the rounds",
    alt="Every metric over the rounds.",
    draw=_of_run,
    on_page=False,  # where each metric has a panel of its own
)
