"""Folders that look odd and are right: they must be measured."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from benchmarks.integrity.malformed.cases import (
    Case,
    Change,
    adapter_weights,
    both,
    edit,
    gone,
    holding,
    setting,
    weights,
)

_CODE = 'import os\nopen(os.environ["CANARY"], "w").close()\n'
_TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"


def cases() -> list[Case]:
    models: dict[str, Change] = {
        "as it is": lambda folder: None,
        "a README and other files beside": both(holding("README.md", "#"), holding("training_args.bin", b"\x80")),
        "no generation_config.json": gone("generation_config.json"),
        "another JSON with a name twice": holding("trainer_state.json", '{"a": 1, "a": 2}'),
        "weights in shards": _sharded,
        "weights that its architecture has no place for": weights(lambda t: t | {"score.weight": torch.zeros(2, 128)}),
        "bfloat16": both(
            setting("config.json", "dtype", "bfloat16"),
            weights(lambda t: {name: one.bfloat16() for name, one in t.items()}),
        ),
        "a head of its own": both(
            setting("config.json", "tie_word_embeddings", False),
            weights(lambda t: t | {"lm_head.weight": t["model.embed_tokens.weight"] * 0.5}),
        ),
        "a chat template": setting("tokenizer_config.json", "chat_template", _TEMPLATE),
        "a chat template that knows no system": setting(
            "tokenizer_config.json",
            "chat_template",
            "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + _TEMPLATE,
        ),
        "a tokenizer class that nobody knows": setting("tokenizer_config.json", "tokenizer_class", "MyTokenizer"),
        "no padding": lambda folder: edit(folder / "tokenizer_config.json", lambda c: c.pop("pad_token")),
        "padding beyond the embeddings": setting("tokenizer_config.json", "pad_token", "<none of the vocabulary>"),
        "no end token but in config.json": lambda f: edit(f / "tokenizer_config.json", lambda c: c.pop("eos_token")),
        "beams in generation_config.json": setting("generation_config.json", "num_beams", 3),
        "more embeddings than tokens": both(
            setting("config.json", "vocab_size", 1100),
            weights(lambda t: {n: _longer(one) if "embed" in n else one for n, one in t.items()}),
        ),
        "weights that are not finite": weights(lambda t: t | {"model.norm.weight": t["model.norm.weight"] * torch.nan}),
        "code that nobody asks for": both(
            holding("modeling_planted.py", _CODE),
            holding("custom_generate/generate.py", _CODE),
            setting("config.json", "auto_map", {"AutoModelForCausalLM": "modeling_planted.Planted"}),
        ),
    }
    adapters: dict[str, Change] = {
        "as it is": lambda folder: None,
        "another alpha": setting("adapter_config.json", "lora_alpha", 400),
        "no base model named": setting("adapter_config.json", "base_model_name_or_path", None),
        "a base model that is nowhere": setting("adapter_config.json", "base_model_name_or_path", "nowhere/at-all"),
        "peft's own choice of modules": setting("adapter_config.json", "target_modules", None),
        "rslora": setting("adapter_config.json", "use_rslora", True),
        "half precision": adapter_weights(lambda t: {name: one.half() for name, one in t.items()}),
        "a pattern of modules": setting("adapter_config.json", "target_modules", r".*\.(q|v)_proj"),
    }
    return [
        Case("valid judge: as it is", "judge", lambda folder: None),
        *(Case(f"valid model: {what}", "model", change) for what, change in models.items()),
        *(Case(f"valid adapter: {what}", "adapter", change) for what, change in adapters.items()),
    ]


def _longer(rows: torch.Tensor) -> torch.Tensor:
    return torch.cat([rows, rows[: 1100 - len(rows)]])


def _sharded(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: f"part-{number % 2}.safetensors" for number, name in enumerate(sorted(tensors))}
    for file in sorted(set(places.values())):
        part = {name: tensors[name].clone() for name, place in places.items() if place == file}
        save_file(part, folder / file, {"format": "pt"})
    edit(folder / "model.safetensors.index.json", lambda c: c.update(metadata={}, weight_map=places))
