"""From a model folder to a network and its tokenizer, and from an adapter folder to an adapter in force."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from harness_errors import ConfigError, ModelError
from iteralign.training import weights

_DEFAULT_WINDOW = 2048


def load_folder(path: Path, *, dtype: str, device: str) -> tuple[Any, Any]:
    """The network on its device, ready to measure, and the tokenizer; no code of the folder's is run.

    Raises ModelError when the folder is not a causal language model that transformers knows.
    """
    check_folder(path)
    try:
        network: Any = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        raise ModelError(
            f"{path} can't be loaded as a causal language model: {_first_line(error)} "
            "Give a folder with config.json, safetensors weights and a tokenizer."
        ) from error
    _ensure_distinct_pad(network, tokenizer)
    return network.to(_device(device)).eval(), tokenizer


def load_adapter(network: Any, name: str, folder: Path, *, base: Path, probe: Sequence[weights.Example]) -> Any:
    """Put a LoRA adapter folder in force on the network that was loaded from `base`; its `weights.Weights`.

    Raises ModelError when it is none that fits this model, and when it changes nothing of what the model computes on
    `probe`: transformers only warns of weights whose layers it does not find, and the base would pass for the adapted
    model.
    """
    if not (folder / "adapter_config.json").is_file():
        raise ModelError(f"{folder} holds no adapter_config.json; give the folder of a LoRA adapter.")
    before = weights.probe_logits(network, probe)
    try:
        loaded = weights.restore(network, name, folder, "lora")
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"The adapter {folder} does not fit {base}: {_first_line(error)}") from error
    if torch.equal(before, weights.probe_logits(network, probe)):
        raise ModelError(
            f"The adapter {folder} changes nothing in {base}: its weights are zero, or belong to "
            "other layers; give the adapter that was trained on this model."
        )
    return loaded


def check_folder(path: Path) -> None:
    """Raise ModelError when the folder is no model that transformers knows, by its config.json alone."""
    if not path.is_dir():
        raise ModelError(f"{path} is not a folder; give a Hugging Face model folder or leave --model out.")
    if not (path / "config.json").is_file():
        raise ModelError(f"{path} holds no config.json, so it is not a Hugging Face model folder; check the path.")
    try:
        AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path / 'config.json'} can't be read: {_first_line(error)}") from error


def window_of(config: Any, tokenizer: Any) -> int:
    """How many tokens the model reads at most."""
    text_config = config.get_text_config()
    for name in ("max_position_embeddings", "n_positions", "n_ctx"):
        if getattr(text_config, name, None):
            return int(getattr(text_config, name))
    longest = tokenizer.model_max_length
    return int(longest) if longest and longest < 1_000_000 else _DEFAULT_WINDOW


def _first_line(error: BaseException) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line if line.endswith(".") else f"{line}."


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError("model.device is cuda, but this machine has no CUDA device; use auto or cpu.")
    return torch.device(name)


def _ensure_distinct_pad(network: Any, tokenizer: Any) -> None:
    """Padding with the end token would mask the end in training: the model would never learn to stop."""
    if tokenizer.eos_token_id is None:
        raise ModelError(f"{tokenizer.name_or_path} has no end-of-text token; set eos_token in tokenizer_config.json.")
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        spare = tokenizer.unk_token_id
        # Padded positions carry neither attention nor labels, so any id other than the end token serves.
        tokenizer.pad_token_id = spare if spare not in (None, tokenizer.eos_token_id) else _other_than(tokenizer)
    if network.generation_config is not None:
        network.generation_config.pad_token_id = tokenizer.pad_token_id


def _other_than(tokenizer: Any) -> int:
    return 0 if tokenizer.eos_token_id != 0 else 1
