"""Fine-tuning from the accepted model: weights are put on, trained for an objective, saved on the way and checked.

Batches by length, no padding beyond the batch. transformers' Trainer does the steps.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from harness_base.errors import DiskError
from iteralign.core.libraries import Network
from iteralign.core.protocols import Advance
from iteralign.core.records import Candidate, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.training.examples import PROBES, probe_logits
from iteralign.training.kinds import ObjectiveKind
from iteralign.training.objective import EncodePair, Material
from iteralign.training.saved import weights_hash
from iteralign.training.weights import WEIGHTS, Base, Weights


def fine_tune(
    base: Base,
    pairs: Sequence[TrainingPair],
    settings: TrainingSettings,
    objective: ObjectiveKind,
    *,
    encode: EncodePair,
    accepted: Weights | None,
    folders: Sequence[Path],
    seed: int,
    advance: Advance | None = None,
) -> tuple[Weights, list[Candidate]]:
    """Train from what is accepted, and save a candidate for each strength; the last one's weights are left active.

    Each is saved to its folder in `folders`, whose name is the candidate's.

    Raises DiskError when one can't be saved, and RuntimeError when the training left the candidate's weights as they
    were, or touched the frozen base.
    """
    network = base.network
    probes = [encode(pair) for pair in pairs[:PROBES]]
    before = probe_logits(network, probes)
    weights = WEIGHTS.load(settings.weights).prepare(base, folders[-1].name, settings, accepted, seed=seed)
    frozen, trained = _sums(network, trained=False), _sums(network, trained=True)
    with objective.building():
        learnt = objective.build()
    material = learnt.material(pairs, encode, base.tokenizer)

    def save(folder: Path) -> float:
        """Save what is trained so far; by how much a logit differs from what it was before."""
        _save(weights, folder)
        return float((probe_logits(network, probes) - before).abs().max())

    after = settings.saved_after(len(material.rows))
    saving = _Saving(dict(zip(folders, after, strict=True)), save)
    losses = _train(network, material, settings, seed, (_Losses(advance), saving))
    _check_what_changed(network, frozen, trained)
    network.eval()
    return weights, [_candidate(folder, losses[: saving.after[folder]], saving, settings) for folder in folders]


def _candidate(folder: Path, losses: list[float], saving: _Saving, settings: TrainingSettings) -> Candidate:
    return Candidate(
        name=folder.name,
        path=str(folder),
        content_hash=weights_hash(folder),
        steps=len(losses),
        loss_first=losses[0],
        loss_last=losses[-1],
        largest_logit_change=saving.changes[folder],
        settings=settings,
    )


def _train(
    network: Network, material: Material, settings: TrainingSettings, seed: int, watching: tuple[_Losses, _Saving]
) -> list[float]:
    """Run the Trainer; the loss of every step, in order."""
    losses, _ = watching
    with tempfile.TemporaryDirectory() as scratch:
        trainer = material.trainer(
            model=network,
            args=_arguments(material, settings, seed, scratch, network),
            train_dataset=material.rows,
            data_collator=material.collator,
            callbacks=list(watching),
        )
        trainer.remove_callback(PrinterCallback)  # progress goes to `advance`, not to stdout
        trainer.train()
    return losses.values


def _arguments(
    material: Material, settings: TrainingSettings, seed: int, scratch: str, network: Network
) -> TrainingArguments:
    parts = material.sequences if settings.batch_size % material.sequences == 0 else 1
    return material.configuration(
        output_dir=scratch,
        per_device_train_batch_size=settings.batch_size // parts,
        gradient_accumulation_steps=parts,
        learning_rate=settings.learning_rate,
        max_steps=settings.steps(len(material.rows)),
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
        **material.arguments,
    )


class _Losses(TrainerCallback):
    """The loss of every step, in order; `advance` is called once for each."""

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


class _Saving(TrainerCallback):
    """Saves to each folder after its step, and keeps what `save` says of it. `after` are the steps by folder."""

    def __init__(self, after: Mapping[Path, int], save: Callable[[Path], float]) -> None:
        self.after = after
        self.changes: dict[Path, float] = {}
        self._save = save

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """The Trainer puts the network into training again before its next step."""
        for folder in (each for each, step in self.after.items() if step == state.global_step):
            self.changes[folder] = self._save(folder)


def _save(weights: Weights, folder: Path) -> None:
    try:
        weights.save(folder)
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
