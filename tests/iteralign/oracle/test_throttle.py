from __future__ import annotations

import asyncio

from iteralign.oracle.throttle import Throttle


def test_a_complaint_lowers_what_is_allowed_and_answers_raise_it_again() -> None:
    throttle = Throttle(10)
    throttle.slower()
    assert throttle.allowed == 7
    for _ in range(4):
        throttle.faster()
    assert throttle.allowed == 8
    for _ in range(100):
        throttle.faster()
    assert throttle.allowed == 10


def test_a_burst_of_complaints_counts_once() -> None:
    """They are about the same overload."""
    throttle = Throttle(10)
    for _ in range(9):
        throttle.slower()
    assert throttle.allowed == 7


def test_one_request_is_always_allowed() -> None:
    """Whatever the server says, the batch goes on."""
    throttle = Throttle(1)
    throttle.slower()
    assert throttle.allowed == 1


def test_no_more_are_under_way_than_allowed() -> None:
    """Those that began before a complaint finish; new ones wait until there is room."""
    most: list[int] = []

    async def run() -> None:
        throttle, under_way = Throttle(4), 0

        async def work() -> None:
            nonlocal under_way
            async with throttle:
                under_way += 1
                most.append(under_way)
                await asyncio.sleep(0)
                under_way -= 1

        throttle.slower()
        await asyncio.gather(*(work() for _ in range(20)))

    asyncio.run(run())
    assert len(most) == 20
    assert max(most) == 2
