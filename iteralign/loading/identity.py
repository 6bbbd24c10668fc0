"""What is active, named by what was loaded and not by the files that it came from.

A name is a hash of everything that decides an answer: the tensors in memory (buffers that are computed at load, such as
rotary frequencies, follow from the configuration), the effective configuration of the model and of the adapter, the
tokenizer as it behaves, and the decoding. Two folders that give the same of all these give the same answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import torch

from iteralign.core.libraries import JsonObject, JsonValue, LibraryConfig, Network, Tokenizer
from iteralign.encoding import decoding

_HASHED_AT_ONCE = 4
"""Tensors that are hashed side by side, which takes no memory on a CPU, and that of these tensors on a GPU."""
_DECIDES_NOTHING = frozenset(
    {
        *("_name_or_path", "name_or_path", "base_model_name_or_path", "_commit_hash", "_original_object_hash"),
        *("revision", "transformers_version", "peft_version", "_from_model_config", "inference_mode", "is_local"),
        *("local_files_only", "auto_mapping", "auto_map", "tokenizer_object", "_processor_class", "processor_class"),
    }
)
"""Where a configuration came from, and what wrote it."""
_BEHAVIOUR = (
    *("add_bos_token", "add_eos_token", "add_prefix_space", "clean_up_tokenization_spaces", "do_lower_case", "legacy"),
    *("model_input_names", "model_max_length", "padding_side", "split_special_tokens", "truncation_side"),
)
"""Settings of a tokenizer that are kept outside its backend."""
_INSERTED = frozenset({"base_layer", "original_module"})
"""What peft puts into the names of the base's own tensors."""
_LENGTH = 20


@dataclass(frozen=True)
class Identity:
    """A base model as it was loaded: its name, and the hash of each of its tensors."""

    name: str
    tensors: Mapping[str, str]


def of_model(network: Network, tokenizer: Tokenizer) -> Identity:
    """The identity of a network as it stands, and of its tokenizer; reads every weight once."""
    tensors = _hashes(network.state_dict().items())
    name = _hash(
        {
            "tensors": tensors,
            "model": _model_config(network.config),
            "adapters": {name: _settings(config) for name, config in _adapter_configs(network).items()},
            "tokenizer": tokenizer_content(tokenizer),
            "decoding": _settings(decoding.configuration(network, tokenizer, new_tokens=1)),
        }
    )
    return Identity(name, tensors)


def of_weights(network: Network, name: str, base: Identity, *, frozen: bool = False) -> str:
    """The name of what stands on the base: the adapter `name`, or weights that were trained in the base's place.

    Tensors of the base that differ from what was loaded are part of it, since some adapters bring biases or change the
    weights that they are put on. `frozen` says that there are none, and saves reading them. What the adapter is called
    is no part of it.
    """
    of_adapter, others = {}, {}
    elsewhere = _adapter_configs(network).keys() - {name}
    for key, tensor in network.state_dict().items():
        parts = key.split(".")
        if name in parts:
            of_adapter[".".join(part for part in parts if part != name)] = tensor
        elif elsewhere.isdisjoint(parts):
            others[".".join(part for part in parts if part not in _INSERTED)] = tensor
    changed = {} if frozen else _changed(_hashes(others.items()), base)
    config = _adapter_configs(network).get(name)
    return _hash(
        {
            "tensors": _hashes(of_adapter.items()) | changed,
            "settings": _settings(config) if config else None,
            "scaling": _scaling(network, name),
        }
    )


def _changed(tensors: Mapping[str, str], base: Identity) -> dict[str, str]:
    """Those that are not as they were loaded; one under a name that the base has not is known by what it holds."""
    loaded = set(base.tensors.values())
    return {
        name: value
        for name, value in tensors.items()
        if (value != base.tensors[name] if name in base.tensors else value not in loaded)
    }


