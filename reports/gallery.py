"""Drawing every figure of a report once: for the page in both themes, and for the folder beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness_base.display import better_way, label
from reports.data.changes import Trajectory
from reports.data.report import Report
from reports.data.worth import is_judged
from reports.figures import FIGURES
from reports.figures.kinds import Draw
from reports.figures.style import DARK, LIGHT, Theme
from reports.figures.trajectory import draw_trajectory
from reports.statements import described


@dataclass(frozen=True)
class Figure:
    """A figure as base64 PNG for both themes, and `alt`, which says in words what it shows.

    The narrow ones, for small screens, may be empty.
    """

    light: str
    dark: str
    narrow_light: str = ""
    narrow_dark: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Panel(Figure):
    """One metric over the rounds, with the words around it."""

    title: str = ""
    note: str = ""


@dataclass(frozen=True)
class Gallery:
    """The figures of a report: `figures` of the page by name, a panel for each metric, `files` for the folder.

    What could not be drawn for want of values is in none of them.
    """

    figures: Mapping[str, Figure] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


def draw(report: Report) -> Gallery:
    """Draw whatever the run has values for."""
    figures: dict[str, Figure] = {}
    files: dict[str, bytes] = {}
    split = report.headline.split if report.headline else ""
    for kind in FIGURES:
        light = kind.draw(report, LIGHT)
        if light is None:
            continue
        files[f"{kind.name}.png"] = light
        if kind.on_page:
            figures[kind.name] = Figure(
                light=encoded(light),
                dark=_drawn(kind.draw, report, DARK),
                narrow_light=_drawn(kind.draw_narrow, report, LIGHT),
                narrow_dark=_drawn(kind.draw_narrow, report, DARK),
                alt=kind.alt.format(split=split),
            )
    panels = tuple(_panel(trajectory, report) for trajectory in report.contents.trajectories)
    return Gallery(figures, panels, files)


def _drawn(draw_figure: Draw | None, report: Report, theme: Theme) -> str:
    return encoded(draw_figure(report, theme) or b"") if draw_figure else ""


def _panel(trajectory: Trajectory, report: Report) -> Panel:
    rounds, way = report.rounds, better_way(trajectory.higher_is_better)
    judged = is_judged(f"{trajectory.task}/{trajectory.metric}")
    return Panel(
        light=encoded(draw_trajectory(trajectory, rounds, LIGHT)),
        dark=encoded(draw_trajectory(trajectory, rounds, DARK)),
        title=label(trajectory.task, trajectory.metric),
        note=f"{way}; {report.contents.worth}" if judged else way,
        alt=described(trajectory),
    )


def encoded(png: bytes) -> str:
    """A picture as base64, as a page holds it."""
    return base64.b64encode(png).decode("ascii")
