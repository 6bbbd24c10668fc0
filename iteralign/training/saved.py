"""The hash of a saved candidate's folder, by which a run that goes on knows it again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from iteralign.core.libraries import JsonValue

_LEFT_OUT = ("base_model_name_or_path", "peft_version", "inference_mode", "revision", "auto_mapping")


def weights_hash(folder: Path) -> str:
    """SHA-256 of what a saved candidate's folder decides: its safetensors files and an adapter's settings.

    Raises OSError or ValueError for settings that can't be read.
    """
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.glob("*.safetensors") if file.is_file()):  # a pipe would be waited for
        digest.update(file.read_bytes())
    if (file := folder / "adapter_config.json").is_file():
        settings = json.loads(file.read_text(encoding="utf-8"))
        digest.update(json.dumps(_in_order(settings)).encode())
    return digest.hexdigest()


def _in_order(settings: JsonValue) -> JsonValue:
    """An adapter's settings without where it was made; sets of names were written as lists in any order."""
    if not isinstance(settings, dict):
        return settings
    kept = {key: value for key, value in settings.items() if key not in _LEFT_OUT}
    return {key: sorted(value) if _is_names(value) else value for key, value in kept.items()}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)
