"""What a candidate learns from its training pairs: the seam between the pairs and transformers' Trainer.

An objective turns pairs into what the Trainer is given. How its weights are put on the network is another matter (see
`iteralign.training.weights`). A kind of `iteralign.training.kinds` builds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from transformers import Trainer, TrainingArguments

from iteralign.core.libraries import Tokenizer
from iteralign.core.records import TrainingPair
from iteralign.training.examples import Example

Named = dict[str, Any]
"""Values by name, as transformers takes them: a row, a batch, or arguments."""
EncodePair = Callable[[TrainingPair], Example]
"""A pair's prompt and its accepted answer in token ids, cut to the model's window."""


@dataclass(frozen=True)
class Material:
    """What the Trainer is given: `rows`, one for each pair, and the `collator` that makes batches of them.

    Rows are grouped by the length of their `input_ids`, unless `trainer` tells it otherwise. The loss is the network's
    own unless `trainer`, which takes what transformers' does, has another one. `arguments` are those of the class
    `configuration` that the objective needs beside the training's settings. A row holds so many `sequences`: by so many
    parts a batch goes through the network, so that it takes the memory of a batch of rows with one.
    """

    rows: Sequence[Named]
    collator: Callable[[list[Named]], Named]
    trainer: Callable[..., Trainer] = Trainer
    configuration: type[TrainingArguments] = TrainingArguments
    arguments: Named = field(default_factory=dict)
    sequences: int = 1


class Objective(Protocol):
    """One way to learn from training pairs."""

    def material(self, pairs: Sequence[TrainingPair], encode: EncodePair, tokenizer: Tokenizer) -> Material:
        """What the Trainer is given for these pairs. Raises UserError for pairs that it can't learn from."""
        ...
