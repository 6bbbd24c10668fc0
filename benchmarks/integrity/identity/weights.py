"""Single changes of a file of weights, and of an adapter's settings, which decide what its weights compute."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch


def _one_bit(tensors: dict[str, torch.Tensor], which: int = 0) -> None:
    """The last bit of the first number of one tensor."""
    name = sorted(tensors)[which]
    tensors[name].reshape(-1)[:1].view(torch.int32).bitwise_xor_(1)


def _scaled(tensors: dict[str, torch.Tensor], which: int = 0, by: float = 1.5) -> None:
    tensors[sorted(tensors)[which]].mul_(by)


def _swapped(tensors: dict[str, torch.Tensor]) -> None:
    """The first two of equal size change places."""
    names = sorted(tensors)
    one, other = next(
        (one, other) for one in names for other in names if one < other and tensors[one].shape == tensors[other].shape
    )
    tensors[one], tensors[other] = tensors[other], tensors[one]


def _narrowed(tensors: dict[str, torch.Tensor]) -> None:
    tensors.update({name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()})


MODEL: dict[str, Callable[[dict[str, torch.Tensor]], Any]] = {
    "the last bit of one weight of a norm": partial(_one_bit, which=-1),
    "the last bit of 64 weights": lambda tensors: (
        tensors["model.embed_tokens.weight"].view(torch.int32)[:, :64].bitwise_xor_(1)
    ),
    "one tensor": partial(_scaled, which=3),
    "the embeddings": partial(_scaled, which=0),
    "two tensors swapped": _swapped,
    "one tensor gone": lambda tensors: tensors.pop("model.norm.weight"),
    "in bfloat16": _narrowed,
}

ADAPTER_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "lora": [
        {"lora_alpha": 400},
        {"lora_alpha": 17},
        {"r": 8},
        {"use_rslora": True},
        {"alpha_pattern": {"q_proj": 64}},
        {"alpha_pattern": {"layers.1.mlp.up_proj": 64}},
        {"rank_pattern": {"q_proj": 2}},
        {"target_modules": ["q_proj", "v_proj"]},
        {"target_modules": "all-linear"},
        {"exclude_modules": ["q_proj"]},
        {"layers_to_transform": [0, 1]},
        {"use_dora": True},
        {"bias": "all"},
        {"lora_bias": True},
        {"modules_to_save": ["norm"]},
        {"init_lora_weights": "olora"},
        {"init_lora_weights": "pissa"},
        {"peft_type": "LOHA"},
        {"layer_replication": [[0, 4], [2, 4]]},
        {"trainable_token_indices": [5]},
        {"lora_dropout": 0.5},
        {"fan_in_fan_out": True},
    ],
    "patterns": [
        {"alpha_pattern": {"q_proj": 8, "layers.0.self_attn.q_proj": 4}},
        {"alpha_pattern": {"q_proj": 8}},
        {"rank_pattern": {"v_proj": 3}},
        {"lora_alpha": 32},
        {"use_rslora": True},
    ],
    "dora": [{"use_dora": False}, {"lora_alpha": 32}],
    "saved": [{"modules_to_save": None}, {"modules_to_save": ["lm_head"]}, {"lora_alpha": 32}],
    "embeddings": [{"lora_alpha": 32}, {"use_rslora": True}],
}
ADAPTER: dict[str, Callable[[dict[str, torch.Tensor]], Any]] = {
    "first tensor": partial(_scaled, which=0),
    "last tensor": partial(_scaled, which=-1, by=0.5),
}
