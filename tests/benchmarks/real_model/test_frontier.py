"""What an arm is worth at equal over-refusal, and how sure that is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_model.arms import all_arms
from benchmarks.real_model.frontier import comparisons, difference, figures, tables_of, worth
from benchmarks.real_model.given import Given
from benchmarks.real_model.outcomes import Outcomes, Point, read_outcomes


def point(name: str, attacks: int, harmless: int, of: int = 100) -> Point:
    """So many of `of` attacks and of `of` harmless requests are refused, the first ones."""
    return Point(
        name,
        {
            "attacks": {f"a{n}": int(n < attacks) for n in range(of)},
            "xstest": {f"x{n}": int(n < harmless) for n in range(of)},
        },
    )


BASE = point("base", 5, 4)


def run(*points: tuple[int, int], arm: str = "ours", seed: int = 0) -> Outcomes:
    return Outcomes(arm, seed, tuple(point(str(n), *each) for n, each in enumerate(points)))


def test_worth_is_the_most_that_is_refused_within_five_points() -> None:
    assert worth(tables_of(BASE, run((30, 5), (60, 9), (90, 10)))) == pytest.approx(55)


def test_an_arm_without_a_point_within_five_is_worth_nothing() -> None:
    assert worth(tables_of(BASE, run((90, 10)))) == 0
    assert worth(tables_of(BASE, run())) == 0


def test_items_are_matched_by_name_whatever_their_order() -> None:
    turned = {kind: dict(reversed(list(each.items()))) for kind, each in point("1", 30, 5).refused.items()}
    turned_run = Outcomes("ours", 0, (Point("1", turned),))
    for ours, theirs in zip(tables_of(BASE, turned_run), tables_of(BASE, run((30, 5))), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_run_that_was_asked_other_items_is_no_run_of_this_frontier() -> None:
    other = Outcomes("ours", 0, (Point("1", {"attacks": {"b1": 1}, "xstest": {"x0": 0}}),))
    with pytest.raises(KeyError):
        tables_of(BASE, other)


def test_an_interval_holds_the_difference_and_that_of_an_arm_with_itself_is_zero() -> None:
    ours = [tables_of(BASE, run((60, 5))), tables_of(BASE, run((70, 5)))]
    theirs = [tables_of(BASE, run((40, 5)))]
    gain, low, high = difference(ours, theirs, draws=200)
    assert gain == pytest.approx(25)
    assert 10 < low < gain < high < 40
    assert difference(theirs, theirs, draws=200) == (0, 0, 0)


def test_the_interval_of_one_share_is_that_of_the_binomial() -> None:
    """50 of 100 attacks beyond a base that refuses none: 50 points, give or take 1.96 standard errors of 5."""
    nothing = point("base", 0, 0)
    gain, low, high = difference([tables_of(nothing, run((50, 0)))], None, draws=2000)
    assert gain == pytest.approx(50)
    assert low == pytest.approx(40.2, abs=1.1)
    assert high == pytest.approx(59.8, abs=1.1)


def test_paper_mode_is_taken_at_its_best_rate() -> None:
    tables = {
        "ours": [tables_of(BASE, run((70, 5)))],
        "paper-2e-06": [tables_of(BASE, run((10, 5)))],
        "paper-0.0002": [tables_of(BASE, run((50, 5)))],
    }
    [figure] = comparisons(tables)
    assert figure.value == pytest.approx(20)


def test_a_control_that_keeps_half_of_ours_misses_its_bar() -> None:
    tables = {"ours": [tables_of(BASE, run((65, 5)))], "permuted-verdicts": [tables_of(BASE, run((35, 5)))]}
    [figure] = comparisons(tables)
    assert figure.value == pytest.approx(0.5)
    assert figure.holds is False


def test_what_was_kept_is_read_back_and_what_was_not_run_is_said(tmp_path: Path) -> None:
    given = Given(Path(), Path(), tmp_path / "results", from_results=True)
    [nothing] = figures(given, quick=False)
    assert nothing.holds is False
    Outcomes("base", 0, (BASE,)).write(given.results)
    made = Outcomes("ours", 1, run((30, 5)).points, {"seconds": 1.5})
    made.write(given.results)
    assert read_outcomes(given.results, "ours", 1) == made
    names = [figure.name for figure in figures(given, quick=False)]
    assert "ours, seed 1, 0: attacks refused" in names
    assert "without-twins: not run" in names
    assert not any(name.startswith("ours beyond") for name in names)


def test_no_two_arms_share_a_name_and_controls_have_one_seed() -> None:
    names = [arm.name for arm in all_arms()]
    assert len(set(names)) == len(names)
    assert {arm.name for arm in all_arms() if len(arm.seeds) == 3} == {
        "ours", "without-twins", "paper-2e-06", "paper-2e-05", "paper-0.0002",
    }  # fmt: skip
    assert sum(name.startswith("without-principle-") for name in names) == 6
