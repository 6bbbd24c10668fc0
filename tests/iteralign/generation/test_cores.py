"""Work shared out to the cores comes back in order, and leaves torch's threads as they were."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import torch

from iteralign.generation import cores

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_items() -> None:
    """Also where the first takes longest."""

    def slow_first(item: int) -> int:
        time.sleep(0.05 if item == 0 else 0.0)
        return item * item

    assert list(cores.spread(slow_first, range(6), CPU)) == [0, 1, 4, 9, 16, 25]


def test_every_pass_has_its_share_of_the_threads() -> None:
    """And afterwards all are there again."""
    together = threading.Barrier(2, timeout=10)

    def threads(_: int) -> int:
        together.wait()
        return torch.get_num_threads()

    assert list(cores.spread(threads, range(2), CPU)) == [2, 2]
    assert torch.get_num_threads() == 4


def test_one_item_gets_all_threads() -> None:
    def threads(_: int) -> tuple[int, bool]:
        return torch.get_num_threads(), threading.current_thread() is threading.main_thread()

    assert list(cores.spread(threads, [0], CPU)) == [(4, True)]


def test_an_accelerator_gets_one_pass_at_a_time() -> None:
    """In the calling thread; nothing here touches the device."""
    device = torch.device("meta")
    names = list(cores.spread(lambda _: threading.current_thread().name, range(3), device))
    assert names == [threading.current_thread().name] * 3


def test_an_error_is_passed_on_and_ends_the_rest() -> None:
    """With the threads as they were."""
    done: list[int] = []

    def fails_at_once(item: int) -> None:
        if item == 0:
            raise ValueError("the first")
        time.sleep(0.02)
        done.append(item)

    with pytest.raises(ValueError, match="the first"):
        list(cores.spread(fails_at_once, range(50), CPU))
    assert len(done) < 49
    assert torch.get_num_threads() == 4
