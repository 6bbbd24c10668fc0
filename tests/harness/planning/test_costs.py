"""What unit costs make of a run, by numbers that can be checked in the head."""

from __future__ import annotations

import pytest

from harness.planning.costs import (
    CallTokens,
    Costs,
    Disk,
    Limits,
    RowCost,
    Span,
    Timed,
    Unit,
    extrapolated,
    interpolated,
    run_range,
)
from harness.planning.counts import Items, RoundCounts, RunCounts, Stage, Try
from iteralign.core.settings import TrainingSettings
from iteralign.oracle.spending import Caps

LEAST = RunCounts(examined=10, harmless=0, outside=Items(written=10, judged=10), rounds=(RoundCounts(4, 4),))
MOST = RunCounts(
    examined=10,
    harmless=0,
    outside=Items(written=10, judged=10),
    rounds=(RoundCounts(4, 4, groups=1, revisions=12, tries=(Try(8, 2, Items(written=10, judged=10)),)),),
)
UNITS = {stage: Unit(0.0) for stage in Stage}


def of(costs: Costs, caps: Caps = Caps()):  # type: ignore[no-untyped-def]  # noqa: B008
    return run_range(costs, LEAST, MOST, TrainingSettings(), Limits(caps, caps))


def test_a_time_is_units_times_seconds_a_quarter_less_and_more() -> None:
    found = of(Costs(UNITS | {Stage.ATTACK: Unit(2.0), Stage.START: Unit(4.0), Stage.REVISION: Unit(1.0)}))
    assert found.seconds.least == pytest.approx(0.75 * (4 * 2 + 4))
    assert found.seconds.most == pytest.approx(1.25 * (4 * 2 + 4 + 12))


def test_calls_are_verdicts_and_proposals() -> None:
    found = of(Costs(UNITS))
    assert found.calls == Span(10 + 10 + 4, 10 + 20 + 4 + 12 + 1)
    assert found.proposals == Span(0, 1)


def test_a_cap_on_calls_ends_the_run_before_its_most() -> None:
    assert of(Costs(UNITS), Caps(calls=30)).calls == Span(24, 30)
    assert of(Costs(UNITS), Caps(calls=30)).capped
    assert not of(Costs(UNITS), Caps(calls=300)).capped


def test_money_is_by_the_prices_of_a_million_tokens_and_no_more_than_its_cap() -> None:
    costs = Costs(UNITS, call=CallTokens(asked=1000, replied=100))
    money = of(costs, Caps(price_in=2.0, price_out=10.0)).money
    assert money is not None
    assert money.least == pytest.approx(24 * (1000 * 2 + 100 * 10) / 1e6)
    capped = of(costs, Caps(price_in=2.0, price_out=10.0, cost=0.09))
    assert capped.money == Span(money.least, pytest.approx(0.09))
    assert (capped.calls.most, capped.capped) == (pytest.approx(30), True)
    assert of(costs, Caps(tokens=1100 * 30)).calls.most == pytest.approx(30)
    assert of(costs).money is None


def test_judge_and_proposer_each_have_their_own_caps_and_prices() -> None:
    costs = Costs(UNITS, call=CallTokens(asked=1000, replied=0))
    limits = Limits(judge=Caps(calls=30), proposer=Caps(price_in=1.0))
    found = run_range(costs, LEAST, MOST, TrainingSettings(), limits)
    assert found.calls == Span(24, 30 + 1)
    assert found.money == Span(0, pytest.approx(1000 / 1e6))


def test_a_cascade_may_answer_all_by_itself() -> None:
    found = run_range(Costs(UNITS), LEAST, MOST, TrainingSettings(), Limits(judged=0.0))
    assert found.calls == Span(0, 47)


def test_what_is_not_known_is_said_and_not_taken_for_nothing() -> None:
    found = of(Costs(UNITS | {Stage.JUDGED: Unit(None)}))
    assert found.unknown == (Stage.JUDGED,)
    assert next(each for each in found.stages if each.stage is Stage.JUDGED).seconds is None


def test_disk_is_the_store_candidates_items_verdicts_the_report_and_remembered_calls() -> None:
    found = of(Costs(UNITS, Disk(candidate=1000.0, item=10.0, answer=1.0)))
    assert found.disk == Span(10 * 10 + 24, 1000 + 20 * 10 + 46)
    more = of(Costs(UNITS, Disk(store=7.0, report=500.0, call=100.0))).disk
    assert more == Span(507 + 100 * LEAST.oracle_calls, 507 + 100 * MOST.oracle_calls)


def test_a_size_between_two_measurings_lies_on_the_line_between_them() -> None:
    """Fewer than the fewest take as long as those, and more than the most go on as the last two did."""
    points = [Timed(8, 16.0), Timed(32, 40.0)]
    assert interpolated(points, 8) == 2.0
    assert interpolated(points, 20) == pytest.approx(28.0 / 20)
    assert interpolated(points, 4) == pytest.approx(16.0 / 4)
    assert interpolated(points, 40) == pytest.approx(extrapolated(points, 40))
    with pytest.raises(ValueError, match="no measuring"):
        interpolated([], 4)


def test_what_does_not_grow_is_shared_by_more() -> None:
    """Ten seconds of preamble and one for each item."""
    points = [Timed(4, 14.0), Timed(10, 20.0)]
    assert extrapolated(points, 40) == pytest.approx((10 + 40) / 40)
    assert extrapolated(points, 10) == 2.0
    assert extrapolated(points[:1], 40) == 3.5


def test_noise_never_makes_an_item_cost_less_than_nothing() -> None:
    assert extrapolated([Timed(4, 14.0), Timed(10, 12.0)], 20) == pytest.approx(12.0 / 20)


def test_an_answer_among_many_shares_what_a_step_costs_anyway() -> None:
    cost = RowCost.fitted(Timed(8, 0.064), Timed(32, 0.136))  # 40 ms, and 3 ms a row
    assert cost.fixed == pytest.approx(0.04)
    assert cost.gain(8, 32) == pytest.approx((0.136 / 32) / (0.064 / 8))
    assert RowCost.fitted(Timed(8, 1.0), Timed(8, 2.0)).gain(8, 100) == 1.0
