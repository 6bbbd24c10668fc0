"""The objective `supervised`: the network learns to write the accepted answers; prompts carry no loss."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import DataCollatorForSeq2Seq

from iteralign.core.libraries import Tokenizer
from iteralign.core.records import TrainingPair
from iteralign.training.examples import Example
from iteralign.training.objective import EncodePair, Material, Named
from iteralign.training.sharing import IGNORED, SharingTrainer


class SupervisedObjective:
    """Implements `iteralign.training.objective.Objective`: cross-entropy on the answers' tokens."""

    def material(self, pairs: Sequence[TrainingPair], encode: EncodePair, tokenizer: Tokenizer) -> Material:
        """Rows of token ids with labels; batches are padded to their longest row."""
        collator = DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=IGNORED)
        return Material([row_of(encode(pair)) for pair in pairs], collator, SharingTrainer)


def row_of(example: Example) -> Named:
    """A dialogue's token ids, with labels on its answer."""
    labels = [IGNORED] * example.context + example.ids[example.context :]
    return {"input_ids": example.ids, "labels": labels, "attention_mask": [1] * len(example.ids)}
