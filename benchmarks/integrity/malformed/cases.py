"""The folders, each the practice model, an adapter of it, or both, with one thing wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import load_file, save_file

from iteralign.sandbox import PRACTICE_MODEL_DIR

Change = Callable[[Path], None]
_WEIGHTS, _ADAPTER_WEIGHTS = "model.safetensors", "adapter_model.safetensors"

_EVERY = 20


@dataclass(frozen=True)
class Case:
    """What is wrong, in which folder, and what makes it so."""

    name: str
    where: Literal["model", "adapter", "judge"]
    change: Change


class Maker:
    """Makes each case's folders under a scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def arguments(self, case: Case) -> list[str]:
        """The command that tries the case, its folders made."""
        folder = self._scratch / "case"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._adapter if case.where == "adapter" else PRACTICE_MODEL_DIR, folder)
        case.change(folder)
        model = str(folder if case.where == "model" else PRACTICE_MODEL_DIR)
        more = {"model": [], "adapter": ["--adapter", str(folder)], "judge": ["--oracle", f"hf:{folder}"]}[case.where]
        return ["eval", "--model", model, *more, "--tasks", "sandbox_hhh_other", "--limit", "2", "--allow-practice"]

    @cached_property
    def _adapter(self) -> Path:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        network = AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR, dtype=torch.float32)
        config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
        get_peft_model(network, config).save_pretrained(self._scratch / "adapter")
        return self._scratch / "adapter"


def all_cases() -> list[Case]:
    """Every malformed folder, in an order that spreads the kinds."""
    from benchmarks.integrity.malformed import adapter_cases, file_cases, model_cases, tokenizer_cases

    parts = (model_cases, file_cases, tokenizer_cases, adapter_cases)
    found = [case for part in parts for case in part.cases()]
    # A judge's folder goes the same way in, so that a part of the kinds is enough to show it.
    judges = [case for case in found if case.where == "model"][::_EVERY]
    return found + [replace(case, name=f"judge's {case.name}", where="judge") for case in judges]


def controls() -> list[Case]:
    """Folders that are odd and must be measured."""
    from benchmarks.integrity.malformed import control_cases

    return control_cases.cases()


def setting(file: str, name: str, value: Any) -> Change:
    """A name of a JSON object set to a value; dots go into objects."""

    def change(folder: Path) -> None:
        edit(folder / file, lambda content: _put(content, name.split("."), value))

    return change


def _put(content: Any, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        content = content.setdefault(part, {})
    content[path[-1]] = value


def edit(file: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(file.read_text()) if file.exists() else {}
    change(content)
    file.write_text(json.dumps(content))


def holding(file: str, content: str | bytes) -> Change:
    """The whole file replaced."""
    data = content.encode() if isinstance(content, str) else content

    def change(folder: Path) -> None:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(data)

    return change


def both(*changes: Change) -> Change:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def gone(file: str) -> Change:
    return lambda folder: (folder / file).unlink()


def a_folder(file: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).unlink()
        (folder / file).mkdir()

    return change


def a_pipe(file: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        os.mkfifo(folder / file)

    return change


def a_link(file: str, to: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        (folder / file).symlink_to(to)

    return change


def recoded(file: str, encoding: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).write_bytes((folder / file).read_text().encode(encoding))

    return change


def cut(file: str, to: float) -> Change:
    """The first part of a file."""

    def change(folder: Path) -> None:
        data = (folder / file).read_bytes()
        (folder / file).write_bytes(data[: int(len(data) * to)])

    return change


def weights(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], file: str = _WEIGHTS) -> Change:
    """Other tensors in a safetensors file."""

    def apply(folder: Path) -> None:
        tensors = change({name: tensor.clone() for name, tensor in load_file(folder / file).items()})
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / file, {"format": "pt"})

    return apply


def adapter_weights(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Change:
    return weights(change, _ADAPTER_WEIGHTS)


def header(change: Callable[[dict[str, Any]], None], file: str = _WEIGHTS) -> Change:
    """Another header over the same bytes of a safetensors file."""

    def apply(folder: Path) -> None:
        data = (folder / file).read_bytes()
        size = int.from_bytes(data[:8], "little")
        content = json.loads(data[8 : 8 + size])
        change(content)
        text = json.dumps(content).encode()
        (folder / file).write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])

    return apply
