"""How a model is loaded and asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from iteralign.core.settings import Settings
from iteralign.encoding.answers import USUAL_MARKS, Thinking
from iteralign.loading.references import ModelName, folder_of

Precision = Literal["auto", "float32", "bfloat16", "float16"]
"""The number format of weights; `auto` is the one that suits the folder and the device."""
Device = Literal["auto", "cpu", "cuda"]
"""Where a model computes; `auto` is an accelerator where there is one."""


def _mark_pairs(marks: object) -> object:
    """Pairs, each written as two texts or as one with a blank between them."""
    if not isinstance(marks, list | tuple):
        return marks
    pairs = [tuple(pair.split()) if isinstance(pair, str) else pair for pair in marks]
    if any(isinstance(pair, list | tuple) and len(pair) == 2 and not all(map(str.strip, pair)) for pair in pairs):
        raise ValueError("must be marks of at least one character")
    return pairs


class ModelSettings(Settings):
    """How to load and run a model: its folder, or its name on the hub, and what it may write."""

    path: Annotated[str, ModelName()] = Field(
        description="folder of a Hugging Face model, or ORG/NAME[@REVISION] on the hub"
    )
    dtype: Precision = Field("auto", description="precision of the weights")
    device: Device = Field("auto", description="where the model runs")
    max_length: int | None = Field(None, ge=16, description="context window in tokens; null: the model's own")
    max_new_tokens: int = Field(48, ge=1, description="longest answer, in tokens")
    thinking_tokens: int | None = Field(
        None,
        ge=0,
        description="tokens for a thought before the answer; null: 1,024 where the chat template knows one",
    )
    thinking_marks: Annotated[tuple[tuple[str, str], ...] | None, BeforeValidator(_mark_pairs)] = Field(
        None, description="pairs that open and close a thought, as `<think> </think>`; null: the usual ones"
    )
    batch_size: int | None = Field(
        None, ge=1, description="answers generated at once, at most; null: as the memory allows"
    )

    @property
    def folder(self) -> Path:
        """Where the model's files are; for a name on the hub once it was resolved (`iteralign.loading.resolve`)."""
        return folder_of(self.path)

    @property
    def thinking(self) -> Thinking:
        """How thoughts are told from answers, and what room they have beside `max_new_tokens`."""
        return Thinking(self.thinking_marks or USUAL_MARKS, self.thinking_tokens)