def tokenizer_content(tokenizer: Tokenizer) -> JsonObject:
    """Everything of a tokenizer that decides which tokens a text becomes, and which text tokens become."""
    fast = bool(getattr(tokenizer, "is_fast", False))
    return {
        "kind": type(tokenizer).__name__,
        "backend": tokenizer.backend_tokenizer.to_str() if fast else _of_python_tokenizer(tokenizer),
        "special": tokenizer.special_tokens_map,
        "special_ids": tokenizer.all_special_ids,
        "ids": {name: getattr(tokenizer, f"{name}_token_id", None) for name in ("bos", "eos", "pad", "unk")},
        "added": {str(number): repr(token) for number, token in tokenizer.added_tokens_decoder.items()},
        "chat_template": tokenizer.chat_template,
        "behaviour": {name: getattr(tokenizer, name, None) for name in _BEHAVIOUR},
        "settings": _deciding(
            {key: value for key, value in tokenizer.init_kwargs.items() if not key.endswith("_file")}
        ),
    }


def _of_python_tokenizer(tokenizer: Tokenizer) -> JsonObject:
    """The vocabulary, and the files behind it: a tokenizer in Python keeps merges and pieces wherever it likes."""
    files = [Path(str(path)) for key, path in tokenizer.init_kwargs.items() if key.endswith("_file") and path]
    return {
        "vocabulary": tokenizer.get_vocab(),
        "files": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()],
    }


def _model_config(config: LibraryConfig) -> JsonObject:
    """The configuration as the network holds it, with the kind of attention, which `to_dict` leaves out."""
    parts = [config, *(getattr(config, name, None) for name in getattr(config, "sub_configs", {}))]
    chosen = [
        [getattr(part, f"_{kind}_implementation", None) for kind in ("attn", "experts")] for part in parts if part
    ]
    return {"settings": _settings(config), "implementations": chosen}


def _adapter_configs(network: Network) -> Mapping[str, LibraryConfig]:
    return getattr(network, "peft_config", None) or {}


def _scaling(network: Network, name: str) -> dict[str, float]:
    """The factor that each layer of the adapter really multiplies with, where it has one."""
    scaling = {}
    for key, module in network.named_modules():
        factors = getattr(module, "scaling", None)
        if isinstance(factors, dict) and name in factors:
            scaling[key] = float(factors[name])
    return scaling


def _settings(config: LibraryConfig) -> JsonObject:
    """What a configuration says beyond its kind's defaults, so that new defaults of a library rename nothing."""
    defaults, values = _defaults(type(config)), _deciding(config.to_dict())
    changed = {
        key: value for key, value in values.items() if key not in defaults or _text(value) != _text(defaults[key])
    }
    return {"kind": type(config).__name__, "settings": changed}


def _defaults(kind: type[LibraryConfig]) -> JsonValue:
    try:
        return _deciding(kind().to_dict())
    except (TypeError, ValueError):  # a kind without defaults, such as AdaLoRA's
        return {}


def _deciding(settings: JsonValue) -> JsonValue:
    """Settings as what JSON knows, without what only says where they came from."""
    if isinstance(settings, Mapping):
        return {str(key): _deciding(value) for key, value in settings.items() if key not in _DECIDES_NOTHING}
    return _plain(settings)


def _hashes(tensors: Iterable[tuple[str, torch.Tensor]]) -> dict[str, str]:
    """A hash of type, shape and bytes of each tensor; those that share their memory are read once."""
    by_name = dict(tensors)
    distinct = {_place(tensor): tensor for tensor in by_name.values()}
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        hashes = dict(zip(distinct, pool.map(_tensor_hash, distinct.values()), strict=True))
    return {name: hashes[_place(tensor)] for name, tensor in by_name.items()}


def _place(tensor: torch.Tensor) -> tuple[object, ...]:
    return tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride(), str(tensor.device)


def _tensor_hash(tensor: torch.Tensor) -> str:
    digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}\0".encode())
    # Seen as bytes, since numpy knows no bfloat16; nothing is copied of a contiguous tensor on the CPU.
    digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _hash(content: object) -> str:
    return hashlib.sha256(_text(_plain(content)).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _plain(value: object) -> JsonValue:
    """As what JSON knows, with nothing in it that differs from process to process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=_text)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if repr(value) == object.__repr__(value):  # it tells where in memory the object is
        return [type(value).__name__, _plain(vars(value))]
    return repr(value)  # AddedToken, torch.dtype, Path
