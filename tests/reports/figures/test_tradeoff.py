"""Attack success against over-refusal: stops, the way between them, and their names."""

from __future__ import annotations

from dataclasses import replace

from reports.data.contents import Contents
from reports.figures.style import DARK
from reports.figures.tradeoff import draw_tradeoff, legs_of, named_places, stops_of
from tests.reports.figures.png import size


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
    assert min(size(draw_tradeoff(stops, DARK))) > 100


def test_stops_on_one_another_share_a_name(complete: Contents) -> None:
    base, *_ = stops_of(complete.trajectories)
    two = [base, replace(base, name="round 1", state="accepted")]
    many = [*two, *(replace(base, name=f"round 1, try {number}") for number in range(2, 5))]
    assert named_places(two) == [("base = round 1", base)]
    assert named_places(many) == [("base and 4 others", base)]
    assert named_places([base, replace(base, over_refusal=0.5)])[1][0] == "base"
