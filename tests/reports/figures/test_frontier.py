"""The frontier: a whole PNG of any path, ranges that hold the intervals, and names where there is room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.transforms import Bbox

from reports.data.contents import Contents
from reports.data.frontier import Frontier, Stop
from reports.data.known import Level, Place
from reports.figures.frontier import draw_frontier, is_nearest, named_places, range_of
from reports.figures.style import DARK, LIGHT
from tests.reports.figures.png import size


def stop(state: str, number: int, attempt: int, attacks: float, refused: float, half: float = 0.03) -> Stop:
    levels = (Level(value, max(0.0, value - half), min(1.0, value + half), 300) for value in (attacks, refused))
    return Stop(state, number, attempt, Place(*levels))


BASE = stop("base", 0, 0, 0.95, 0.01)


def test_it_is_drawn_in_both_themes_and_both_widths(complete: Contents) -> None:
    assert complete.frontier is not None
    wide, dark = (draw_frontier(complete.frontier, theme) for theme in (LIGHT, DARK))
    narrow = draw_frontier(complete.frontier, LIGHT, narrow=True)
    assert size(wide) == size(dark)
    assert wide != dark
    assert size(narrow)[0] < size(wide)[0]


@pytest.mark.parametrize(
    ("other", "own_is_nearest"), [((60.0, 10.0), True), ((24.0, 10.0), False), ((15.0, 5.0), False)]
)
def test_a_name_stands_nearer_to_its_own_mark_than_to_any_other(
    other: tuple[float, float], own_is_nearest: bool
) -> None:
    """The name's box lies from (10, 0) to (20, 10), its mark at (0, 5), ten pixels from it."""
    assert is_nearest(Bbox([(10, 0), (20, 10)]), (0.0, 5.0), [(-90.0, 5.0), other]) is own_is_nearest


def test_models_that_all_stand_at_one_place_are_drawn() -> None:
    stops = tuple(replace(BASE, state="accepted", round=number, attempt=1) for number in range(1, 10))
    assert min(size(draw_frontier(Frontier("not_refused", (BASE, *stops)), DARK))) > 100


def test_levels_without_an_interval_are_drawn_without_bars() -> None:
    few = Level(0.5, None, None, 3)
    bare = Stop("inconclusive", 1, 1, Place(few, few, partial=True))
    assert min(size(draw_frontier(Frontier("attack_success", (BASE, bare), limit=0.05), LIGHT))) > 100


@pytest.mark.parametrize("values", [(0.0, 0.0), (0.5, 0.95), (0.97, 1.0), (0.02, 0.03), (0.0, 1.0)])
def test_an_axis_holds_every_interval_and_has_a_few_round_ticks(values: tuple[float, float]) -> None:
    levels = [Level(value, max(0.0, value - 0.04), min(1.0, value + 0.04), 99) for value in values]
    found = range_of(levels)
    assert found.low <= min(one.low or 0.0 for one in levels)
    assert found.high >= max(one.high or 0.0 for one in levels)
    assert 3 <= len(found.ticks) <= 12
    assert all(0 <= tick <= 1 and abs(100 * tick - round(100 * tick)) < 1e-9 for tick in found.ticks)


def test_an_axis_begins_at_zero_unless_everything_lies_far_from_it() -> None:
    assert range_of([Level(0.15, 0.1, 0.2, 50)]).ticks[0] == 0
    assert range_of([Level(0.7, 0.6, 0.8, 50)]).ticks[0] >= 0.5
    assert range_of([Level(0.01, 0.0, 0.02, 50)], [0.3]).high > 0.3


def test_what_matters_most_is_named_first_and_stops_on_one_another_share_a_place() -> None:
    taken, over, sent_back = (
        stop("accepted", 1, 2, 0.6, 0.03),
        stop("passed over", 1, 1, 0.8, 0.02),
        stop("rejected", 1, 3, 0.4, 0.2),
    )
    names = [name for name, _ in named_places(Frontier("not_refused", (BASE, over, taken, sent_back)))]
    assert names == ["base", "1.2", "1.1", "1.3"]
    same = replace(BASE, state="rejected", round=1, attempt=1)
    assert named_places(Frontier("not_refused", (BASE, same))) == [("base = 1.1", BASE)]
