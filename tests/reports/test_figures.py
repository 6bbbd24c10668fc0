"""Figures: whole PNG files that follow the values, whatever is missing."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from reports import figures
from reports.data.records import Contents, Point, Trajectory
from reports.figures.headline import drawable
from reports.figures.tradeoff import legs_of, named_places, stops_of
from reports.figures.trajectory import positions

EMPTY = Trajectory("task", "acc", True, None, ())


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_panel_is_drawn_in_both_themes(complete: Contents) -> None:
    light = figures.draw_trajectory(complete.trajectories[0], 3, figures.LIGHT)
    dark = figures.draw_trajectory(complete.trajectories[0], 3, figures.DARK)
    assert size(light) == size(dark)
    assert light != dark


def test_the_same_values_give_the_same_bytes(complete: Contents) -> None:
    first, second = (figures.draw_trajectory(complete.trajectories[0], 3, figures.LIGHT) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("state", ["accepted", "rejected", "inconclusive", "undecided", "other"])
def test_a_candidate_is_marked_by_its_state(state: str) -> None:
    point = Point(1, 1, "accepted", 0.5)
    known = figures.draw_trajectory(Trajectory("t", "acc", True, 0.5, (point,)), 1, figures.LIGHT)
    drawn = figures.draw_trajectory(Trajectory("t", "acc", True, 0.5, (replace(point, state=state),)), 1, figures.LIGHT)
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
    assert size(figures.draw_trajectory(trajectory, 30, figures.LIGHT)) == size(
        figures.draw_trajectory(EMPTY, 1, figures.LIGHT)
    )


def test_earlier_attempts_stand_to_the_left_of_the_last() -> None:
    points = [Point(1, 1, "accepted", 0.1), Point(2, 1, "rejected", 0.1), Point(2, 2, "accepted", 0.1)]
    assert positions(points) == [1.0, pytest.approx(1.74), 2.0]


def test_all_panels_in_one_figure_grow_with_their_number(complete: Contents) -> None:
    few = size(figures.draw_trajectories(complete.trajectories[:1], 3, figures.LIGHT))
    more = size(figures.draw_trajectories(complete.trajectories[:5], 3, figures.LIGHT))
    assert more[0] > few[0]
    assert more[1] > few[1]


def test_the_path_starts_anew_from_the_model_accepted_before(complete: Contents) -> None:
    stops = stops_of(complete.trajectories)
    assert [stop.name for stop in stops] == ["base", "round 1", "round 2, try 1", "round 2", "round 3"]
    assert [(start.name, end.name) for start, end in legs_of(stops)] == [
        ("base", "round 1"),
        ("round 1", "round 2, try 1"),
        ("round 1", "round 2"),
        ("round 2", "round 3"),
    ]


def test_a_candidate_without_both_values_is_no_stop(complete: Contents) -> None:
    attack, *others = complete.trajectories
    unmeasured = replace(attack, points=(replace(attack.points[0], value=None), *attack.points[1:]))
    assert "round 1" not in [stop.name for stop in stops_of([unmeasured, *others])]


def test_there_is_no_path_without_both_metrics(complete: Contents) -> None:
    assert stops_of(complete.trajectories[:1]) == ()


def test_a_path_that_stands_still_is_drawn(complete: Contents) -> None:
    stop = stops_of(complete.trajectories)[0]
    stops = [replace(stop, name=f"round {number}", state="accepted") for number in range(9)]
    assert min(size(figures.draw_tradeoff(stops, figures.DARK))) > 100


def test_the_headline_leaves_out_what_has_no_value(complete: Contents) -> None:
    broken = replace(complete.final[0], result=None)
    no_share = replace(complete.final[1], unit="nats")
    assert drawable([broken, no_share, *complete.final[2:]]) == list(complete.final[2:])


def test_the_compact_headline_is_narrower(complete: Contents) -> None:
    changes = drawable(complete.final)[:2]
    wide, narrow = (figures.draw_headline(changes, figures.LIGHT, compact=compact) for compact in (False, True))
    assert size(narrow)[0] < size(wide)[0]


def test_stages_that_took_no_time_are_drawn() -> None:
    assert min(size(figures.draw_time({"train": 0.0, "gate": 0.0}, figures.LIGHT))) > 50


def test_stops_on_one_another_share_a_name(complete: Contents) -> None:
    base, *_ = stops_of(complete.trajectories)
    two = [base, replace(base, name="round 1", state="accepted")]
    many = [*two, *(replace(base, name=f"round 1, try {number}") for number in range(2, 5))]
    assert named_places(two) == [("base = round 1", base)]
    assert named_places(many) == [("base and 4 others", base)]
    assert named_places([base, replace(base, over_refusal=0.5)])[1][0] == "base"
