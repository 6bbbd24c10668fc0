"""The objective `preference`: an answer becomes more probable than another to the same prompt.

Direct preference optimisation (Rafailov et al. 2023) by TRL, with the chosen answers' own loss beside it (Pang et al.
2024), since DPO alone may make both answers improbable.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any

import torch
from datasets import Dataset
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DataCollatorForPreference, DPOTrainer

from harness_base.errors import ConfigError, ModelError
from iteralign.core.content import content_id
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.records import TrainingPair
from iteralign.training.objective import EncodePair, Material, Named

_REVISIONS = ("revision", "replayed_revision")
"""Kinds of pairs with the answer to an attack; all others answer harmless prompts."""
_SAME_LOSS = 0.1
"""Nats a token up to which two ways to compute a loss may differ in bfloat16."""


class PreferenceObjective:
    """Implements `iteralign.training.objective.Objective`: DPO, and `nll_weight` times the chosen answers' own loss.

    That loss is the mean over their tokens, as `supervised` has it.
    """

    def __init__(self, beta: float, nll_weight: float) -> None:
        self._beta = beta
        self._nll_weight = nll_weight

    def material(self, pairs: Sequence[TrainingPair], encode: EncodePair, tokenizer: Tokenizer) -> Material:
        """A row for each pair with two sides, see `with_rejected`; one for which the window has no room is none.

        Raises ConfigError where no pair has both.
        """
        rows = [row for pair in with_rejected(pairs) if (row := _row(pair, encode))]
        if not rows:
            raise ConfigError(
                f"objective.kind preference can't learn from these {len(pairs)} training pairs: none has an answer to "
                "prefer and another one to reject; choose objective.kind supervised."
            )
        return Material(
            rows,
            DataCollatorForPreference(pad_token_id=tokenizer.pad_token_id),
            partial(_Trainer, processing_class=tokenizer),
            DPOConfig,
            self._arguments(),
            sequences=2,
        )

    def _arguments(self) -> Named:
        """What TRL needs to be told beside what transformers is; its own defaults differ from those of transformers."""
        nll = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, self._nll_weight]}
        return {
            "beta": self._beta,
            "max_length": None,
            "precompute_ref_log_probs": True,
            "gradient_checkpointing": False,
            "remove_unused_columns": False,  # among them the rows' length, by which they are grouped
            **(nll if self._nll_weight else {}),
        }


def with_rejected(pairs: Sequence[TrainingPair]) -> list[TrainingPair]:
    """The pairs of which both sides are known.

    To an attack the answer that was a violation is rejected. To a harmless prompt a refusal is: what the revisions of
    the same set answer to attacks, dealt out in an order that the set decides, each as often as the others. So the same
    words are chosen here and rejected there, and it is the prompt that tells when.
    """
    rng = random.Random(content_id(*(f"{pair.kind} {pair.prompt_id}" for pair in pairs)))
    refusals = [pair.answer for pair in pairs if pair.kind in _REVISIONS]
    dealt = cycle(rng.sample(refusals, len(refusals)))
    sided = [
        pair if pair.rejected or pair.kind in _REVISIONS else replace(pair, rejected=next(dealt, "")) for pair in pairs
    ]
    return [pair for pair in sided if pair.rejected.strip() and pair.rejected != pair.answer]


def _row(pair: TrainingPair, encode: EncodePair) -> Named | None:
    """Token ids of the prompt and both answers, and the longer dialogue's length; None where a side is cut off whole.

    The rejected answer has no end token: most violations were cut at the length limit, and the cheapest way to tell
    such an answer from a finished one would be not to end at all.
    """
    chosen, rejected = encode(pair), encode(replace(pair, answer=pair.rejected, cut=True))
    sides = (chosen.ids[chosen.context :], rejected.ids[rejected.context :])
    if not all(sides):
        return None
    return {
        "prompt_ids": chosen.ids[: chosen.context],
        "chosen_ids": sides[0],
        "rejected_ids": sides[1],
        "length": max(len(chosen.ids), len(rejected.ids)),
    }


class _Trainer(DPOTrainer):
    """TRL's trainer on rows of token ids, which leaves the network's configuration and forward pass as they were.

    The reference is what the network computes before its first step, which is the accepted model: weights that are new
    change nothing yet, and others go on from the accepted ones. TRL can't switch adapters off that transformers put on.
    """

    def __init__(self, model: Network, train_dataset: Sequence[Named], **others: Any) -> None:
        configurations = (model.config.get_text_config(), model.generation_config)
        pads = [configuration.pad_token_id for configuration in configurations]
        self._network, self._forward = model, vars(model).get("forward")
        super().__init__(model=model, train_dataset=Dataset.from_list(list(train_dataset)), **others)
        # By the tokenizer's special tokens it would change the network's configuration, and so what is saved with it.
        self.processing_class = None
        for configuration, pad in zip(configurations, pads, strict=True):
            configuration.pad_token_id = pad

    def train(self, *arguments: Any, **others: Any) -> Any:
        """As TRL does; afterwards the network is without TRL's own forward pass."""
        try:
            return super().train(*arguments, **others)
        finally:
            del self._network.forward
            if self._forward:
                self._network.forward = self._forward

    def _prepare_dataset(self, dataset: Dataset, *_: object) -> Dataset:
        """The rows hold token ids already; TRL's own rules would make other ones than `supervised` is trained on."""
        return dataset

    def _precompute_ref_logps(self, dataset: Dataset, name: str, batch_size: int) -> Dataset:
        """As TRL does, but without a file, whose name does not say which adapter is active, and without bars.

        Raises ModelError where TRL computes something else than the network does.
        """
        self._check_head(dataset[0])
        batches = [self._log_probs(rows) for rows in _in_batches(dataset.to_list(), batch_size)]
        chosen, rejected = (torch.cat(side).tolist() for side in zip(*batches, strict=True))
        return dataset.add_column("ref_chosen_logps", chosen).add_column("ref_rejected_logps", rejected)

    def _log_probs(self, rows: list[Named]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities of the rows' chosen and rejected answers as the network is now, by TRL."""
        log_probs: Callable[..., tuple[torch.Tensor, torch.Tensor]] = self.compute_ref_log_probs
        return log_probs(self._network, self._prepare_inputs(self.data_collator(rows)))

    @torch.no_grad()
    def _check_head(self, row: Named) -> None:
        """TRL multiplies by the head's weights itself: what else a network does to its logits may pass it by."""
        labels = [*[-100] * len(row["prompt_ids"]), *row["chosen_ids"]]
        inputs = {"input_ids": [row["prompt_ids"] + row["chosen_ids"]], "labels": [labels]}
        loss = self._network(**self._prepare_inputs({name: torch.tensor(ids) for name, ids in inputs.items()})).loss
        predicted = sum(label >= 0 for label in labels[1:])
        found = -float(self._log_probs([row])[0]) / max(predicted, 1)
        if predicted and not abs(found - float(loss)) < _SAME_LOSS:
            raise ModelError(
                f"objective.kind preference can't train {self._network.config.name_or_path}: TRL reckons its loss as "
                f"{found:.2f} nats a token and the model itself {float(loss):.2f}; choose objective.kind supervised."
            )

    def _send_telemetry(self) -> None:
        """Nothing is told to anyone."""


def _in_batches(rows: list[Named], size: int) -> Iterator[list[Named]]:
    return (rows[first : first + size] for first in range(0, len(rows), size))
