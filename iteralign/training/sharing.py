"""The supervised loss at less work: what a batch's rows begin with alike is read once, and the last layer reads little.

Dialogues begin with the template's system message, which is half of a short one, and of a row only the answer's tokens
have a loss. The loss and its gradients are those of a plain pass, up to rounding.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch.nn import functional
from transformers import DynamicCache, PreTrainedModel, Trainer

from iteralign.core.libraries import Network
from iteralign.generation.head_reads import HeadReads
from iteralign.generation.slots import plain_cache

IGNORED: Final = -100
"""The label of a token without loss."""
LEAST: Final = 8
"""Tokens that must be saved before a pass of their own is worth it."""
_UNFIT = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, KeyError)
"""What models raise that can't go on from such a cache."""
_TOLERANCE: Final = {torch.float32: 1e-3, torch.float64: 1e-3}
_LOW_TOLERANCE: Final = 0.05
"""Nats a token by which the two losses may differ through rounding; a wrong mask or position makes more of it."""


class SharingTrainer(Trainer):
    """transformers' Trainer, with the loss of `shared_loss` where that is the model's own.

    Whether it is, is found out on the first batch with anything to share; a model for which it is not is trained as
    the Trainer does.
    """

    _same: bool | None = None

    def compute_loss(
        self,
        model: Network,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """As the Trainer has it: the mean over the labels, or over those of all parts of a batch that is in parts."""
        shared = 0 if return_outputs else self.shared(model, inputs)
        if not shared:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        return shared_loss(model, inputs, shared, num_items_in_batch)

    def shared(self, model: Network, inputs: dict[str, Any]) -> int:
        """How many tokens of this batch are to be read once; 0 where it isn't worth it or would be another loss."""
        found = beginning(inputs["input_ids"], inputs["labels"], inputs["attention_mask"])
        saved = found * (len(inputs["input_ids"]) - 1)
        return found if saved >= LEAST and self._is_same(model, inputs, found) else 0

    def _is_same(self, model: Network, inputs: dict[str, Any], shared: int) -> bool:
        if self._same is None:
            self._same = isinstance(model, PreTrainedModel) and has_same_loss(model, inputs, shared)
        return self._same


def beginning(ids: torch.Tensor, labels: torch.Tensor, mask: torch.Tensor) -> int:
    """How many of the first columns are alike in all rows and predict nothing that has a loss. All [rows, columns]."""
    alike = (ids == ids[:1]).all(0) & (mask == 1).all(0)
    silent = (labels[:, 1:] == IGNORED).all(0)
    return int((alike[:-1] & silent).long().cumprod(0).sum())


def shared_loss(
    model: Network, inputs: dict[str, Any], shared: int, count: torch.Tensor | int | None = None
) -> torch.Tensor:
    """Cross-entropy in nats, its sum over the labels divided by `count`, or by how many there are."""
    labels = inputs["labels"]
    rows, columns = (labels[:, 1:] != IGNORED).nonzero(as_tuple=True)
    logits = logits_at(model, inputs, shared, rows, columns)
    total = functional.cross_entropy(logits.float(), labels[rows, columns + 1], reduction="sum")
    return total / (len(rows) if count is None else count)


def logits_at(
    model: Network, inputs: dict[str, Any], shared: int, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """The logits behind these places of a batch, [places, vocabulary], none of them among the first `shared` columns.

    Those columns are read in one row; 0 reads every row whole.
    """
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    with HeadReads(model) as reads:
        past: dict[str, Any] = {"use_cache": False}
        if shared:
            cache = DynamicCache(config=model.config)
            reads.only(rows[:0], columns[:0])
            model(input_ids=ids[:1, :shared], past_key_values=cache, use_cache=True)
            cache.batch_repeat_interleave(len(ids))
            past = {"past_key_values": cache, "use_cache": True}
        reads.only(rows, columns - shared)
        logits: torch.Tensor = model(input_ids=ids[:, shared:], attention_mask=mask, **past).logits[0]
    return logits


@torch.no_grad()
def has_same_loss(model: Network, inputs: dict[str, Any], shared: int) -> bool:
    """Whether the loss at less work is the loss that the model itself computes of these rows."""
    if not plain_cache(model):
        return False
    try:
        ours = shared_loss(model, inputs, shared)
    except _UNFIT:
        return False
    theirs = model(**inputs, use_cache=False).loss
    return bool((ours - theirs).abs() <= _TOLERANCE.get(model.dtype, _LOW_TOLERANCE))
