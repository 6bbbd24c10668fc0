"""Attack success against over-refusal: the path that the accepted models took, and where the others would have led."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, BboxBase

from harness_base.display import NOT_REFUSED
from reports.data.changes import Trajectory
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

_SIZE = (4.7, 3.6)
_MAX_NAMES = 2
_LABEL_OFFSETS = ((9, 0), (0, 10), (0, -10), (-9, 0), (9, 9), (9, -9), (-9, 9), (-9, -9), (0, 20), (20, 0), (0, -20))


_ATTACKS: Final = {"attack_success": "attack success", NOT_REFUSED: "attacks not refused"}


@dataclass(frozen=True)
class Stop:
    """One model on the way: both values as shares, both better when lower. `attacks` names what the first is of."""

    name: str
    state: str
    attack_success: float
    over_refusal: float
    attacks: str = "attack success"


def stops_of(trajectories: Sequence[Trajectory]) -> tuple[Stop, ...]:
    """Base and candidates that have both values, in order; none where the gate does not measure both."""
    by_metric = {trajectory.metric: trajectory for trajectory in reversed(trajectories)}
    measured = next((name for name in _ATTACKS if name in by_metric), "")
    attack, refusal = by_metric.get(measured), by_metric.get("over_refusal")
    if attack is None or refusal is None or attack.base is None or refusal.base is None:
        return ()
    refused = {(point.round, point.attempt): point.value for point in refusal.points}
    stops = [Stop("base", "base", attack.base, refusal.base, _ATTACKS[measured])]
    for point in attack.points:
        both = (point.value, refused.get((point.round, point.attempt)))
        if both[0] is not None and both[1] is not None:
            name = f"round {point.round}" + ("" if point.state == "accepted" else f", try {point.attempt}")
            stops.append(Stop(name, point.state, both[0], both[1], _ATTACKS[measured]))
    return tuple(stops)


def draw_tradeoff(stops: Sequence[Stop], theme: Theme) -> bytes:
    """The path as PNG; `stops` is not empty."""
    figure = new_figure(*_SIZE, theme, fitted=True)
    axes = figure.add_subplot()
    _frame(axes, stops, theme)
    legs = legs_of(stops)
    for start, end in legs:
        _leg(axes, start, end, theme)
    for stop in reversed(stops):  # the base last, on top
        _mark(axes, stop, theme)
    figure.draw_without_rendering()  # settles where things are, which the names keep clear of
    _label(axes, stops, legs, theme)
    return as_png(figure)


def legs_of(stops: Sequence[Stop]) -> list[tuple[Stop, Stop]]:
    """From where to where each candidate leads: it starts from the model accepted before it."""
    legs, here = [], stops[0]
    for stop in stops[1:]:
        legs.append((here, stop))
        here = stop if stop.state == "accepted" else here
    return legs


def _frame(axes: Axes, stops: Sequence[Stop], theme: Theme) -> None:
    plain_axes(axes, theme)
    widest = max(stop.attack_success for stop in stops)
    highest = max(stop.over_refusal for stop in stops)
    axes.set_xlim(-0.03, max(0.2, widest) + 0.1)
    axes.set_ylim(-0.02 - 0.03 * highest, max(0.12, highest * 1.2))
    percent_axis(axes, "x", [tick / 100 for tick in range(0, 101, 20) if tick / 100 <= max(0.2, widest) + 0.1])
    step = 2 if highest <= 0.12 else 5 if highest <= 0.3 else 10 if highest <= 0.6 else 20
    percent_axis(axes, "y", [tick / 100 for tick in range(0, 101, step) if tick / 100 <= max(0.12, highest * 1.2)])
    axes.set_xlabel(f"{stops[0].attacks} (lower is better)", fontsize=9, color=theme.ink, loc="left")
    axes.set_title("over-refusal (lower is better)", fontsize=9, color=theme.ink, loc="left", pad=8)


def _leg(axes: Axes, start: Stop, end: Stop, theme: Theme) -> None:
    accepted = end.state == "accepted"
    axes.annotate(
        "",
        xy=(end.attack_success, end.over_refusal),
        xytext=(start.attack_success, start.over_refusal),
        arrowprops={
            "arrowstyle": "-|>" if accepted else "-",
            "color": theme.accepted if accepted else state_colour(theme, end.state),
            "linewidth": 1.8 if accepted else 1.1,
            "linestyle": "-" if accepted else (0, (3, 3)),
            "shrinkA": 5,
            "shrinkB": 6,
        },
        zorder=2,
    )


def _mark(axes: Axes, stop: Stop, theme: Theme) -> None:
    if stop.state == "base":
        mark_base(axes, stop.attack_success, stop.over_refusal, theme)
        return
    axes.plot(
        stop.attack_success,
        stop.over_refusal,
        MARKERS.get(stop.state, "s"),
        markersize=8 if stop.state == "accepted" else 10,
        color=state_colour(theme, stop.state),
        markeredgecolor=theme.background,
        markeredgewidth=1,
        zorder=4,
        clip_on=False,
    )


def _label(axes: Axes, stops: Sequence[Stop], legs: Sequence[tuple[Stop, Stop]], theme: Theme) -> None:
    """Write each name beside its mark, where it covers least of the marks, the way and the names already written."""
    taken = [*(_box(axes, stop.attack_success, stop.over_refusal, 11) for stop in stops), *_boxes_along(axes, legs)]
    for name, stop in named_places(stops):
        plain = stop.state in ("base", "accepted")
        text = axes.annotate(
            name,
            (stop.attack_success, stop.over_refusal),
            (0, 0),
            textcoords="offset points",
            fontsize=9,
            color=theme.ink if plain else state_colour(theme, stop.state),
            path_effects=halo(theme),
            zorder=6,
        )
        crowding = []
        for offset in _LABEL_OFFSETS:
            box = _placed(text, offset)
            crowding.append(sum(_overlap(box, other) for other in taken) + _outside(box, axes.bbox))
        taken.append(_placed(text, _LABEL_OFFSETS[crowding.index(min(crowding))]))


def named_places(stops: Sequence[Stop]) -> list[tuple[str, Stop]]:
    """One name a place: stops that lie on one another share theirs."""
    places: dict[tuple[float, float], list[Stop]] = {}
    for stop in stops:
        places.setdefault((round(stop.attack_success, 2), round(stop.over_refusal, 2)), []).append(stop)
    return [(_joined([stop.name for stop in here]), here[0]) for here in places.values()]


def _joined(names: Sequence[str]) -> str:
    if len(names) <= _MAX_NAMES:
        return " = ".join(names)
    return f"{names[0]} and {len(names) - 1} others"


def _box(axes: Axes, x: float, y: float, half: float) -> Bbox:
    """A square of 2 * `half` pixels around a point of the data."""
    across, up = axes.transData.transform((x, y))
    return Bbox.from_bounds(across - half, up - half, 2 * half, 2 * half)


def _boxes_along(axes: Axes, legs: Sequence[tuple[Stop, Stop]]) -> list[Bbox]:
    """Small squares along the way, so that names keep off it."""
    steps = [step / 24 for step in range(1, 24)]
    return [
        _box(
            axes,
            start.attack_success + step * (end.attack_success - start.attack_success),
            start.over_refusal + step * (end.over_refusal - start.over_refusal),
            4,
        )
        for start, end in legs
        for step in steps
    ]


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


def _of_run(report: Report, theme: Theme) -> bytes | None:
    stops = stops_of(report.contents.trajectories)
    return draw_tradeoff(stops, theme) if len(stops) > 1 else None


FIGURE: Final = FigureKind(
    name="tradeoff",
    title="Attacks against over-refusal",
    alt="Attacks against over-refusal for base and every candidate.",
    draw=_of_run,
)
