"""From an adapter folder to an active adapter on a network, by peft itself: its numbers are peft's."""

from __future__ import annotations

import copy
import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import torch
from peft import PeftConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils.other import AuxiliaryTrainingWrapper

from harness_base.errors import ModelError
from iteralign.core.libraries import LibraryConfig, Network
from iteralign.core.third_party import LONGEST, failures
from iteralign.loading import folders
from iteralign.loading.folders import Tensor
from iteralign.loading.memory import addresses, own_memory
from iteralign.loading.models import listed, skeleton

_GIVE = "give the adapter that was trained on this model"
_WRAPPED = {"ADAPTION_PROMPT", "XLORA", "MULTITASK_PROMPT_TUNING"}
"""Kinds, beside prompts that are learned, that need peft's own forward pass round the network."""


def put_on(network: Network, name: str, folder: Path) -> None:
    """Put the adapter in `folder` on the network and activate it, under that name.

    Raises ModelError where it holds none, none of a kind that becomes part of the network's layers, or weights other
    than those that its configuration asks for. All of that is found out on a network without weights, so that nothing
    is allocated and the network is as it was.
    """
    config, held = read(folder)
    what = f"The adapter {folder} does not fit {network.config.name_or_path}"
    _try_on(skeleton(network.config, what), name, config, held, what)
    before = addresses(network)
    with failures(what, _GIVE):
        PeftModel.from_pretrained(network, str(folder), adapter_name=name, config=config)
    own_memory(network, before)
    network._hf_peft_config_loaded = True  # transformers' own mark, by which adapters are switched later
    network.eval().requires_grad_(False)


def switch_adapters(network: Network, *, on: bool) -> None:
    """Let all adapters on the network take part, or none.

    transformers' own switches forget embeddings and heads that an adapter has saved, or tokens that it trains.
    """
    for module in network.modules():
        if isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper):
            module.enable_adapters(enabled=on)


def has_adapters(network: Network) -> bool:
    """Whether there are adapters on the network, so that it can be asked without them."""
    return any(isinstance(module, BaseTunerLayer | AuxiliaryTrainingWrapper) for module in network.modules())


def read(folder: Path) -> tuple[LibraryConfig, dict[str, Tensor]]:
    """An adapter's configuration and the sizes of its tensors. Raises ModelError; see `put_on`."""
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder; give the folder of a LoRA adapter.")
    file = folder / folders.ADAPTER_CONFIG
    if not file.exists():
        raise ModelError(f"{folder} holds no {file.name}; give the folder of a LoRA adapter.")
    folders.check_files(folder)
    held = folders.tensors([folders.adapter_file(folder)])
    with failures(f"{file} can't be read", seconds=LONGEST):
        config: LibraryConfig = PeftConfig.from_pretrained(str(folder))
    _check_types(file, config)
    kind = getattr(config.peft_type, "value", config.peft_type)
    if config.is_prompt_learning or kind in _WRAPPED or getattr(config, "alora_invocation_tokens", None):
        raise ModelError(
            f"{file} is of the kind {kind}, which can't be measured here; give an adapter of weights, as LoRA."
        )
    codes = [f"{name} ({tensor.dtype})" for name, tensor in held.items() if not tensor.is_real]
    if codes and kind == "LORA":  # others hold places beside their weights
        raise ModelError(f"{folder} holds weights that are no real numbers: {listed(codes)}; {_GIVE}.")
    return config, held


def _check_types(file: Path, config: LibraryConfig) -> None:
    """peft takes every value as it comes, and a text for true."""
    hints = get_type_hints(type(config))
    for field in fields(config):
        if not _may_be(getattr(config, field.name), hints[field.name]):
            value = getattr(config, field.name)
            raise ModelError(f"{file} says {field.name}: {value!r:.80}, which is no such setting; correct it.")


def _may_be(value: object, hint: Any) -> bool:
    """Whether a value from JSON is of an annotated kind, as far as the kind of container and of scalar goes."""
    origin = get_origin(hint) or hint
    if origin in (Union, UnionType):
        return any(_may_be(value, option) for option in get_args(hint))
    if origin in (int, float):
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if origin in (list, set, tuple):
        return isinstance(value, list | set | tuple)
    if origin is dict and isinstance(value, dict):
        return all(math.isfinite(number) for number in value.values() if isinstance(number, float))
    if origin in (bool, str, dict, type(None)):
        return isinstance(value, origin)
    return not is_dataclass(origin) or isinstance(value, origin | dict)


def _try_on(network: Network, name: str, config: LibraryConfig, held: dict[str, Tensor], what: str) -> None:
    """Put tensors without memory of those names and sizes where peft would put them."""
    trial = copy.deepcopy(config)
    trial.inference_mode = True
    if hasattr(trial, "init_lora_weights"):
        trial.init_lora_weights = True  # others look at the weights, of which there are none
    with failures(what, _GIVE, seconds=LONGEST), torch.device("meta"):
        adapted = PeftModel(network, trial, adapter_name=name)
        state = {key: torch.empty(tensor.shape) for key, tensor in held.items()}
        placed: LibraryConfig = set_peft_model_state_dict(adapted, state, adapter_name=name)
        wanted = get_peft_model_state_dict(adapted, adapter_name=name, save_embedding_layers=False)
    if placed.unexpected_keys:
        raise ModelError(f"{what}: there is no place for its {listed(sorted(placed.unexpected_keys))}; {_GIVE}.")
    wanted = {_plain(name, key): tuple(tensor.shape) for key, tensor in wanted.items()}
    missing = sorted(key for key in (_plain(name, key) for key in placed.missing_keys) if key in wanted)
    if missing:
        sizes = [f"{key} ({'×'.join(map(str, wanted[key]))})" for key in missing]
        raise ModelError(f"{what}: it lacks {listed(sizes)}; give the whole folder.")


def _plain(name: str, key: str) -> str:
    """A weight's name without what a file leaves out of it: the adapter's own name, and at times its last word."""
    return ".".join(part for part in key.split(".") if part != name).removesuffix(".weight")
