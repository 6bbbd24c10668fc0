"""Supervised fine-tuning of a candidate from the accepted model.

LoRA (Hu et al. 2021) through peft by default; full fine-tuning keeps a copy of the accepted weights to go back to.
Loss on the answers only, batches by length, no padding beyond the batch. transformers' Trainer does the steps.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.tuners_utils import cast_adapter_dtype
from safetensors import SafetensorError
from transformers import (
    DataCollatorForSeq2Seq,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from harness_base.errors import DiskError
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.protocols import Advance
from iteralign.core.records import Candidate, TrainingSettings
from iteralign.training.weights import Example, Weights, activate, copy_state, probe_logits, weights_hash

IGNORED = -100


def fine_tune(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    settings: TrainingSettings,
    *,
    accepted: Weights | None,
    folder: Path,
    seed: int,
    advance: Advance | None = None,
) -> tuple[Weights, Candidate]:
    """Train from what is accepted and leave the candidate in force. Saves it to `folder`.

    Raises DiskError when it can't be saved, and RuntimeError when the training left the candidate's weights as they
    were, or touched the frozen base.
    """
    before = probe_logits(network, examples)
    prepare = _prepare_lora if settings.method == "lora" else _prepare_full
    weights = prepare(network, settings, accepted, folder, seed)
    frozen, trained = _sums(network, trained=False), _sums(network, trained=True)
    losses = _train(network, tokenizer, examples, settings, seed, advance)
    _check_what_changed(network, frozen, trained)
    network.eval()
    _save(network, tokenizer, folder, settings)
    if settings.method == "full":
        weights.state = copy_state(network)
    change = float((probe_logits(network, examples) - before).abs().max())
    return weights, _candidate(weights, folder, losses, change, settings)


def _candidate(
    weights: Weights, folder: Path, losses: list[float], change: float, settings: TrainingSettings
) -> Candidate:
    return Candidate(
        name=weights.name,
        path=str(folder),
        content_hash=weights_hash(folder),
        steps=len(losses),
        loss_first=losses[0],
        loss_last=losses[-1],
        largest_logit_change=change,
        settings=settings,
    )


def _prepare_lora(
    network: Network, settings: TrainingSettings, accepted: Weights | None, folder: Path, seed: int
) -> Weights:
    torch.manual_seed(seed)  # LoRA's first matrix is drawn at random
    name = folder.name
    if accepted:
        config = copy.deepcopy(network.peft_config[accepted.name])
        config.inference_mode = False
    else:
        config = LoraConfig(
            r=settings.rank, lora_alpha=settings.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
        )
    network.add_adapter(config, adapter_name=name)
    # As peft does: small steps would be lost in bfloat16, and whoever loads the adapter gets float32.
    cast_adapter_dtype(network, name)
    if accepted:
        learned = get_peft_model_state_dict(network, adapter_name=accepted.name, save_embedding_layers=False)
        set_peft_model_state_dict(network, learned, adapter_name=name)
    activate(network, Weights(name, "lora"))
    for parameter_name, parameter in network.named_parameters():
        parameter.requires_grad = f".{name}." in parameter_name
    return Weights(name, "lora")


def _prepare_full(
    network: Network, settings: TrainingSettings, accepted: Weights | None, folder: Path, seed: int
) -> Weights:
    if not hasattr(network, "_base_state"):
        network._base_state = copy_state(network)
    for parameter in network.parameters():
        parameter.requires_grad = True
    return Weights(folder.name, "full")


def _train(
    network: Network,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    settings: TrainingSettings,
    seed: int,
    advance: Advance | None,
) -> list[float]:
    """Run the Trainer; the loss of every step, in order."""
    rows = [
        {"input_ids": e.ids, "labels": [IGNORED] * e.context + e.ids[e.context :], "attention_mask": [1] * len(e.ids)}
        for e in examples
    ]
    losses = _Losses(advance)
    with tempfile.TemporaryDirectory() as scratch:
        trainer = Trainer(
            model=network,
            args=_arguments(settings, settings.steps(len(rows)), seed, scratch, network),
            train_dataset=rows,
            data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True, label_pad_token_id=IGNORED),
            callbacks=[losses],
        )
        trainer.remove_callback(PrinterCallback)  # progress goes to `advance`, not to stdout
        trainer.train()
    return losses.values


def _arguments(settings: TrainingSettings, steps: int, seed: int, scratch: str, network: Network) -> TrainingArguments:
    return TrainingArguments(
        output_dir=scratch,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        max_steps=steps,
        lr_scheduler_type="cosine",
        warmup_steps=0.03,
        train_sampling_strategy="group_by_length",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=seed,
        data_seed=seed,
        use_cpu=network.device.type == "cpu",
        bf16=False,
        dataloader_pin_memory=network.device.type != "cpu",
        log_level="error",
    )


class _Losses(TrainerCallback):
    def __init__(self, advance: Advance | None) -> None:
        self.values: list[float] = []
        self._advance = advance

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: object,
    ) -> None:
        if logs and "loss" in logs:
            self.values.append(float(logs["loss"]))
            if self._advance:
                self._advance(1)


def _save(network: Network, tokenizer: Tokenizer, folder: Path, settings: TrainingSettings) -> None:
    """Write the adapter, or after full fine-tuning a whole model folder."""
    try:
        network.save_pretrained(folder)
        if settings.method == "full":
            tokenizer.save_pretrained(folder)
    except (OSError, SafetensorError) as error:
        raise DiskError(f"The candidate can't be written to {folder}: {error}; free some space and resume.") from error


def _sums(network: Network, *, trained: bool) -> dict[str, int]:
    """A bit-exact checksum of every parameter that is (not) trained: the sum of its bits read as integers."""
    widths = {4: torch.int32, 2: torch.int16, 1: torch.int8, 8: torch.int64}
    return {
        name: int(parameter.detach().contiguous().view(widths[parameter.element_size()]).sum(dtype=torch.int64))
        for name, parameter in network.named_parameters()
        if parameter.requires_grad is trained
    }


def _check_what_changed(network: Network, frozen: dict[str, int], trained: dict[str, int]) -> None:
    if _sums(network, trained=False) != frozen:
        raise RuntimeError("training changed weights of the frozen base model")
    if _sums(network, trained=True) == trained:
        raise RuntimeError("training left every trained weight as it was")
