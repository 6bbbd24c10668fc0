"""Before the shared-prefix scorer is trusted, it scores a few requests beside the stock path: equal, or unused.

A wrong mask or a wrong position is no error, only another number. So the few are requests that share rows and a prefix,
the longest among them (a sliding window shows there), and the comparison must be able to fail: with the tree left out
of the mask the numbers have to differ by more than the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from harness_base.text import first_line
from iteralign.generation.merging import merged
from iteralign.scoring.checked import ScorerCheck
from iteralign.scoring.shared_prefix import Answer, SharedPrefixScorer
from iteralign.scoring.token_tree import Group, Pair, one_row

Stock = Callable[[Sequence[Pair], "int | str"], Sequence[Answer]]
"""Given requests and a batch size, the answers of the path that the scorer is held against: lm-eval's own, say."""

_NEIGHBOURS = 3
_TOLERANCE = {torch.float32: 1e-4}
_LOW_TOLERANCE = 0.2
"""Nats over a choice, in float32 and in lower precisions, where another kernel alone makes about half as much."""
_LONG = 100
"""Tokens of a choice from which on it may differ by more in proportion, since the rounding of each adds up."""
_MAX_NOISE = {torch.float32: 1e-3}
_MAX_LOW_NOISE = 1.0
_TIMES_NOISE = 3
_ANOTHER_SIZE = 4
_UNFIT = (RuntimeError, ValueError, TypeError, IndexError, AttributeError)
"""What models raise that can't take such a mask, such a cache or such positions."""

Answers = list[dict[Pair, Answer]]
"""For each group of rows, what it gave: the same request may stand in two."""


def check(model: object, dtype: torch.dtype, pairs: Sequence[Pair], stock: Stock, batch_size: int | str) -> ScorerCheck:
    """Whether the scorer gives the stock numbers on a few of these requests.

    The tolerance is fixed (for choices of up to 100 tokens, and more in proportion for longer ones), or three times
    what the stock path differs from itself between batch sizes where that is more: a large model's rounding is no fault
    of the layout.
    """
    if len(set(pairs)) < 2:
        return ScorerCheck("stock", "a single request shares nothing with others", None)
    return check_groups(model, dtype, _few(pairs), stock, batch_size)


def check_groups(
    model: object, dtype: torch.dtype, groups: Sequence[Group], stock: Stock, batch_size: int | str
) -> ScorerCheck:
    """The same on requests that are laid out already."""
    scorer = SharedPrefixScorer(model, budget=1)
    try:
        with merged(model):  # as when it is used; the stock path below takes the adapter as it is
            ours = [scorer.score([group], advance=lambda _: None) for group in groups]
            wrong = [scorer.score([group], advance=lambda _: None, causal_only=True) for group in groups]
    except _UNFIT as error:
        return ScorerCheck(
            "stock", f"the model takes no such mask, cache or positions ({first_line(error, longest=120)})", None
        )
    asked = list(dict.fromkeys(pair for group in ours for pair in group))
    theirs = dict(zip(asked, stock(asked, batch_size), strict=True))
    if not any(math.isfinite(value) for value, _ in theirs.values()):
        return ScorerCheck("undecided", "the model's own numbers are not finite, so nothing could be compared", None)
    difference, tolerance = _largest(ours, theirs), _TOLERANCE.get(dtype, _LOW_TOLERANCE)
    if not difference.in_proportion <= tolerance:
        another_size = 1 if batch_size != 1 else _ANOTHER_SIZE
        alone = dict(zip(asked, stock(asked, another_size), strict=True))
        noise = _TIMES_NOISE * _largest([alone], theirs).in_proportion
        tolerance = max(tolerance, min(_MAX_NOISE.get(dtype, _MAX_LOW_NOISE), noise))
    return _judged(len(asked), difference, _largest(wrong, theirs), tolerance)


@dataclass(frozen=True)
class _Difference:
    """The largest difference in nats, as it is, and with those of long choices in proportion to their length."""

    largest: float
    in_proportion: float


def _judged(requests: int, difference: _Difference, wrong: _Difference, tolerance: float) -> ScorerCheck:
    largest = difference.largest
    if not math.isfinite(largest):
        return ScorerCheck("stock", "it gives no finite numbers where the stock path does", None)
    if not difference.in_proportion <= tolerance:
        why = f"on {requests} requests it differs from the stock path by up to {largest:.2g} nats"
        return ScorerCheck("stock", f"{why}, beyond {tolerance:.2g}", largest)
    if not wrong.in_proportion > tolerance:
        why = "a wrong mask would change the numbers of this model too little to be noticed"
        return ScorerCheck("stock", why, largest)
    return ScorerCheck("shared-prefix", f"{requests} requests agree within {tolerance:.2g} nats", largest)


def _few(pairs: Sequence[Pair]) -> list[Group]:
    """The longest request and those nearest to it behind their prefix, then the first, middle and last in one row."""
    ordered = sorted(dict.fromkeys(pairs), key=lambda pair: pair[0] + pair[1])
    lengths = [len(context) + len(choice) for context, choice in ordered]
    longest = lengths.index(max(lengths))
    start = max(0, min(longest - 1, len(ordered) - _NEIGHBOURS))
    apart = dict.fromkeys([ordered[0], ordered[len(ordered) // 2], ordered[-1]])
    return [
        one_row(ordered[start : start + _NEIGHBOURS], with_prefix=True),
        one_row(list(apart), with_prefix=False),
    ]


def _largest(groups: Answers, others: Mapping[Pair, Answer]) -> _Difference:
    """NaN only where just one of both is NaN, which no comparison with a tolerance passes."""
    differences = {
        (abs(one - others[pair][0]), min(1.0, _LONG / len(pair[1])))
        for group in groups
        for pair, (one, _) in group.items()
        if not (math.isnan(one) and math.isnan(others[pair][0])) and one != others[pair][0]
    }
    if any(math.isnan(value) for value, _ in differences):
        return _Difference(math.nan, math.nan)
    return _Difference(
        max((value for value, _ in differences), default=0.0),
        max((value * share for value, share in differences), default=0.0),
    )
