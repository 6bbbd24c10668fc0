"""Trained weights: putting them in force and taking them out, looking at what they do, and their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch

from iteralign.core.libraries import JsonValue, Network

_PROBES = 8


@dataclass(frozen=True)
class Example:
    """Token ids of a whole dialogue; the first `context` of them carry no loss."""

    ids: list[int]
    context: int


@dataclass
class Weights:
    """Trained weights that can be put in force: an adapter by name, or a whole state dict (on the CPU).

    `identity` names what they compute, by `iteralign.loading.identity`.
    """

    name: str
    method: Literal["lora", "full"]
    state: dict[str, torch.Tensor] = field(default_factory=dict)
    identity: str = ""


def activate(network: Network, weights: Weights | None) -> None:
    """Make the network compute with `weights`, or as the base model where that is None."""
    if weights is not None and weights.method == "lora":
        _switch_adapters(network, on=True)
        network.set_adapter(weights.name)
    elif weights is not None:
        network.load_state_dict(weights.state)
    elif getattr(network, "_hf_peft_config_loaded", False):
        _switch_adapters(network, on=False)
    elif hasattr(network, "_base_state"):
        network.load_state_dict(network._base_state)


def _switch_adapters(network: Network, *, on: bool) -> None:
    """transformers' own switches forget embeddings and heads that an adapter has saved, or tokens that it trains."""
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    for module in network.modules():
        if isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper):
            module.enable_adapters(enabled=on)


def unload(network: Network, weights: Weights) -> None:
    """Free the memory of weights that are no longer needed."""
    if weights.method == "lora":
        network.delete_adapter(weights.name)
    weights.state = {}


def restore(network: Network, name: str, path: Path, method: str) -> Weights:
    """Load weights that were saved to `path` and put them in force. Raises ModelError where that can't be."""
    from iteralign.loading import adapters
    from iteralign.loading import models as loading

    if method == "lora":
        adapters.put_on(network, name, path)
        return Weights(name, "lora")
    saved, _ = loading.load_network(path, dtype=network.dtype)
    network._base_state = copy_state(network)
    network.load_state_dict(saved.state_dict())
    return Weights(name, "full", copy_state(network))


def copy_state(network: Network) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}


@torch.inference_mode()
def probe_logits(network: Network, examples: Sequence[Example]) -> torch.Tensor:
    """Last-position logits, (probes, vocabulary) in float32 on the CPU, of a few examples' contexts."""
    network.eval()
    rows = [e.ids[: max(e.context, 1)] for e in examples[:_PROBES]]
    outputs = [network(input_ids=torch.tensor([row], device=network.device)).logits[0, -1] for row in rows]
    return torch.stack(outputs).float().cpu()


_LEFT_OUT = ("base_model_name_or_path", "peft_version", "inference_mode", "revision", "auto_mapping")


def weights_hash(folder: Path) -> str:
    """SHA-256 of what a saved candidate's folder decides: its safetensors files and an adapter's settings.

    Raises OSError or ValueError for settings that can't be read.
    """
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.glob("*.safetensors") if file.is_file()):  # a pipe would be waited for
        digest.update(file.read_bytes())
    if (file := folder / "adapter_config.json").is_file():
        settings = json.loads(file.read_text(encoding="utf-8"))
        digest.update(json.dumps(_in_order(settings)).encode())
    return digest.hexdigest()


def _in_order(settings: JsonValue) -> JsonValue:
    """An adapter's settings without where it was made; sets of names were written as lists in any order."""
    if not isinstance(settings, dict):
        return settings
    kept = {key: value for key, value in settings.items() if key not in _LEFT_OUT}
    return {key: sorted(value) if _is_names(value) else value for key, value in kept.items()}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
