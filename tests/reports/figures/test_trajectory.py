"""One metric over the rounds: a whole PNG that follows the values, whatever is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.data.changes import Point, Trajectory
from reports.data.contents import Contents
from reports.figures.style import DARK, LIGHT
from reports.figures.trajectory import draw_trajectories, draw_trajectory, positions
from tests.reports.figures.png import size

EMPTY = Trajectory("task", "acc", True, None, ())


def test_a_panel_is_drawn_in_both_themes(complete: Contents) -> None:
    light = draw_trajectory(complete.trajectories[0], 3, LIGHT)
    dark = draw_trajectory(complete.trajectories[0], 3, DARK)
    assert size(light) == size(dark)
    assert light != dark


def test_the_same_values_give_the_same_bytes(complete: Contents) -> None:
    first, second = (draw_trajectory(complete.trajectories[0], 3, LIGHT) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("state", ["accepted", "rejected", "inconclusive", "undecided", "other"])
def test_a_candidate_is_marked_by_its_state(state: str) -> None:
    point = Point(1, 1, "accepted", 0.5)
    known = draw_trajectory(Trajectory("t", "acc", True, 0.5, (point,)), 1, LIGHT)
    drawn = draw_trajectory(Trajectory("t", "acc", True, 0.5, (replace(point, state=state),)), 1, LIGHT)
    assert (drawn == known) == (state == "accepted")


@pytest.mark.parametrize(
    "trajectory",
    [
        EMPTY,
        Trajectory("task", "acc", True, 0.5, ()),
        Trajectory("task", "acc", True, None, (Point(1, 1, "accepted", 0.5),)),
        Trajectory("task", "acc", True, 0.5, (Point(1, 1, "undecided", None),)),
        Trajectory("task", "loss", False, 12.5, (Point(1, 1, "accepted", -3.0),)),
        Trajectory("task", "acc", True, 0.5, tuple(Point(n, 1, "accepted", 0.5) for n in range(1, 31))),
    ],
)
def test_what_is_missing_or_unusual_is_drawn_too(trajectory: Trajectory) -> None:
    assert size(draw_trajectory(trajectory, 30, LIGHT)) == size(draw_trajectory(EMPTY, 1, LIGHT))


def test_earlier_attempts_stand_to_the_left_of_the_last() -> None:
    points = [Point(1, 1, "accepted", 0.1), Point(2, 1, "rejected", 0.1), Point(2, 2, "accepted", 0.1)]
    assert positions(points) == [1.0, pytest.approx(1.74), 2.0]


def test_all_panels_in_one_figure_grow_with_their_number(complete: Contents) -> None:
    few = size(draw_trajectories(complete.trajectories[:1], 3, LIGHT))
    more = size(draw_trajectories(complete.trajectories[:5], 3, LIGHT))
    assert more[0] > few[0]
    assert more[1] > few[1]
