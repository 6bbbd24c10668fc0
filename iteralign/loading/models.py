"""From a model folder to a network and its tokenizer: exactly what the folder holds, or one sentence why not.

No code of the folder's is run, no pickle is opened, and nothing is made up: transformers gives weights that are missing
or don't fit at random and only prints a table of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, TypeGuard

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.quantizers.auto import AutoQuantizationConfig

from harness_base.errors import ConfigError, ModelError
from iteralign.core.libraries import Factory, LibraryConfig, Network, Tokenizer
from iteralign.core.third_party import LONGEST, failures
from iteralign.loading import fitting, folders
from iteralign.loading.folders import Tensor
from iteralign.loading.memory import own_memory
from iteralign.loading.references import GGUF

_DEFAULT_WINDOW = 2048
_MIN_WINDOW = 8
_MAX_NAMED = 3
_LARGER = 4
"""Times as many numbers as its files hold is more than a model can have that shares or unpacks some of them."""
_SMALL = 50_000_000
_GIVE = "give a folder with config.json, safetensors weights and a tokenizer"


class LoadingInfo(TypedDict):
    """What transformers says of the weights it loaded: names, and the sizes (in the files, wanted) that differ."""

    mismatched_keys: Iterable[tuple[str, tuple[int, ...], tuple[int, ...]]]
    missing_keys: Iterable[str]
    unexpected_keys: Iterable[str]


@dataclass(frozen=True)
class Loaded:
    """A network on its device, ready to measure, its tokenizer, and what the user should know about the folder."""

    network: Network
    tokenizer: Tokenizer
    notes: tuple[str, ...] = ()


def load_folder(path: Path, *, dtype: str, device: str) -> Loaded:
    """Load a causal language model and its tokenizer.

    Raises ModelError when the folder is none that transformers knows, when its weights are not all there or don't fit,
    and when it can't be computed with.
    """
    check_folder(path)
    network, notes = load_network(path, dtype=dtype)
    tokenizer = _tokenizer(path)
    fitting.settle_special_tokens(network, tokenizer, path)
    network = network.to(_device(device)).eval()
    own_memory(network)
    fitting.refuse_unknown_tokens(network, path)
    fitting.try_out(network, tokenizer, path)
    window_of(network.config, tokenizer)
    return Loaded(network, tokenizer, notes)


def check_folder(path: Path) -> None:
    """Raise ModelError when the folder is no model that transformers knows; no weights are read."""
    if not path.is_dir():
        raise ModelError(
            f"{path} is not a folder; give a Hugging Face model folder or a name on the hub, as ORG/NAME, or leave "
            "--model out."
        )
    if not (path / "config.json").exists():
        hint = "it is not a Hugging Face model folder; check the path."
        if (path / folders.ADAPTER_CONFIG).exists():
            hint = "it is an adapter's folder; give it as --adapter, and its base model as --model."
        elif gguf := sorted(path.glob(f"*{GGUF}")):
            hint = f"it can't be loaded: run `harness model import {gguf[0]} --to DIR`, and give DIR."
        raise ModelError(f"{path} holds no config.json, so {hint}")
    if (path / folders.ADAPTER_CONFIG).exists():
        raise ModelError(f"{path} holds a model and an adapter ({folders.ADAPTER_CONFIG}); keep them in two folders.")
    folders.check_files(path)
    folders.check_config(path / "config.json")
    folders.weight_files(path)
    _config(path)


def _config(path: Path) -> LibraryConfig:
    with failures(f"{path / 'config.json'} can't be read", seconds=LONGEST):
        config: LibraryConfig = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        if quantized := getattr(config, "quantization_config", None):
            AutoQuantizationConfig.from_dict(quantized)  # an unknown method is passed over when weights are loaded
    _check_ends(path)
    return config


def _check_ends(path: Path) -> None:
    """Of how a folder wants to be decoded only its end tokens count; the rest must at least make sense."""
    for file in (path / "config.json", path / "generation_config.json"):
        content = folders.read_object(file) if file.exists() else {}
        ends = content.get("eos_token_id")
        if not all(_is_id(end) for end in (ends if isinstance(ends, list) else [ends]) if end is not None):
            raise ModelError(
                f"{file} says eos_token_id: {ends!r:.80}, which is no token's number; correct or remove it."
            )
    for name in sorted(_NUMBERS & content.keys()):
        value = content[name]
        if value is not None and not (_is_number(value) and value >= 0):
            raise ModelError(f"{file} says {name}: {value!r:.80}, which is no such number; correct or remove it.")


_NUMBERS = {"temperature", "top_k", "top_p", "num_beams", "repetition_penalty", "max_length", "max_new_tokens"}


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def load_network(path: Path, *, dtype: str | torch.dtype) -> tuple[Network, tuple[str, ...]]:
    """The network on the CPU, and notes on it. Raises ModelError where others than the folder's are in it."""
    config = _config(path)
    held = folders.tensors(folders.weight_files(path))
    _check_size(path, config, held)
    auto: Factory = AutoModelForCausalLM
    with failures(f"{path} can't be loaded as a causal language model", _GIVE):
        network, loading_info = auto.from_pretrained(
            path,
            config=config,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # they are told of, and refused below, by name and size
            output_loading_info=True,
        )
    _check_complete(path, network, loading_info)
    if not getattr(config, "quantization_config", None):
        _check_kinds(path, network, held)
    return network, _unexpected(path, loading_info, held)


