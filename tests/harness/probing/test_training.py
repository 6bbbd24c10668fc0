"""A training that is tried out leaves the model as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from harness.planning.counts import Stage
from harness.probing.training import probe_training
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.training.examples import probe_logits

PAIRS = [TrainingPair(str(number), f"How do I bake {number} loaves?", "Take flour.", "revision") for number in range(5)]


@pytest.mark.parametrize("weights", ["lora", "full"])
def test_the_model_is_as_before(weights: str, tmp_path: Path) -> None:
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), device="cpu"), tmp_path / "own")
    before = probe_logits(model.network, [model.example(pair) for pair in PAIRS])
    identity = model.content_hash()
    settings = TrainingSettings.model_validate({"weights": weights, "learning_rate": 0.01})
    found = probe_training(model, PAIRS, settings, tmp_path / "scratch")
    assert torch.equal(before, probe_logits(model.network, [model.example(pair) for pair in PAIRS]))
    assert model.content_hash() == identity
    assert model.adapters_dir == tmp_path / "own"
    assert not (tmp_path / "own").exists()
    assert all((unit.seconds or 0.0) > 0.0 for unit in found.units.values())
    assert found.units[Stage.PAIR].probed == 3 * settings.batch_size
    files = [file for file in (tmp_path / "scratch").rglob("*") if file.is_file()]
    assert found.candidate_bytes == sum(file.stat().st_size for file in files)
