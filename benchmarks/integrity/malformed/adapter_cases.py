"""Faults of an adapter's folder."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.integrity.malformed.cases import (
    Case,
    Change,
    a_folder,
    a_link,
    a_pipe,
    adapter_weights,
    both,
    cut,
    gone,
    holding,
    recoded,
    setting,
)

_CONFIG, _WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_SPLITS = r"(([a-z0-9_.]+)+)+!"
_VALUES: list[tuple[str, Any]] = [
    ("r", "4"),
    ("r", None),
    ("r", 0),
    ("r", -4),
    ("r", 5),
    ("r", 10**7),
    ("r", 10**15),
    ("r", [4]),
    ("r", 4.5),
    ("lora_alpha", "16"),
    ("lora_alpha", None),
    ("lora_alpha", [16]),
    ("lora_alpha", float("nan")),
    ("lora_alpha", float("inf")),
    ("lora_dropout", "none"),
    ("lora_dropout", 7),
    ("target_modules", 5),
    ("target_modules", []),
    ("target_modules", ["no_such_layer"]),
    ("target_modules", ["q_proj", "k_proj"]),
    ("target_modules", ["q_proj"]),
    ("target_modules", {"q_proj": 1}),
    ("target_modules", "(("),
    ("target_modules", _SPLITS),
    ("target_modules", "*"),
    ("modules_to_save", 5),
    ("modules_to_save", ["lm_head"]),
    ("rank_pattern", {"q_proj": 8}),
    ("rank_pattern", {"q_proj": 10**8}),
    ("rank_pattern", {"((": 8}),
    ("rank_pattern", [8]),
    ("alpha_pattern", {"q_proj": "x"}),
    ("layers_to_transform", [99]),
    ("layers_to_transform", [0]),
    ("layers_to_transform", "first"),
    ("peft_type", "NO_SUCH_KIND"),
    ("peft_type", 5),
    ("peft_type", None),
    ("peft_type", "PROMPT_TUNING"),
    ("peft_type", "IA3"),
    ("task_type", "NO_SUCH_TASK"),
    ("bias", "some"),
    ("use_dora", True),
    ("use_dora", "no"),
    ("fan_in_fan_out", "false"),
    ("trainable_token_indices", [10**9]),
    ("trainable_token_indices", ["one"]),
    ("init_lora_weights", "no_such_way"),
    ("inference_mode", [1]),
    ("exclude_modules", "(("),
    ("layers_pattern", 5),
    ("layer_replication", [[0, 99]]),
    ("target_parameters", 5),
    ("alora_invocation_tokens", [1, 2]),
    ("megatron_config", 5),
    ("auto_mapping", 5),
]


def cases() -> list[Case]:
    found = [
        Case(f"{_CONFIG}: {name} is {value!r}", "adapter", setting(_CONFIG, name, value)) for name, value in _VALUES
    ]
    found += [Case(f"adapter: {what}", "adapter", change) for what, change in (_files() | _tensors()).items()]
    return found


def _files() -> dict[str, Change]:
    pickle = b"cos\nsystem\n(S'touch $CANARY'\ntR."
    return {
        "no configuration": gone(_CONFIG),
        "no weights": gone(_WEIGHTS),
        "an empty configuration": holding(_CONFIG, ""),
        "an object of nothing": holding(_CONFIG, "{}"),
        "a list for a configuration": holding(_CONFIG, "[]"),
        "a cut configuration": cut(_CONFIG, 0.6),
        "UTF-16": recoded(_CONFIG, "utf-16"),
        "a byte order mark": recoded(_CONFIG, "utf-8-sig"),
        "a name twice": holding(
            _CONFIG, '{"peft_type": "LORA", "r": 4, "r": 8, "target_modules": ["q_proj", "v_proj"]}'
        ),
        "a configuration that is a pipe": a_pipe(_CONFIG),
        "a configuration that is a folder": a_folder(_CONFIG),
        "weights that are a pipe": a_pipe(_WEIGHTS),
        "weights that link to nothing": a_link(_WEIGHTS, "nowhere"),
        "weights that are a folder": a_folder(_WEIGHTS),
        "cut weights": cut(_WEIGHTS, 0.5),
        "empty weights": holding(_WEIGHTS, b""),
        "garbage for weights": holding(_WEIGHTS, bytes(range(256)) * 8),
        "a pickle in place of the weights": both(gone(_WEIGHTS), holding("adapter_model.bin", pickle)),
    }


def _tensors() -> dict[str, Change]:
    first = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    return {
        "another word for layers": adapter_weights(
            lambda t: {n.replace("layers", "blocks"): one for n, one in t.items()}
        ),
        "one tensor missing": adapter_weights(lambda t: {n: one for n, one in t.items() if n != first}),
        "one tensor too many": adapter_weights(lambda t: t | {"base_model.model.extra.weight": torch.zeros(2)}),
        "one of another size": adapter_weights(lambda t: t | {first: t[first][:, :64]}),
        "one of another rank": adapter_weights(lambda t: t | {first: t[first][:2]}),
        "all of them whole numbers": adapter_weights(lambda t: {n: (one * 99).to(torch.int8) for n, one in t.items()}),
        "all of them zero": adapter_weights(lambda t: {n: torch.zeros_like(one) for n, one in t.items()}),
        "of a wider model": adapter_weights(lambda t: {n: one.repeat(2, 2) for n, one in t.items()}),
        "of a model with more layers": adapter_weights(lambda t: t | {first.replace(".0.", ".9."): t[first].clone()}),
    }
