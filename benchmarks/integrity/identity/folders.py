"""The folders that are changed: the practice model in two forms, and adapters of several kinds on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from iteralign.sandbox import PRACTICE_MODEL_DIR

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}\n\n{{ 'Human' if message['role'] == 'user' else 'Assistant' }}: "
    "{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}\n\nAssistant:{% endif %}"
)
_ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def make(folder: Path) -> dict[str, tuple[Path, Path | None]]:
    """Each kind's model and adapter folder by its name, made in `folder`."""
    plain = shutil.copytree(PRACTICE_MODEL_DIR, folder / "plain")
    templated = shutil.copytree(plain, folder / "templated")
    (templated / "chat_template.jinja").write_text(TEMPLATE)
    edit(templated / "tokenizer_config.json", bos_token="<pad>")
    kinds = {"plain": None, "templated": None} | {
        name: adapter(plain, folder / name, **settings) for name, settings in _adapters().items()
    }
    return {name: (templated if name == "templated" else plain, kind) for name, kind in kinds.items()}


def _adapters() -> dict[str, dict[str, Any]]:
    return {
        "lora": {"r": 4, "lora_alpha": 16, "target_modules": _ALL},
        "patterns": {
            "r": 4, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"],
            "rank_pattern": {"v_proj": 2}, "alpha_pattern": {"layers.0.self_attn.q_proj": 4, "q_proj": 8},
        },
        "dora": {"r": 4, "lora_alpha": 16, "target_modules": ["q_proj", "down_proj"], "use_dora": True},
        "saved": {"r": 4, "lora_alpha": 16, "target_modules": ["q_proj"], "modules_to_save": ["norm"]},
        "embeddings": {"r": 4, "lora_alpha": 1, "target_modules": ["embed_tokens"]},
    }  # fmt: skip


def adapter(model: Path, folder: Path, **settings: Any) -> Path:
    """A LoRA adapter of peft's on that model, its weights drawn at random, small enough to leave sentences."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    auto: Any = AutoModelForCausalLM
    config = LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **settings)
    get_peft_model(auto.from_pretrained(model), config).save_pretrained(str(folder))
    file = folder / "adapter_model.safetensors"
    save_file({name: tensor + 0.02 * torch.randn_like(tensor) for name, tensor in load_file(file).items()}, file)
    return folder


def edit(file: Path, **values: Any) -> None:
    """Set values of a JSON object in a file, which is made where there is none; None takes one away."""
    content = json.loads(file.read_text()) if file.is_file() else {}
    kept = {key: value for key, value in {**content, **values}.items() if value is not None}
    file.write_text(json.dumps(kept))
