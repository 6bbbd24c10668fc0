"""Some of the benchmark's odd models, so that each kind is held against transformers and peft on every change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.integrity.odd_models import trial
from benchmarks.integrity.odd_models.cases import CASES
from iteralign.encoding import tokens

torch.set_num_threads(1)

KNOWN = {case.name: case for case in CASES}
TRIED = [
    "a begin and an end token",
    "a blank, a begin and an end token",
    "the same, and the tokenizer adds it too",
    "padding beyond the rows",
    "a folder that asks for beams",
    "several end tokens",
    "saved embeddings, tied",
    "LoRA on the head, tied",
    "DoRA",
]


@pytest.mark.parametrize("name", TRIED)
def test_an_odd_model_computes_what_transformers_and_peft_compute(name: str, tmp_path: Path) -> None:
    assert trial.tried(KNOWN[name], str(tmp_path)) == []


def test_a_fault_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_the_tokenizer_has_it(tokenizer: Any, text: str, *, templated: bool = False) -> list[int]:
        return list(tokenizer(text, add_special_tokens=not templated)["input_ids"])

    monkeypatch.setattr(tokens, "begin", as_the_tokenizer_has_it)
    misses = trial.tried(KNOWN["an end token behind every text"], str(tmp_path))
    assert {miss.kind for miss in misses} == {trial.GOING_ON}


def test_every_odd_model_has_a_name_of_its_own() -> None:
    assert len(KNOWN) == len(CASES) >= 25
