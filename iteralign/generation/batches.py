"""What `generate` is given: prompts padded on the left, and what they all begin with read once for the whole batch.

transformers does the generating. What was measured against it, and why this is enough, is in docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import Cache, DynamicCache, StoppingCriteria
from transformers.cache_utils import DynamicLayer

from iteralign.core.libraries import Network
from iteralign.core.protocols import Advance

_MIN_PREFIX = 16
"""Tokens: for fewer, a pass of their own costs more than it saves."""

_REPORT_EVERY = 8
"""Tokens between two looks at how much is written."""


class WritingProgress(StoppingCriteria):
    """Ends nothing; tells how many answers' worth of a batch is written, all of it in the end.

    An answer counts whole once it has ended, and before that by its share of the `longest` answer, in tokens, so that a
    batch of long answers does not stand still until all of them are there. `start` is where answers begin.
    """

    def __init__(self, rows: int, start: int, longest: int, ends: Sequence[int], advance: Advance) -> None:
        self._rows, self._start, self._longest, self._ends = rows, start, longest, list(ends)
        self._advance, self._reported = advance, 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
        new = input_ids[:, self._start :]
        steps = new.shape[1]
        if steps and steps % _REPORT_EVERY == 0:
            ended = int(torch.isin(new, torch.tensor(self._ends, device=new.device)).any(dim=1).sum())
            self._report(ended + (self._rows - ended) * steps // self._longest)
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

    def finish(self) -> None:
        """All of the batch is written."""
        self._report(self._rows)

    def _report(self, done: int) -> None:
        if done > self._reported:
            self._advance(done - self._reported)
            self._reported = done


@torch.inference_mode()
def inputs(network: Network, rows: Sequence[Sequence[int]], *, pad: int) -> dict[str, object]:
    """The arguments for `network.generate` that hold these prompts, given as rows of token ids, none of them empty.

    Every row is as wide as the longest, with what is missing put between the shared prefix and the rest, where it is
    masked; positions are counted from the mask. Generated tokens begin behind the longest row.
    """
    prefix = shared_prefix(rows)
    cache = _read(network, prefix, len(rows)) if len(prefix) >= _MIN_PREFIX and len(rows) > 1 else None
    start = len(prefix) if cache else 0
    longest = max(len(row) for row in rows)
    ids = [[*row[:start], *[pad] * (longest - len(row)), *row[start:]] for row in rows]
    mask = [[1] * start + [0] * (longest - len(row)) + [1] * (len(row) - start) for row in rows]
    padded = {
        "input_ids": torch.tensor(ids, device=network.device),
        "attention_mask": torch.tensor(mask, device=network.device),
    }
    return padded | ({"past_key_values": cache} if cache else {})


def shared_prefix(rows: Sequence[Sequence[int]]) -> list[int]:
    """What all begin with; at least one token of each is left to go on from."""
    ordered = sorted(list(row) for row in rows)
    first, last = ordered[0], ordered[-1]  # what these two share, all between them do
    most = min(len(row) for row in rows) - 1
    return first[: next((n for n in range(most) if first[n] != last[n]), most)]


def _read(network: Network, prefix: Sequence[int], rows: int) -> Cache | None:
    """The prefix's keys and values for so many rows; None for a model whose cache is no plain growing one.

    A sliding window counts masked places too, so padding in the middle would shorten it.
    """
    cache = DynamicCache(config=network.config)
    if not cache.layers or any(type(layer) is not DynamicLayer for layer in cache.layers):
        return None
    network(input_ids=torch.tensor([prefix], device=network.device), past_key_values=cache, use_cache=True)
    cache.batch_repeat_interleave(rows)
    return cache


def batches(lengths: Sequence[int], *, new: int, budget: int, max_rows: int | None = None) -> list[list[int]]:
    """Numbers of the prompts that are generated together, longest first, at most `max_rows` of like length.

    `lengths`, `new` (the longest answer) and `budget` (rows times the longest prompt and answer) count tokens.
    """
    together: list[list[int]] = []
    for number in sorted(range(len(lengths)), key=lambda number: (-lengths[number], number)):
        if together:
            width = lengths[together[-1][0]] + new
            if (len(together[-1]) + 1) * width <= budget and len(together[-1]) != max_rows:
                together[-1].append(number)
                continue
        together.append([number])
    return together