def skeleton(config: LibraryConfig, what: str) -> Network:
    """The network of that configuration, without memory for its weights. Raises ModelError beginning with `what`."""
    auto: Factory = AutoModelForCausalLM
    with failures(what, _GIVE, seconds=LONGEST), torch.device("meta"):
        return auto.from_config(config, trust_remote_code=False)


def _check_size(path: Path, config: LibraryConfig, held: Mapping[str, Tensor]) -> None:
    """Before memory is taken: a configuration may ask for more than any machine has."""
    network = skeleton(config, f"{path} can't be loaded as a causal language model")
    if getattr(config, "quantization_config", None):
        return  # packed weights have fewer numbers than the layers that they stand for
    numbers = sum(tensor.numel() for tensor in [*network.parameters(), *network.buffers()])
    stored = sum(tensor.numbers for tensor in held.values())
    if numbers > _LARGER * stored + _SMALL:
        raise ModelError(
            f"{path / 'config.json'} describes {numbers:,} weights, but the folder holds {stored:,}; give the weights "
            "that belong to this configuration."
        )


def _check_complete(path: Path, network: Network, info: LoadingInfo) -> None:
    wrong = [f"{name} is {_size(there)} in place of {_size(wanted)}" for name, there, wanted in info["mismatched_keys"]]
    if wrong:
        raise ModelError(
            f"The weights in {path} don't fit its config.json: {listed(wrong)}; give those that belong to it."
        )
    sizes = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    missing = [f"{name} ({_size(sizes[name])})" if name in sizes else name for name in sorted(info["missing_keys"])]
    if missing:
        raise ModelError(
            f"{path} lacks weights that its config.json asks for, and random ones would stand in for them: "
            f"{listed(missing)}; give the whole folder, with weights under their published names."
        )


def _check_kinds(path: Path, network: Network, held: Mapping[str, Tensor]) -> None:
    """transformers turns whole numbers into weights one to one, without the scales that they need."""
    names = [name for name, _ in network.named_parameters(remove_duplicate=False)]
    names += [name.removeprefix(f"{network.base_model_prefix}.") for name in names]
    codes = [f"{name} ({held[name].dtype})" for name in names if name in held and not held[name].is_real]
    if codes:
        raise ModelError(
            f"{path} holds weights that are no real numbers, and nothing in its config.json says how to read them: "
            f"{listed(codes)}; give weights that are not quantized."
        )


def _unexpected(path: Path, info: LoadingInfo, held: Mapping[str, Tensor]) -> tuple[str, ...]:
    """transformers has left out those that the architecture ignores on purpose."""
    names = sorted(info["unexpected_keys"])
    if not names:
        return ()
    sized = [f"{name} ({_size(held[name].shape)})" if name in held else name for name in names]
    return (f"{path} holds weights that its architecture has no place for, and they are not used: {listed(sized)}.",)


def listed(names: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _size(shape: Iterable[int]) -> str:
    return "×".join(str(side) for side in shape) or "a single number"


def _tokenizer(path: Path) -> Tokenizer:
    with failures(f"The tokenizer in {path} can't be loaded", "give the tokenizer that was published", seconds=LONGEST):
        return AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)


def window_of(config: LibraryConfig, tokenizer: Tokenizer) -> int:
    """How many tokens the model reads at most. Raises ModelError where the folder says what can't be."""
    text_config = config.get_text_config()
    for name in ("max_position_embeddings", "n_positions", "n_ctx"):
        if getattr(text_config, name, None) is not None:
            return _window(name, getattr(text_config, name), config)
    longest = tokenizer.model_max_length
    if longest is None or (_is_number(longest) and longest >= 1_000_000):
        return _DEFAULT_WINDOW
    return _window("model_max_length", longest, config)


def _window(name: str, value: object, config: LibraryConfig) -> int:
    if not _is_number(value) or value < _MIN_WINDOW:
        raise ModelError(f"{config.name_or_path} says {name}: {value!r:.80}, which is no window of tokens; correct it.")
    return int(value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ConfigError("model.device is cuda, but this machine has no CUDA device; use auto or cpu.")
    return torch.device(name)
