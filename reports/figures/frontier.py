"""The frontier: the attacks of each model against its over-refusal, with intervals, and the way that the run took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, BboxBase

from harness_base.display import NOT_REFUSED
from reports.data.frontier import Frontier, Stop
from reports.data.known import Level
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

Point = tuple[float, float]
_SIZE, _NARROW_SIZE = (7.4, 4.3), (4.2, 4.1)
_ATTACKS: Final = {"attack_success": "attack success", NOT_REFUSED: "attacks not refused"}
_NEAR_ZERO = 0.2
"""An axis begins at zero unless every value lies above this."""
_LEAST_WIDTH = 0.1
_MOST_TICKS = 8
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
_STATES = ("accepted", "passed over", "rejected", "inconclusive", "undecided")
_NEAR_OFFSETS = ((8, 8), (8, -8), (-8, 8), (-8, -8), (9, 0), (-9, 0), (0, 10), (0, -10))
_LABEL_OFFSETS = (*_NEAR_OFFSETS, (17, 12), (-17, 12), (17, -12))
_NO_ROOM = 150.0
"""A name that would cover this many square pixels of something else is left out."""


@dataclass(frozen=True)
class _Range:
    """From where to where an axis goes, in shares, and where its ticks are."""

    low: float
    high: float
    ticks: tuple[float, ...]


def draw_frontier(frontier: Frontier, theme: Theme, *, narrow: bool = False) -> bytes:
    """The figure as PNG, wide, or for narrow screens."""
    figure = new_figure(*(_NARROW_SIZE if narrow else _SIZE), theme, fitted=True)
    axes = figure.add_subplot()
    _frame(axes, frontier, theme)
    for stop in frontier.stops:
        _bars(axes, stop, theme)
    _tries(axes, frontier.stops, theme)
    _way(axes, frontier.path, theme)
    for stop in reversed(frontier.stops):  # the base last, on top
        _mark(axes, stop, theme)
    columns = 3 if narrow else len(_STATES) + 1
    legend = figure.legend(
        handles=_legend(frontier, theme),
        loc="outside lower left",
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        labelcolor=theme.muted,
        handletextpad=0.3,
        columnspacing=1.2,
    )
    legend.set_in_layout(True)
    figure.draw_without_rendering()  # settles where things are, which the names keep clear of
    _label(axes, frontier, theme)
    return as_png(figure)


def _frame(axes: Axes, frontier: Frontier, theme: Theme) -> None:
    plain_axes(axes, theme)
    across = range_of([stop.place.attacks for stop in frontier.stops])
    limits = [] if frontier.limit is None else [frontier.limit]
    up = range_of([stop.place.over_refusal for stop in frontier.stops], limits)
    axes.set_xlim(across.low, across.high)
    axes.set_ylim(up.low, up.high)
    percent_axis(axes, "x", list(across.ticks))
    percent_axis(axes, "y", list(up.ticks))
    axes.set_xlabel(f"{_ATTACKS[frontier.metric]} (lower is better)", fontsize=9, color=theme.ink, loc="left")
    axes.set_title("over-refusal (lower is better)", fontsize=9, color=theme.ink, loc="left", pad=8)
    if frontier.limit is not None:
        _limit(axes, frontier.limit, theme)


def range_of(levels: Sequence[Level], others: Sequence[float] = ()) -> _Range:
    """An axis that holds the levels with their intervals, a little more, and ticks at round percents."""
    ends = [end for level in levels for end in (level.value, level.low, level.high) if end is not None]
    least, most = min(*ends, *others), max(*ends, *others)
    least = 0.0 if least < _NEAR_ZERO else least
    most = max(most, least + _LEAST_WIDTH)
    step = next((step for step in _STEPS if (most - least) / step <= _MOST_TICKS), _STEPS[-1])
    ticks = [step * number for number in range(math.floor(least / step), math.ceil(most / step) + 1)]
    room = 0.04 * (most - least)
    low, high = least - room, most + room
    return _Range(low, high, tuple(round(tick, 2) for tick in ticks if low <= tick <= min(high, 1.0)))


def _limit(axes: Axes, limit: float, theme: Theme) -> None:
    axes.axhline(limit, color=theme.muted, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1)
    axes.annotate(
        "the gate's margin",
        (1, limit),
        (-2, 2),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        fontsize=8,
        color=theme.muted,
        ha="right",
        va="bottom",
        path_effects=halo(theme),
        zorder=3,
    )


def _bars(axes: Axes, stop: Stop, theme: Theme) -> None:
    """Both intervals as thin lines through the point."""
    colour = theme.muted if stop.state == "base" else state_colour(theme, stop.state)
    x, y = stop.place.attacks, stop.place.over_refusal
    if x.low is not None and x.high is not None:
        axes.plot([x.low, x.high], [y.value, y.value], color=colour, linewidth=0.9, alpha=0.55, zorder=2)
    if y.low is not None and y.high is not None:
        axes.plot([x.value, x.value], [y.low, y.high], color=colour, linewidth=0.9, alpha=0.55, zorder=2)


def _way(axes: Axes, path: Sequence[Stop], theme: Theme) -> None:
    for start, end in pairwise(path):
        axes.annotate(
            "",
            xy=(end.place.attacks.value, end.place.over_refusal.value),
            xytext=(start.place.attacks.value, start.place.over_refusal.value),
            arrowprops={
                "arrowstyle": "-|>",
                "color": theme.accepted,
                "linewidth": 1.8,
                "shrinkA": 5,
                "shrinkB": 6,
            },
            zorder=3,
        )


def _tries(axes: Axes, stops: Sequence[Stop], theme: Theme) -> None:
    """A thin line through the tries of each round, in their order."""
    for _, of_round in groupby((stop for stop in stops if stop.state != "base"), key=lambda stop: stop.round):
        places = [_at(stop) for stop in of_round]
        axes.plot(*zip(*places, strict=True), color=theme.muted, linewidth=0.8, zorder=2)


def _mark(axes: Axes, stop: Stop, theme: Theme) -> None:
    """A candidate's marker, open where only a part of the items was asked."""
    x, y = stop.place.attacks.value, stop.place.over_refusal.value
    if stop.state == "base":
        mark_base(axes, x, y, theme)
        return
    colour, partial = state_colour(theme, stop.state), stop.place.partial
    axes.plot(
        x,
        y,
        MARKERS.get(stop.state, "s"),
        markersize=_size(stop.state),
        color=colour,
        markerfacecolor=theme.background if partial else colour,
        markeredgecolor=colour if partial else theme.background,
        markeredgewidth=1.4 if partial else 0.9,
        zorder=4,
        clip_on=False,
    )


