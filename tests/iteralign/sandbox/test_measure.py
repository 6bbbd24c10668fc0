"""The shipped practice model is a subject for the method, and not a prop."""

from __future__ import annotations

from pathlib import Path

import pytest

from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.sandbox.measure import BARS, Range, measure


@pytest.mark.slow
def test_the_practice_model_reaches_every_bar(tmp_path: Path) -> None:
    rates = measure(CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), batch_size=128), tmp_path))
    assert BARS.keys() <= rates.keys()
    assert {name: rates[name] for name, bar in BARS.items() if not bar.holds(rates[name])} == {}


def test_the_practice_model_is_small() -> None:
    weights = PRACTICE_MODEL_DIR / "model.safetensors"
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), PRACTICE_MODEL_DIR)
    assert weights.stat().st_size <= 8_000_000
    assert sum(parameter.numel() for parameter in model.network.parameters()) <= 2_000_000


def test_a_range_holds_at_its_ends_and_not_beyond() -> None:
    assert [Range(0.3, 0.7).holds(value) for value in (0.29, 0.3, 0.7, 0.71, float("nan"))] == [
        False,
        True,
        True,
        False,
        False,
    ]
