"""What a model's or an adapter's folder holds, read before any library reads it: ordinary files, JSON, tensor sizes."""

from __future__ import annotations

import json
import math
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from harness_base.errors import ModelError
from iteralign.core.libraries import JsonObject, JsonValue
from iteralign.core.third_party import failures

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_OBJECTS = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "chat_template.json",
    INDEX,
    ADAPTER_CONFIG,
)
_TEMPLATES = "additional_chat_templates"
_READ = {".json", ".safetensors", ".jinja", ".model", ".tiktoken", ".spm"}
_READ_NAMES = {"merges.txt", "vocab.txt"}
_MAX_TEXT = 500_000_000
"""Bytes; the largest tokenizer there is takes a tenth."""
_MAX_LAYERS = 10_000
_LAYERS = {"num_hidden_layers", "num_layers", "n_layers", "n_layer"}
_MAX_LABELS = 1_000_000


@dataclass(frozen=True)
class Tensor:
    """A tensor as a safetensors header describes it."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)

    @property
    def is_real(self) -> bool:
        """Whether it holds real numbers, as weights are: whole ones are codes of them, which need more to be read."""
        return "F" in self.dtype


def check_files(folder: Path) -> None:
    """Raise ModelError for what libraries would wait for, stumble over or half understand."""
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ModelError(f"{folder} may not be read; change its permissions.")
    for file in sorted([*folder.iterdir(), *(folder / _TEMPLATES).glob("*.jinja")]):
        if file.suffix in _READ or file.name in _READ_NAMES:
            _check_ordinary(file)
    for name in _OBJECTS:
        if (folder / name).exists():
            read_object(folder / name)


def _check_ordinary(file: Path) -> None:
    try:
        status = file.stat()
    except OSError as error:
        raise ModelError(f"{file} can't be read: {os.strerror(error.errno or 0)}; put the file there.") from error
    if not stat.S_ISREG(status.st_mode):
        raise ModelError(f"{file} is no ordinary file; put the file there, or take it out.")
    if not os.access(file, os.R_OK):
        raise ModelError(f"{file} may not be read; change its permissions.")
    if status.st_size > _MAX_TEXT and file.suffix != ".safetensors":
        raise ModelError(f"{file} has {status.st_size:,} bytes, more than any such file; put the right one there.")
    if not status.st_size and file.suffix in {".json", ".safetensors"}:
        raise ModelError(f"{file} is empty; put the whole file there.")


def read_object(file: Path) -> JsonObject:
    """The JSON object in a file. Raises ModelError for anything else, and for a name that stands there twice."""
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"{file} is not text in UTF-8 (byte {error.start + 1}); save it as UTF-8.") from error
    if text.startswith("\ufeff"):
        raise ModelError(f"{file} begins with a byte order mark; save it as UTF-8 without one.")
    try:
        content = json.loads(text, object_pairs_hook=_each_once)
    except RecursionError as error:
        raise ModelError(f"{file} nests too deeply to be a configuration; give the file that was published.") from error
    except ValueError as error:
        raise ModelError(f"{file} can't be read as JSON: {error}; give the whole file.") from error
    if not isinstance(content, dict):
        raise ModelError(f"{file} holds no JSON object but {_kind(content)}; give the file that was published.")
    return content


def _each_once(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice[:80]!r} stands in one object twice")
    return content


def _kind(content: JsonValue) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(content), "a number")


def check_config(file: Path) -> None:
    """Raise ModelError for what libraries would count up to, fetch, or run. Reads config.json by itself."""
    content = read_object(file)
    for name, value in _leaves(content):
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(file, name, value)
    if "transformers_weights" in content:
        raise ModelError(
            f"{file} names weights of its own (transformers_weights); call them {WEIGHTS} and take it out."
        )
    kinds = content.get("architectures")
    if not (kinds is None or (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds))):
        raise ModelError(f"{file} says architectures: {kinds!r:.80}, which is no list of names; correct it.")
    if content.get("is_encoder_decoder") is True:
        raise ModelError(f"{file} describes an encoder with a decoder; give a causal language model.")


def _check_number(file: Path, name: str, value: float) -> None:
    limit = _MAX_LABELS if name == "num_labels" else _MAX_LAYERS if "layer" in name else None
    if limit is not None and value > limit:
        raise ModelError(f"{file} says {name}: {value}, more than any model has; give the file that was published.")
    is_share = name.endswith(("dropout", "_pdrop"))
    if not math.isfinite(value) or (is_share and not 0 <= value <= 1) or (name in _LAYERS and value < 1):
        raise ModelError(f"{file} says {name}: {value}, which no model has; give the file that was published.")


def _leaves(content: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield name, value


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files that hold a model, in order. Raises ModelError where there are none, or not all."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        return _indexed(folder / INDEX)
    raise ModelError(f"{folder} holds no {WEIGHTS}{_pickled(folder, 'pytorch_model')}")


def adapter_file(folder: Path) -> Path:
    """The safetensors file that holds an adapter. Raises ModelError where there is none."""
    if (folder / ADAPTER_WEIGHTS).is_file():
        return folder / ADAPTER_WEIGHTS
    raise ModelError(f"{folder} holds no {ADAPTER_WEIGHTS}{_pickled(folder, 'adapter_model')}")


def _pickled(folder: Path, stem: str) -> str:
    if next(folder.glob(f"{stem}*.bin"), None):
        return f", and {stem}.bin is never read, since a pickle may run code: save the weights as safetensors."
    return "; give the folder with its weights as safetensors."


def _indexed(index: Path) -> list[Path]:
    places = read_object(index).get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(name, str) for name in places.values()):
        raise ModelError(f"{index} has no weight_map from tensors to files; give the file that was published.")
    files = []
    for name in sorted(set(places.values())):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise ModelError(f"{index} names {name[:80]!r}, which is no safetensors file of its folder; put it there.")
        if not (index.parent / name).is_file():
            raise ModelError(f"{index} names {name[:80]!r}, which is not there; put the file there.")
        files.append(index.parent / name)
    return files


def tensors(files: list[Path]) -> dict[str, Tensor]:
    """Names and sizes of all tensors in these files, by their headers. Raises ModelError for what is no safetensors."""
    held: dict[str, Tensor] = {}
    for file in files:
        with (
            failures(f"{file} can't be read as safetensors", "give the whole file"),
            safe_open(file, framework="pt") as opened,
        ):
            for name in opened.keys():  # noqa: SIM118  # no mapping
                part = opened.get_slice(name)
                held[name] = Tensor(tuple(part.get_shape()), str(part.get_dtype()))
    if not held:
        raise ModelError(f"{files[0]} holds no tensor; give the whole file.")
    return held
