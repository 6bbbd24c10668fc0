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
        shared = beginning(inputs["input_ids"], inputs["labels"], inputs["attention_mask"])
        saved = shared * (len(inputs["input_ids"]) - 1)
        if return_outputs or saved < LEAST or not self._is_same(model, inputs, shared):
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        return shared_loss(model, inputs, shared, num_items_in_batch)

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
    ids, labels, mask = inputs["input_ids"], inputs["labels"], inputs["attention_mask"]
    rows, columns = (labels[:, 1:] != IGNORED).nonzero(as_tuple=True)
    cache = DynamicCache(config=model.config)
    with HeadReads(model) as reads:
        reads.only(rows[:0], columns[:0])
        model(input_ids=ids[:1, :shared], past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(ids))
        reads.only(rows, columns - shared)
        logits = model(input_ids=ids[:, shared:], attention_mask=mask, past_key_values=cache, use_cache=True).logits[0]
    total = functional.cross_entropy(logits.float(), labels[rows, columns + 1], reduction="sum")
    return total / (len(rows) if count is None else count)


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