def _size(state: str) -> float:
    return {"accepted": 8, "passed over": 6}.get(state, 8.5)


def _legend(frontier: Frontier, theme: Theme) -> list[Line2D]:
    """Of the states that there are."""
    shown = {stop.state for stop in frontier.stops}
    base = _handle("o", theme.background, theme.accepted, 7, "base")
    states = [
        _handle(MARKERS[state], state_colour(theme, state), theme.background, _size(state), state)
        for state in _STATES
        if state in shown
    ]
    return [base, *states]


def _handle(marker: str, face: str, edge: str, size: float, label: str) -> Line2D:
    width = 1.8 if label == "base" else 0.9
    return Line2D(
        [],
        [],
        marker=marker,
        linestyle="",
        markersize=size,
        color=face,
        markeredgecolor=edge,
        markeredgewidth=width,
        label=label,
    )


def _label(axes: Axes, frontier: Frontier, theme: Theme) -> None:
    """Write names where there is room, what matters most first; the base and the last accepted one always."""
    taken = [*(_box(axes, *_at(stop), 10) for stop in frontier.stops), *_boxes_along(axes, frontier.path)]
    taken += [box for stop in frontier.stops for box in _boxes_of_bars(axes, stop)]
    always = {frontier.stops[0].name, frontier.path[-1].name}
    for name, stop in named_places(frontier):
        plain = stop.state in ("base", "accepted", "passed over")
        text = axes.annotate(
            name,
            _at(stop),
            (0, 0),
            textcoords="offset points",
            fontsize=9 if stop in frontier.path else 8,
            color=theme.ink if plain else state_colour(theme, stop.state),
            path_effects=halo(theme),
            zorder=6,
        )
        own = _pixels(axes, stop)
        others = [_pixels(axes, other) for other in frontier.stops if _at(other) != _at(stop)]
        crowding = []
        for offset in _LABEL_OFFSETS:
            box = _placed(text, offset)
            elsewhere = 0.0 if is_nearest(box, own, others) else 2.0 * _NO_ROOM
            crowding.append(sum(_overlap(box, other) for other in taken) + _outside(box, axes.bbox) + elsewhere)
        if min(crowding) > _NO_ROOM and stop.name not in always:
            text.remove()
            continue
        taken.append(_placed(text, _LABEL_OFFSETS[crowding.index(min(crowding))]))


