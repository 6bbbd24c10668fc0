"""Faults of files as such: what is no file, no text, no JSON, not whole, or somewhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks.integrity.malformed.cases import (
    Case,
    Change,
    a_folder,
    a_link,
    a_pipe,
    both,
    cut,
    gone,
    holding,
    recoded,
)

_INDEX = "model.safetensors.index.json"
_OBJECTS = ("config.json", "tokenizer_config.json", "tokenizer.json", "generation_config.json")


def cases() -> list[Case]:
    found = []
    for file in _OBJECTS:
        found += [Case(f"{file}: {what}", "model", change(file)) for what, change in _spoilt().items()]
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        found.append(Case(f"{file}: a link to nothing", "model", a_link(file, "nowhere")))
        found.append(Case(f"{file}: a link to itself", "model", a_link(file, file)))
        found.append(Case(f"{file}: a folder", "model", a_folder(file)))
        found.append(Case(f"{file}: a pipe", "model", a_pipe(file)))
        found.append(Case(f"{file}: gone", "model", gone(file)))
    found.append(Case("tokenizer.json: without end", "model", _without_end("tokenizer.json")))
    slow = both(gone("tokenizer.json"), holding("vocab.json", "{}"), a_pipe("merges.txt"))
    found.append(Case("merges.txt: a pipe", "model", slow))
    weights = {
        "cut": cut("model.safetensors", 0.5),
        "cut in its header": cut("model.safetensors", 0.0005),
        "garbage": holding("model.safetensors", bytes(range(256)) * 64),
        "empty": holding("model.safetensors", b""),
        "a header longer than any file": holding("model.safetensors", b"\xff" * 8 + b"{}"),
        "text": holding("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        "a device": a_link("model.safetensors", "/dev/zero"),
    }
    found += [Case(f"model.safetensors: {what}", "model", change) for what, change in weights.items()]
    return found + [Case(f"index: {what}", "model", _indexed(content)) for what, content in _indices().items()]


def _spoilt() -> dict[str, Callable[[str], Change]]:
    return {
        "empty": lambda file: holding(file, ""),
        "cut": lambda file: cut(file, 0.7),
        "a list": lambda file: holding(file, "[1, 2]"),
        "a text": lambda file: holding(file, '"model"'),
        "null": lambda file: holding(file, "null"),
        "with a byte order mark": lambda file: recoded(file, "utf-8-sig"),
        "UTF-16": lambda file: recoded(file, "utf-16"),
        "no UTF-8": lambda file: holding(file, b'{"a": "\xff\xfe"}'),
        "nested without end": lambda file: holding(file, '{"a":' * 100_000 + "1" + "}" * 100_000),
        "a name twice": _twice,
    }


def _without_end(file: str) -> Change:
    return lambda folder: os.truncate(folder / file, 10**12)


def _twice(file: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / file).read_text()
        name = next(iter(json.loads(text)))
        (folder / file).write_text("{" + f'"{name}": 5, ' + text.strip()[1:])

    return change


def _indices() -> dict[str, str]:
    first = "model.layers.0.mlp.up_proj.weight"
    places = {
        "an absent file": {first: "model-00001-of-00002.safetensors"},
        "a file outside": {first: "../adapter/adapter_model.safetensors"},
        "an absolute path": {first: "/etc/passwd"},
        "a pickle": {first: "pytorch_model.bin"},
        "a number for a file": {first: 1},
        "nothing": {},
    }
    contents = {what: json.dumps({"metadata": {}, "weight_map": one}) for what, one in places.items()}
    return contents | {"no map": "{}", "a list for a map": '{"weight_map": [1]}', "a list": "[]"}


def _indexed(content: str) -> Change:
    return both(gone("model.safetensors"), holding(_INDEX, content))
