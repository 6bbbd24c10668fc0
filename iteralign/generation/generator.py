"""What writes answers: the seam between those who want conversations answered and whatever runs the model.

The loop, the revisions, the local oracle and the tasks that generate all ask a `Generator`. The one that is shipped
runs transformers in this process (`iteralign.generation.in_process`); another one may talk to a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from iteralign.core.libraries import JsonObject, Network, Tokenizer
from iteralign.core.protocols import Advance
from iteralign.encoding.answers import Marks


@dataclass(frozen=True)
class RenderedPrompt:
    """A conversation as the model reads it, after its chat template, up to where the answer begins.

    `ids` are its token ids, special tokens included and cut to the model's window. `text` is what they decode to, with
    the marks of thoughts kept, for a generator that takes text.
    """

    ids: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True)
class Decoding:
    """How answers are decoded: at most `new_tokens` of them, greedily at `temperature` 0, otherwise sampled by `seed`.

    An answer also ends at the first of the `stop` texts outside of a thought. `of_task` holds the settings that a task
    of lm-eval's own names for itself (see `iteralign.encoding.decoding.of_tasks_own`); it replaces `temperature`.
    """

    new_tokens: int
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    of_task: JsonObject | None = None


@dataclass(frozen=True)
class GeneratedText:
    """What was written after a prompt: `text` with the marks of thoughts and no other special token.

    `finished` is false where it ran into `new_tokens`. `finite` is false where the model computed NaN or infinity on
    the way: the text is then no answer. `tokens` are its token ids before the end token, where the generator knows
    them.
    """

    text: str
    finished: bool = True
    finite: bool = True
    tokens: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class ActiveWeights:
    """The trained weights that answers are wanted from: their name in this run, and the folder they were saved to."""

    name: str
    folder: Path


class Generator(Protocol):
    """Writes answers to conversations, with the trained weights that are asked for, or as the base model."""

    def generate(
        self,
        prompts: Sequence[RenderedPrompt],
        decoding: Decoding,
        *,
        weights: ActiveWeights | None = None,
        advance: Advance | None = None,
    ) -> list[GeneratedText]:
        """What is written after each prompt, in order; `advance` is called with the number of answers done.

        Raises ModelError or OutsideError where the model can't be reached or can't be computed with.
        """
        ...


class Writer(Protocol):
    """A generator for those who measure a model as it stands: the weights that are active are named already."""

    def __call__(
        self, prompts: Sequence[RenderedPrompt], decoding: Decoding, *, advance: Advance | None = None
    ) -> list[GeneratedText]: ...


@dataclass(frozen=True)
class Subject:
    """The model that a generator is built for, as it was loaded: its folder, network and tokenizer.

    `marks` open and close a thought, and `batch_size` is the most answers that the user wants generated at once; None
    leaves it to the memory at hand. A generator in this process computes with `network`, in which the loop has
    activated the right weights already.
    """

    folder: Path
    network: Network
    tokenizer: Tokenizer
    marks: Marks
    batch_size: int | None = None
