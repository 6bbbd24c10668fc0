"""Trained weights: putting them in force and taking them out, looking at what they do, and their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

_PROBES = 8


@dataclass(frozen=True)
class Example:
    """Token ids of a whole dialogue; the first `context` of them carry no loss."""

    ids: list[int]
    context: int


@dataclass
class Weights:
    """Trained weights that can be put in force: an adapter by name, or a whole state dict (on the CPU)."""

    name: str
    method: Literal["lora", "full"]
    state: dict[str, torch.Tensor] = field(default_factory=dict)


def put_in_force(network: Any, weights: Weights | None) -> None:
    """Make the network compute with `weights`, or as the base model where that is None."""
    if weights is not None and weights.method == "lora":
        network.enable_adapters()
        network.set_adapter(weights.name)
    elif weights is not None:
        network.load_state_dict(weights.state)
    elif getattr(network, "_hf_peft_config_loaded", False):
        network.disable_adapters()
    elif hasattr(network, "_base_state"):
        network.load_state_dict(network._base_state)


def forget(network: Any, weights: Weights) -> None:
    """Free the memory of weights that are no longer needed."""
    if weights.method == "lora":
        network.delete_adapter(weights.name)
    weights.state = {}


def restore(network: Any, name: str, path: Path, method: str) -> Weights:
    """Load weights that were saved to `path` and put them in force. Raises ModelError where that can't be."""
    from iteralign import adapters, loading

    if method == "lora":
        adapters.put_on(network, name, path)
        return Weights(name, "lora")
    saved, _ = loading.load_network(path, dtype=network.dtype)
    network._base_state = copy_state(network)
    network.load_state_dict(saved.state_dict())
    return Weights(name, "full", copy_state(network))


def copy_state(network: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}


@torch.inference_mode()
def probe_logits(network: Any, examples: Sequence[Example]) -> torch.Tensor:
    """Last-position logits, (probes, vocabulary) in float32 on the CPU, of a few examples' contexts."""
    network.eval()
    rows = [e.ids[: max(e.context, 1)] for e in examples[:_PROBES]]
    outputs = [network(input_ids=torch.tensor([row], device=network.device)).logits[0, -1] for row in rows]
    return torch.stack(outputs).float().cpu()


def state_hash(network: Any, weights: Weights) -> str:
    """SHA-256 of the bytes of an adapter's parameters, or of all parameters after full fine-tuning."""
    digest = hashlib.sha256()
    for name, parameter in network.named_parameters():
        if weights.method == "full" or f".{weights.name}." in name:
            data = parameter.detach().cpu().contiguous()
            digest.update(data.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def weights_hash(folder: Path) -> str:
    """SHA-256 of the safetensors files of a saved candidate."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
