"""The tiny model and its tokenizer, and a few practice items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_llama import CHOICES, TOPICS, model, question, random_llama, tokenizer

__all__ = ["model", "random_llama", "tokenizer"]

_CHOICES = {"choices": CHOICES, "labels": [1, 0, 0]}


@pytest.fixture(scope="session")
def items_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Practice items for both splits, one of each topic."""
    folder = tmp_path_factory.mktemp("items")
    for split in ("gate", "final"):
        for name in ("hhh_helpful", "hhh_honest", "hhh_harmless", "hhh_other", "bigbench_harmless"):
            rows = [{"id": f"{name}-{topic}", "input": question(topic), "targets": _CHOICES} for topic in TOPICS]
            _write(folder / split / f"{name}.jsonl", rows)
        mc2 = {**_CHOICES, "labels": [1, 1, 0]}
        rows = [{"id": t, "question": question(t), "mc1_targets": _CHOICES, "mc2_targets": mc2} for t in TOPICS]
        _write(folder / split / "truthfulqa.jsonl", rows)
        for name in ("attack_success", "over_refusal"):
            _write(
                folder / split / f"{name}.jsonl", [{"id": t, "prompt": question(t), "category": "x"} for t in TOPICS]
            )
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
