"""Drawing every figure of a report once: for the page in both themes, and for the folder beside it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness_base.display import better_way, label
from reports import figures
from reports.data.records import Contents, Trajectory
from reports.figures.headline import drawable
from reports.figures.tradeoff import stops_of
from reports.wording import Headline, described


@dataclass(frozen=True)
class Figure:
    """A figure as base64 PNG for both themes; the narrow ones, for small screens, may be empty."""

    light: str
    dark: str
    narrow_light: str = ""
    narrow_dark: str = ""


@dataclass(frozen=True)
class Panel(Figure):
    """One metric over the rounds, with the words around it."""

    title: str = ""
    note: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Gallery:
    """The figures of a report; what could not be drawn for want of values is None. `files` are those for the folder."""

    headline: Figure | None
    panels: tuple[Panel, ...]
    tradeoff: Figure | None
    time: Figure | None
    files: Mapping[str, bytes] = field(default_factory=dict)


def draw(contents: Contents, headline: Headline | None, stage_seconds: Mapping[str, float]) -> Gallery:
    """Draw whatever the run has values for."""
    files: dict[str, bytes] = {}
    rounds = max([1, *(one.number for one in contents.rounds)])
    if contents.trajectories:
        files["trajectories.png"] = figures.draw_trajectories(contents.trajectories, rounds, figures.LIGHT)
    return Gallery(
        headline=_headline(headline, files),
        panels=tuple(_panel(one, rounds) for one in contents.trajectories),
        tradeoff=_tradeoff(contents, files),
        time=_figure("time.png", lambda theme: figures.draw_time(stage_seconds, theme), files)
        if stage_seconds
        else None,
        files=files,
    )


def _figure(name: str, drawn: Callable[[figures.Theme], bytes], files: dict[str, bytes]) -> Figure:
    files[name] = drawn(figures.LIGHT)
    return Figure(_text(files[name]), _text(drawn(figures.DARK)))


def _headline(headline: Headline | None, files: dict[str, bytes]) -> Figure | None:
    changes = drawable(headline.changes) if headline else []
    if not any(change.change_points for change in changes):
        return None
    wide = _figure("headline.png", lambda theme: figures.draw_headline(changes, theme), files)
    return Figure(
        wide.light,
        wide.dark,
        _text(figures.draw_headline(changes, figures.LIGHT, compact=True)),
        _text(figures.draw_headline(changes, figures.DARK, compact=True)),
    )


def _tradeoff(contents: Contents, files: dict[str, bytes]) -> Figure | None:
    stops = stops_of(contents.trajectories)
    if len(stops) < 2:
        return None
    return _figure("tradeoff.png", lambda theme: figures.draw_tradeoff(stops, theme), files)


def _panel(trajectory: Trajectory, rounds: int) -> Panel:
    return Panel(
        light=_text(figures.draw_trajectory(trajectory, rounds, figures.LIGHT)),
        dark=_text(figures.draw_trajectory(trajectory, rounds, figures.DARK)),
        title=label(trajectory.task, trajectory.metric),
        note=better_way(trajectory.higher_is_better),
        alt=described(trajectory),
    )


def _text(png: bytes) -> str:
    return base64.b64encode(png).decode("ascii")
