"""TRL's prompts with completions: `prompt` and `completion`, for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence

from harness.export.pairs import Pair, answer_of, prompt_of
from harness_base.types import Row


def rows(pairs: Sequence[Pair], *, conversational: bool) -> list[Row]:
    """A row a pair."""
    return [
        {
            "prompt": prompt_of(pair, conversational=conversational),
            "completion": answer_of(pair.chosen, conversational=conversational),
        }
        for pair in pairs
    ]
