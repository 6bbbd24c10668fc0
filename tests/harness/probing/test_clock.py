"""Times and peaks of work that is known, and measurings that grow no further than a budget."""

from __future__ import annotations

import time

import torch

from harness.probing.clock import StageClock, evenly, grow, spent

MIB = 2**20


def test_a_peak_is_that_of_the_work_and_not_of_what_was_before() -> None:
    _, large = spent(lambda: int(torch.ones(96 * MIB, dtype=torch.uint8).sum()))
    _, small = spent(lambda: time.sleep(0.01))
    assert large.peak_bytes - small.peak_bytes > 64 * MIB
    assert small.seconds >= 0.01


def test_work_grows_by_fours_up_to_the_most() -> None:
    done: list[int] = []
    grown = grow(done.append, first=3, most=20, budget_s=60.0)
    assert done == [3, 12, 20]
    assert [point.units for point in grown.points] == done


def test_work_grows_no_further_than_its_budget() -> None:
    grown = grow(lambda count: time.sleep(0.01 * count), first=1, most=1000, budget_s=0.1)
    assert [point.units for point in grown.points] == [1, 4]
    assert sum(point.seconds for point in grown.points) < 0.1


def test_each_stage_ends_with_the_next() -> None:
    clock = StageClock()
    clock.stage("first", 3)
    time.sleep(0.02)
    clock.stage("second", None)
    clock.done()
    assert [(each.text, each.total) for each in clock.stages] == [("first", 3), ("second", None)]
    assert clock.stages[0].seconds >= 0.02 > clock.stages[1].seconds


def test_a_sample_is_spread_over_all() -> None:
    assert evenly(range(10), 5) == [0, 2, 4, 6, 8]
    assert evenly(range(3), 5) == [0, 1, 2]
