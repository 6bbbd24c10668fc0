"""What a score depends on beside the weights: enough to see why two evaluations can't be compared."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tasks as tasks_package
from harness.evaluation.requests import LmEvalTask
from iteralign.core.libraries import JsonValue, Network, Tokenizer
from tasks.data.manifest import content_hash

_PACKAGES = ("iteralign-harness", "lm_eval", "torch", "transformers", "peft", "tokenizers")
_SCORING_CODE = ("asked.py", "metrics.py", "prompts.py", "refusals/**/*.py")
_MEASURING_CODE = (
    *("harness/evaluation/*.py", "harness/judges/*.py", "harness/judges/*.yaml", "tasks/**/*.py"),
    *("iteralign/**/*.py", "iteralign/**/*.yaml", "iteralign/**/*.json"),
)
_SUBJECT = frozenset({"model", "adapter"})
"""What two evaluations may differ in: it is what they compare."""
_UNDECIDED = "undecided"
_OF_TASK = {
    "chat": "use of the chat template",
    "data": "data",
    "judge": "judge",
    "rows": "standing of the rows",
    "version": "version",
    "yaml": "definition",
}
"""The words for what is kept of each task by itself, as "KIND:TASK"."""
_PLACES = frozenset({"data_dir", "data_files", "cache_dir"})
Fingerprint = Mapping[str, str]


def of_setting(model: Network, tokenizer: Tokenizer) -> dict[str, str]:
    """What stays the same for one model object: versions, tokenizer, numbers and where they are computed."""
    from iteralign.encoding import decoding, tokens  # loads torch, which reading a fingerprint does without

    template = tokenizer.chat_template
    return {
        "tokenizer": _hash(_tokenizer_text(tokenizer)),
        "chat_template": _hash(str(template)) if template else "none",
        "dtype": str(model.dtype).removeprefix("torch."),
        "device": str(model.device),
        "hardware": _hardware(model.device),
        "scoring_code": _code_hash(),
        **decoding.describe(model, tokenizer),
        **tokens.describe(tokenizer),
        **{name: _version(name) for name in _PACKAGES},
    }


def _hardware(device: Any) -> str:
    """The card's name, or the kind of processor."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()


@cache
def _code_hash() -> str:
    """What turns answers into outcomes is code, which a task's definition only names."""
    folder = Path(tasks_package.__file__ or "").parent
    files = sorted(file for pattern in _SCORING_CODE for file in folder.glob(pattern))
    return _hash("\0".join(file.read_text(encoding="utf-8") for file in files))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "not installed"


def of_tasks(tasks: Mapping[str, LmEvalTask]) -> dict[str, str]:
    """Each task's version, and hashes of its definition and of its rows.

    There are no paths in them, so that the same task elsewhere gives the same.
    """
    found = {}
    for name, task in tasks.items():
        found[f"version:{name}"] = str(task.VERSION)
        found[f"yaml:{name}"] = _hash(json.dumps(_definition(task), sort_keys=True))
        found[f"data:{name}"] = content_hash(task.eval_docs)
        if getattr(task.eval_docs, "accepted", False):
            found[f"rows:{name}"] = "accepted by hand, not as published"
    return found


def content_key(found: Fingerprint, task: str) -> str:
    """A hash of all that the scores of one task depend on, and of the code that measures; empty without known weights.

    Which scorer computed the log-likelihoods is left out: one that is used has shown that it gives the other's numbers.
    """
    if not found["model"]:
        return ""
    concerns = {key: value for key, value in found.items() if _concerns(key, task) and key != "scorer"}
    return _hash(json.dumps([task, concerns, measuring_code()], sort_keys=True))


@cache
def measuring_code() -> str:
    """A hash of the source that measures: what an earlier state of it has measured is never taken for its own."""
    root = Path(tasks_package.__file__ or "").parent.parent
    files = sorted(file for pattern in _MEASURING_CODE for file in root.glob(pattern))
    return _hash("\0".join(file.read_text(encoding="utf-8") for file in files))


def of_subject(model_hash: str) -> dict[str, str]:
    """The model's own part: hashes of its folder and of the weights on it, as `CausalModel.content_hash` joins them."""
    model, _, adapter = model_hash.partition("+")
    return {"model": model, "adapter": adapter or "none"}


def difference(one: Fingerprint, other: Fingerprint, task: str = "") -> str:
    """What two evaluations were measured with differently, in words; empty where their scores may be compared.

    With `task` only what its scores depend on counts. Which model was measured is not a difference.
    """
    found = [
        f"{_word(key)} is {_short(one.get(key))} in one and {_short(other.get(key))} in the other"
        for key in sorted({*one, *other})
        if key not in _SUBJECT and _concerns(key, task) and not _same(one.get(key), other.get(key))
    ]
    return "; ".join(found)


def _concerns(key: str, task: str) -> bool:
    of_task = key.partition(":")[2]
    return not task or not of_task or of_task == task


def _same(one: str | None, other: str | None) -> bool:
    """A scorer that has not been chosen yet will be chosen the same way."""
    return one == other or _UNDECIDED in (one, other)


def _word(key: str) -> str:
    kind, _, task = key.partition(":")
    return f"the {_OF_TASK.get(kind, kind)} of {task}" if task else key.replace("_", " ")


def _short(value: str | None) -> str:
    return "not known" if value is None else value if len(value) <= 24 else f"{value[:12]}…"


def _definition(task: LmEvalTask) -> JsonValue:
    """The task's whole configuration as data: functions by name, and nothing of where its files are."""
    config = {key: value for key, value in vars(task.config).items() if key != "metadata"}
    files = {key: value for key, value in (task.config.dataset_kwargs or {}).items() if key not in _PLACES}
    return _plain({**config, "dataset_kwargs": files, "class": type(task)})


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if callable(value):
        return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return _plain(getattr(value, "__dict__", None) or repr(type(value)))


def _tokenizer_text(tokenizer: Tokenizer) -> str:
    if getattr(tokenizer, "is_fast", False):
        return str(tokenizer.backend_tokenizer.to_str())
    return json.dumps(tokenizer.get_vocab(), sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
