"""How a model is loaded and asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iteralign.encoding.answers import USUAL, Thinking


@dataclass(frozen=True)
class ModelSettings:
    """How to load and run a model. `max_length` and `max_new_tokens` count tokens.

    `constitution_tokens` is the most that principles may take of a prompt; None is as many as the window holds.
    `thinking` says how thoughts are told from answers, and what room they have beside `max_new_tokens`. `batch_size` is
    the most answers that are generated at once; None is as many as the memory allows.
    """

    path: Path
    dtype: str = "auto"
    device: str = "auto"
    max_length: int | None = None
    max_new_tokens: int = 48
    constitution_tokens: int | None = None
    thinking: Thinking = USUAL
    batch_size: int | None = None
