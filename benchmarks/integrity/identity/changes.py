"""Single changes of one file each, that may change what a model answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from benchmarks.integrity.identity import weights
from benchmarks.integrity.identity.folders import TEMPLATE, edit

Apply = Callable[[Path], None]
"""Changes one file in a folder."""


@dataclass(frozen=True)
class Change:
    """A change of the model's or the adapter's folder (`of`) of one kind; see `folders.make`."""

    kind: str
    of: str
    name: str
    apply: Apply


def changes() -> list[Change]:
    """All of them."""
    return [
        *(
            Change("plain", "model", f"config.json {_said(values)}", _set("config.json", **values))
            for values in _CONFIG
        ),
        *(Change("plain", "model", f"tokenizer.json {name}", _tokens(apply)) for name, apply in _TOKENIZER.items()),
        *(
            Change("plain", "model", f"{file} {_said(values)}", _set(file, **values))
            for file, several in _SETTINGS.items()
            for values in several
        ),
        *(Change("templated", "model", name, apply) for name, apply in _TEMPLATES.items()),
        *(
            Change("plain", "model", f"model.safetensors {name}", _weights("model", do))
            for name, do in weights.MODEL.items()
        ),
        *(
            Change(
                kind, "adapter", f"{kind}: adapter_config.json {_said(values)}", _set("adapter_config.json", **values)
            )
            for kind, several in weights.ADAPTER_SETTINGS.items()
            for values in several
        ),
        *(
            Change(kind, "adapter", f"{kind}: adapter_model.safetensors {name}", _weights("adapter_model", do))
            for kind in weights.ADAPTER_SETTINGS
            for name, do in weights.ADAPTER.items()
        ),
    ]


def _said(values: dict[str, Any]) -> str:
    return json.dumps(values)[:80]


def _set(file: str, **values: Any) -> Apply:
    return lambda folder: edit(folder / file, **values)


def _written(file: str, text: str) -> Apply:
    def apply(folder: Path) -> None:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)

    return apply


def _gone(file: str) -> Apply:
    return lambda folder: (folder / file).unlink()


def _tokens(change: Callable[[dict[str, Any]], Any]) -> Apply:
    def apply(folder: Path) -> None:
        content = json.loads((folder / "tokenizer.json").read_text())
        change(content)
        (folder / "tokenizer.json").write_text(json.dumps(content))

    return apply


def _weights(file: str, change: Callable[[dict[str, torch.Tensor]], Any]) -> Apply:
    def apply(folder: Path) -> None:
        tensors = load_file(folder / f"{file}.safetensors")
        change(tensors)
        save_file(tensors, folder / f"{file}.safetensors", {"format": "pt"})

    return apply


def _rope(**values: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_theta": 10000.0, "rope_type": "default", **values}}


_CONFIG: list[dict[str, Any]] = [
    _rope(rope_theta=5000.0),
    _rope(rope_type="linear", factor=2.0),
    _rope(rope_type="yarn", factor=2.0, original_max_position_embeddings=256),
    _rope(
        rope_type="llama3", factor=2.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64
    ),
    _rope(partial_rotary_factor=0.5),
    {"rms_norm_eps": 1e-2},
    {"rms_norm_eps": 1.0000001e-6},
    {"hidden_act": "gelu"},
    {"hidden_act": "relu"},
    {"num_attention_heads": 8, "num_key_value_heads": 8, "head_dim": 16},
    {"num_hidden_layers": 3},
    {"num_hidden_layers": 5},
    {"tie_word_embeddings": False},
    {"attention_bias": True},
    {"dtype": "bfloat16"},
    {"dtype": "float16"},
    {"attn_implementation": "eager"},
    {"model_type": "mistral", "sliding_window": 4},
    {"model_type": "granite", "attention_multiplier": 0.2},
    {"model_type": "granite", "logits_scaling": 2.0, "attention_multiplier": 32**-0.5},
    {"model_type": "granite", "residual_multiplier": 0.5, "attention_multiplier": 32**-0.5},
    {"model_type": "gemma"},
    {"model_type": "qwen2"},
    {"attention_dropout": 0.5},
    {"initializer_range": 0.1},
    {"a_comment": "of no consequence"},
]


def _swap_ids(content: dict[str, Any], one: str = ".", other: str = "?") -> None:
    vocabulary = content["model"]["vocab"]
    vocabulary[one], vocabulary[other] = vocabulary[other], vocabulary[one]


def _swap_merges(content: dict[str, Any]) -> None:
    merges = content["model"]["merges"]
    merges[0], merges[40] = merges[40], merges[0]


def _added(content: dict[str, Any], **values: Any) -> None:
    number = content["model"]["vocab"]["at"]
    usual = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    content["added_tokens"].append({"id": number, "content": "at", **usual, **values})


def _post(*ids: int) -> Callable[[dict[str, Any]], None]:
    """Tokens put before a text, or after it."""
    first, last = ids
    names = {0: "<pad>", 1: "<eos>"}

    def change(content: dict[str, Any]) -> None:
        post = content["post_processor"]
        before = [{"SpecialToken": {"id": names[first], "type_id": 0}}] if first in names else []
        after = [{"SpecialToken": {"id": names[last], "type_id": 0}}] if last in names else []
        post["single"] = [*before, *post["single"], *after]
        for number in ids:
            if number in names:
                post["special_tokens"][names[number]] = {
                    "id": names[number], "ids": [number], "tokens": [names[number]],
                }  # fmt: skip

    return change


def _sequence(step: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [step, content["pre_tokenizer"]]}

    return change


_TOKENIZER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "normalizer Lowercase": lambda c: c.update(normalizer={"type": "Lowercase"}),
    "normalizer StripAccents": lambda c: c.update(
        normalizer={"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}
    ),
    "normalizer Replace": lambda c: c.update(
        normalizer={"type": "Replace", "pattern": {"String": "e"}, "content": "i"}
    ),
    "normalizer Prepend": lambda c: c.update(normalizer={"type": "Prepend", "prepend": "x"}),
    "pre_tokenizer add_prefix_space": lambda c: c["pre_tokenizer"].update(add_prefix_space=True),
    "pre_tokenizer use_regex": lambda c: c["pre_tokenizer"].update(use_regex=False),
    "pre_tokenizer Digits": _sequence({"type": "Digits", "individual_digits": True}),
    "pre_tokenizer Whitespace": _sequence({"type": "Whitespace"}),
    "merges: one less": lambda c: c["model"]["merges"].pop(5),
    "merges: two swapped": _swap_merges,
    "vocab: two ids swapped": _swap_ids,
    "model dropout 1": lambda c: c["model"].update(dropout=1.0),
    "model ignore_merges": lambda c: c["model"].update(ignore_merges=True),
    "added_tokens: one more": _added,
    "added_tokens: one more, special": partial(_added, special=True),
    "added_tokens: <eos> takes the blank before it": lambda c: c["added_tokens"][1].update(lstrip=True),
    "added_tokens: <pad> takes the blank behind it": lambda c: c["added_tokens"][0].update(rstrip=True),
    "added_tokens: <eos> is not special": lambda c: c["added_tokens"][1].update(special=False),
    "post_processor: begins with <pad>": _post(0, -1),
    "post_processor: ends with <eos>": _post(-1, 1),
    "decoder Fuse": lambda c: c.update(decoder={"type": "Fuse"}),
    "decoder Replace": lambda c: c.update(
        decoder={
            "type": "Sequence",
            "decoders": [{"type": "Replace", "pattern": {"String": "e"}, "content": "i"}, c["decoder"]],
        }
    ),
    "truncation": lambda c: c.update(
        truncation={"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    ),
}

_SETTINGS: dict[str, list[dict[str, Any]]] = {
    "generation_config.json": [
        {"eos_token_id": [1, *range(100, 400)]},
        {"eos_token_id": [1, 16]},
        {"repetition_penalty": 1.5},
        {"num_beams": 3},
    ],
    "tokenizer_config.json": [
        {"chat_template": TEMPLATE.replace("{{ bos_token }}", "")},
        {"eos_token": "<pad>", "pad_token": "<eos>"},
        {"eos_token": "e"},
        {"add_prefix_space": True},
        {"bos_token": "<pad>", "add_bos_token": True},
        {"add_eos_token": True},
        {"clean_up_tokenization_spaces": True},
        {"split_special_tokens": True},
        {"additional_special_tokens": ["at"]},
        {"extra_special_tokens": {"image_token": "at"}},
        {"tokenizer_class": "GPT2Tokenizer"},
        {"tokenizer_class": "LlamaTokenizer"},
        {"tokenizer_class": "Qwen2Tokenizer"},
        {"model_max_length": 100},
    ],
    "special_tokens_map.json": [{"additional_special_tokens": ["at"]}, {"eos_token": "e"}, {"bos_token": "<pad>"}],
    "added_tokens.json": [{"at": 275}, {"<new>": 1024}],
}

_TEMPLATES: dict[str, Apply] = {
    "chat_template.jinja: one word": _written("chat_template.jinja", TEMPLATE.replace("Human", "User")),
    "chat_template.jinja: one line end": _written("chat_template.jinja", TEMPLATE.replace("\n\nAss", "\nAss")),
    "chat_template.jinja: a system turn": _written("chat_template.jinja", "Be kind.\n" + TEMPLATE),
    "chat_template.jinja: gone": _gone("chat_template.jinja"),
    "chat_template.jinja: a comment": _written("chat_template.jinja", "{# a comment #}" + TEMPLATE),
    "tokenizer_config.json: another bos": _set("tokenizer_config.json", bos_token="<eos>"),
    "tokenizer_config.json: no bos": _set("tokenizer_config.json", bos_token=None),
    "special_tokens_map.json: another bos": _set("special_tokens_map.json", bos_token="<eos>"),
    "additional_chat_templates/default.jinja": _written(
        "additional_chat_templates/default.jinja", TEMPLATE.replace("Human", "User")
    ),
}
