"""Passes of a model side by side on a CPU's cores.

One pass on all cores makes them wait for each other after every product; several passes, each on its own, don't. On 2
idle cores that saves a tenth of the time, and with another program on one of them four fifths (docs/performance.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

import torch

_MAX_PASSES = 4
"""Passes at a time: each holds activations of its own, and with more cores each gets several."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(device: torch.device) -> int:
    """How many passes `spread` has under way at a time on that device."""
    return min(torch.get_num_threads(), _MAX_PASSES) if device.type == "cpu" else 1


def spread(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    device: torch.device,
    *,
    unwanted: threading.Event | None = None,
) -> Iterator[Result]:
    """The results of `work`, in the order of the items; the first error ends it. `work` must not share what it changes.

    `unwanted` is set as soon as no more results are, so that long work can end by itself, on an interrupt say. The
    number of threads that torch uses is the one from before afterwards.
    """
    passes = min(side_by_side(device), len(items))
    if passes <= 1:
        yield from map(work, items)
        return
    threads = torch.get_num_threads()
    pool = _workers(passes, threads // passes)
    under_way = [pool.submit(work, item) for item in items]
    try:
        for task in under_way:
            yield task.result()
    finally:
        if unwanted is not None:
            unwanted.set()
        for task in under_way:
            task.cancel()
        wait(under_way)
        torch.set_num_threads(threads)


@cache
def _workers(count: int, threads: int) -> ThreadPoolExecutor:
    """Kept for the life of the process: each new thread may get memory of its own, which is not given back after it."""
    return ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(threads,))