def is_nearest(box: BboxBase, own: Point, others: Iterable[Point]) -> bool:
    """Whether a name in that box stands nearer to its own mark than to any other: else it is read as that one's.

    Marks and box are in pixels.
    """
    return all(_distance(box, own) < _distance(box, other) for other in others)


def _distance(box: BboxBase, mark: Point) -> float:
    """From a mark to a box; 0 within it."""
    x, y = mark
    return math.hypot(max(box.x0 - x, 0.0, x - box.x1), max(box.y0 - y, 0.0, y - box.y1))


def named_places(frontier: Frontier) -> list[tuple[str, Stop]]:
    """A name for each place, what matters most first: of stops that lie on one another only the most important."""
    ranks = {"base": 0, "accepted": 1, "passed over": 2}
    by_rank = sorted(frontier.stops, key=lambda stop: (ranks.get(stop.state, 3), -stop.round))
    places: dict[tuple[float, float], list[Stop]] = {}
    for stop in by_rank:
        x, y = _at(stop)
        places.setdefault((round(x, 2), round(y, 2)), []).append(stop)
    return [(" = ".join(stop.name for stop in here[:2]), here[0]) for here in places.values()]


def _at(stop: Stop) -> tuple[float, float]:
    return stop.place.attacks.value, stop.place.over_refusal.value


def _pixels(axes: Axes, stop: Stop) -> Point:
    x, y = axes.transData.transform(_at(stop))
    return float(x), float(y)


def _box(axes: Axes, x: float, y: float, half: float) -> Bbox:
    """A square of 2 * `half` pixels around a point of the data."""
    across, up = axes.transData.transform((x, y))
    return Bbox.from_bounds(across - half, up - half, 2 * half, 2 * half)


def _boxes_along(axes: Axes, path: Sequence[Stop]) -> list[Bbox]:
    """Small squares along the way, so that names keep off it."""
    steps = [step / 24 for step in range(1, 24)]
    boxes = []
    for start, end in pairwise(path):
        (x, y), (to_x, to_y) = _at(start), _at(end)
        boxes += [_box(axes, x + step * (to_x - x), y + step * (to_y - y), 4) for step in steps]
    return boxes


def _boxes_of_bars(axes: Axes, stop: Stop) -> list[Bbox]:
    """As thin as the lines: a name may cross one where nothing else is free."""
    (x, y), attacks, refusals = _at(stop), stop.place.attacks, stop.place.over_refusal
    boxes = []
    if attacks.low is not None and attacks.high is not None:
        boxes.append(_thin(axes, (attacks.low, y), (attacks.high, y)))
    if refusals.low is not None and refusals.high is not None:
        boxes.append(_thin(axes, (x, refusals.low), (x, refusals.high)))
    return boxes


def _thin(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> Bbox:
    return Bbox([axes.transData.transform(start) - 1, axes.transData.transform(end) + 1])


def _placed(text: Annotation, offset: tuple[int, int]) -> Bbox:
    """Move a name to that many points from its mark, and give the pixels that it then covers."""
    x, y = offset
    text.set_position(offset)
    text.set_horizontalalignment("left" if x > 0 else "right" if x < 0 else "center")
    text.set_verticalalignment("bottom" if y > 0 else "top" if y < 0 else "center")
    return text.get_window_extent()


def _overlap(box: BboxBase, other: BboxBase) -> float:
    """The area that two boxes share, in square pixels."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return float(max(0.0, width) * max(0.0, height))


def _outside(box: BboxBase, frame: BboxBase) -> float:
    """The area of a box that the frame does not hold, in square pixels."""
    return float(box.width * box.height) - _overlap(box, frame)


def _wide(report: Report, theme: Theme) -> bytes | None:
    frontier = report.contents.frontier
    return draw_frontier(frontier, theme) if frontier else None


def _narrow(report: Report, theme: Theme) -> bytes | None:
    frontier = report.contents.frontier
    return draw_frontier(frontier, theme, narrow=True) if frontier else None


FIGURE: Final = FigureKind(
    name="frontier",
    title="The frontier: attacks against over-refusal",
    alt="Attacks against over-refusal for the base and every candidate, with intervals.",
    draw=_wide,
    draw_narrow=_narrow,
)
