"""The objective `anchored`: revisions are learned, and on harmless prompts the base's predictions are kept.

To learn one's own greedy answers is no way to stay as one was: it sharpens them, and what the model says of any other
text gets worse with every step. So a replayed dialogue is not learned as text. At each of its tokens, those of the
prompt too, the divergence from what the base predicts there is the loss (Kullback-Leibler, from the base to the
network): knowledge distillation from the model before (Li and Hoiem, "Learning without Forgetting", 2016), which
starts at zero and has no pull of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import torch
from torch.nn import functional
from transformers import DataCollatorForSeq2Seq

from harness_base.errors import ConfigError
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.records import TrainingPair
from iteralign.loading.adapters import has_adapters, switch_adapters
from iteralign.training.objective import EncodePair, Material, Named
from iteralign.training.sharing import IGNORED, SharingTrainer, logits_at
from iteralign.training.supervised import row_of

ANCHORED: Final = "anchored"
"""The column that says, with 1, that a row's predictions are kept, and with 0 that its answer is learned."""


class AnchoredObjective:
    """Implements `iteralign.training.objective.Objective`; `weight` is that of a replayed token."""

    def __init__(self, weight: float) -> None:
        self._weight = weight

    def material(self, pairs: Sequence[TrainingPair], encode: EncodePair, tokenizer: Tokenizer) -> Material:
        """Rows as `supervised` has them, each with whether it is an anchor."""
        rows = [row_of(encode(pair)) | {ANCHORED: int(pair.kind == "replayed_harmless")} for pair in pairs]
        collator = DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=IGNORED)
        return Material(
            rows,
            partial(_collated, collator),
            partial(_Trainer, anchor_weight=self._weight),
            arguments={"remove_unused_columns": False},
        )


def _collated(collator: Callable[[list[Named]], Named], rows: list[Named]) -> Named:
    plain = [{name: value for name, value in row.items() if name != ANCHORED} for row in rows]
    return {**collator(plain), ANCHORED: torch.tensor([row[ANCHORED] for row in rows], dtype=torch.bool)}


class _Trainer(SharingTrainer):
    """The sum of both losses in nats, over as many tokens as `supervised` would learn."""

    def __init__(self, *arguments: Any, anchor_weight: float, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self._weight = anchor_weight
        if not has_adapters(self.model):
            raise ConfigError(
                "objective.kind anchored keeps to the base model, which training all weights overwrites; choose "
                "training.weights lora, or objective.kind supervised."
            )

    def compute_loss(
        self,
        model: Network,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """See `anchored_loss`. There are no outputs to return."""
        batch = dict(inputs)
        anchors = batch.pop(ANCHORED)
        shared = self.shared(model, batch)
        return anchored_loss(model, batch, anchors, shared, weight=self._weight, count=num_items_in_batch)


def anchored_loss(
    model: Network,
    inputs: dict[str, Any],
    anchors: torch.Tensor,
    shared: int,
    *,
    weight: float,
    count: torch.Tensor | int | None = None,
) -> torch.Tensor:
    """Cross-entropy of the learned rows' answers and `weight` times the anchors' divergence from the base, in nats.

    Their sum is divided by `count`, or by how many labels there are. `anchors` is [rows]; the first `shared` tokens are
    alike in all rows and predict nothing; every other token of an anchor does.
    """
    labels = inputs["labels"]
    learned = (labels[:, 1:] != IGNORED) & ~anchors[:, None]
    kept = inputs["attention_mask"][:, 1:].bool() & anchors[:, None]
    kept[:, :shared] = False
    places = (learned | kept).nonzero(as_tuple=True)
    is_kept = kept[places]
    found = logits_at(model, inputs, shared, *places).float()
    rows, columns = (place[~is_kept] for place in places)
    loss = functional.cross_entropy(found[~is_kept], labels[rows, columns + 1], reduction="sum")
    if is_kept.any():
        loss = loss + weight * _divergence(model, inputs, shared, [place[is_kept] for place in places], found[is_kept])
    return loss / ((labels != IGNORED).sum() if count is None else count)


def _divergence(
    model: Network, inputs: dict[str, Any], shared: int, places: Sequence[torch.Tensor], found: torch.Tensor
) -> torch.Tensor:
    """Summed over the places, the Kullback-Leibler divergence from the base's predictions to those `found`."""
    with torch.no_grad(), _base(model):
        base = logits_at(model, inputs, shared, *places).float().log_softmax(-1)
    return functional.kl_div(found.log_softmax(-1), base, reduction="sum", log_target=True)


@contextmanager
def _base(model: Network) -> Iterator[None]:
    switch_adapters(model, on=False)
    try:
        yield
    finally:
        switch_adapters(model, on=True)
