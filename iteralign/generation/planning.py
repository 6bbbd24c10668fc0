"""Which prompts are written to together, in how many rows, and in how many passes side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iteralign.core.libraries import Network
from iteralign.generation.batches import shared_prefix
from iteralign.generation.continuous import Layout
from iteralign.generation.cores import side_by_side

_LIKE = 0.5
"""A prompt with its answer takes at least this share of its row, which is as long as the longest needs."""
_MIN_ROWS = 32
"""Of a pass: with fewer, the weights are read for too few tokens."""
_MAX_ROWS = {"cpu": 128}
"""Of a pass: on 2 cores a token of SmolLM2 costs a fifth more with 64. More was not tried, and takes more memory."""
_MIN_WEIGHTS = 20_000_000
"""Of a network whose passes go side by side. In smaller ones most of a step is Python's, which is one at a time."""
_MIN_PREFIX = 16
"""Tokens: for fewer, a pass of their own costs more than it saves."""


@dataclass(frozen=True)
class Job:
    """Numbers of prompts, longest first, and the rows that their answers are written in."""

    numbers: tuple[int, ...]
    rows: int


def passes(network: Network) -> int:
    """How many jobs go side by side on the network's device."""
    small = sum(weight.numel() for weight in network.parameters()) < _MIN_WEIGHTS
    return 1 if small else side_by_side(network.device)


def most_rows(network: Network, passes: int, batch_size: int | None) -> int | None:
    """Of all passes together, where a limit helps or `batch_size` sets one."""
    limit = _MAX_ROWS.get(network.device.type)
    limits = [passes * limit if limit else None, batch_size]
    return min((rows for rows in limits if rows), default=None)


def plan(
    lengths: Sequence[int], *, new: int, budget: int, max_rows: int | None = None, passes: int = 1
) -> list[list[Job]]:
    """Jobs that go side by side, one list after the other.

    `lengths`, `new` (the longest answer) and `budget` (rows times the longest prompt and answer, of all that go side by
    side) count tokens; `max_rows` are those of all that go side by side.
    """
    together = []
    for numbers in _alike(lengths, new):
        rows = max(1, budget // (lengths[numbers[0]] + new))
        rows = min(rows, len(numbers), max_rows or len(numbers))
        parts = max(1, min(passes, rows // _MIN_ROWS))
        together.append([Job(tuple(numbers[part::parts]), rows // parts) for part in range(parts)])
    return together


def _alike(lengths: Sequence[int], new: int) -> Iterator[list[int]]:
    """Numbers of prompts, longest first, whose rows would hold little that is empty."""
    together: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda number: (-lengths[number], number)):
        if together and lengths[number] + new < _LIKE * (lengths[together[0]] + new):
            yield together
            together = []
        together.append(number)
    if together:
        yield together


def layout(job: Job, ids: Sequence[Sequence[int]], read_at_once: int) -> Layout:
    """The job's, with what its prompts begin with: it is read once."""
    prefix = len(shared_prefix([ids[number] for number in job.numbers])) if len(job.numbers) > 1 else 0
    return Layout(job.rows, prefix if prefix >= _MIN_PREFIX else 0, read_at_once)
