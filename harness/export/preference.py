"""TRL's preference pairs: `prompt`, `chosen` and `rejected`, for DPO and its like."""

from __future__ import annotations

from collections.abc import Sequence

from harness.export.pairs import Pair, answer_of, prompt_of
from harness_base.types import Row


def rows(pairs: Sequence[Pair], *, conversational: bool) -> list[Row]:
    """A row a pair; a revision that repeats the answer prefers nothing and is left out."""
    return [
        {
            "prompt": prompt_of(pair, conversational=conversational),
            "chosen": answer_of(pair.chosen, conversational=conversational),
            "rejected": answer_of(pair.rejected, conversational=conversational),
        }
        for pair in pairs
        if pair.chosen != pair.rejected
    ]
