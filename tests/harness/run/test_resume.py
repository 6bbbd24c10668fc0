"""A run goes on only where what it measured still holds; what is read here is the store's own example."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.evaluation.fingerprint import of_subject
from harness.run.resume import check_accepted, check_base, check_resumable
from harness.store import Store
from harness.store.example import write_example_run
from harness.store.resume import AcceptedAdapter
from harness_base.errors import ModelError
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.training.saved import weights_hash


def test_another_accepted_adapter_is_refused(tmp_path: Path) -> None:
    """Its good evaluation would stand for weights that nobody measured."""
    adapter = tmp_path / "adapters" / "r1a1"
    adapter.mkdir(parents=True)
    (adapter / "adapter_model.safetensors").write_bytes(b"other weights")
    nothing: Any = SimpleNamespace()
    with Store.open(tmp_path / "harness.db") as store:
        run_id = write_example_run(store, ending="interrupted")
        with pytest.raises(ModelError, match=r"settings in .*r1a1 are not those that the run accepted"):
            check_resumable(store, run_id, nothing, nothing, {}, tmp_path / "adapters", force=True)
        assert store.views.rows("run_overview")[0]["status"] == "interrupted"
    shutil.rmtree(adapter)


def adapter_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    settings = {"lora_alpha": 16, "target_modules": ["q_proj", "v_proj"], "base_model_name_or_path": "here"}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return folder


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"lora_alpha": 400}, False),
        ({"target_modules": ["q_proj"]}, False),
        ({"target_modules": ["v_proj", "q_proj"]}, True),
        ({"base_model_name_or_path": "there", "peft_version": "1.0"}, True),
    ],
)
def test_an_accepted_adapter_is_known_by_its_settings_too(changed: dict[str, Any], same: bool, tmp_path: Path) -> None:
    """Which are what decides what its weights compute."""
    adapter = adapter_folder(tmp_path / "r1a1")
    before, file = weights_hash(adapter), adapter / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))
    assert (weights_hash(adapter) == before) is same


@pytest.mark.parametrize("content", ["{", "[]", "\udcff", None])
def test_an_accepted_adapter_without_usable_settings_is_refused(content: str | None, tmp_path: Path) -> None:
    adapter = adapter_folder(tmp_path / "r1a1")
    accepted = AcceptedAdapter("r1a1", str(adapter), weights_hash(adapter))
    (adapter / "adapter_config.json").unlink()
    if content is not None:
        (adapter / "adapter_config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"r1a1 .*put (it|the folder) back as it was, or begin a new run"):
        check_accepted(accepted, tmp_path)


def test_nobody_waits_for_a_pipe_in_place_of_the_accepted_weights(tmp_path: Path) -> None:
    adapter = adapter_folder(tmp_path / "r1a1")
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(b"weights")
    accepted = AcceptedAdapter("r1a1", str(adapter), weights_hash(adapter))
    weights.unlink()
    os.mkfifo(weights)
    with pytest.raises(ModelError, match="are not those that the run accepted"):
        check_accepted(accepted, tmp_path)


def test_a_model_whose_settings_changed_is_not_the_one_that_the_run_began_with(tmp_path: Path) -> None:
    folder = shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "model")
    settings = ModelSettings(path=str(folder))
    measured = of_subject(CausalModel.load(settings, tmp_path).content_hash())["model"]
    check_base(measured, CausalModel.load(settings, tmp_path))
    (folder / "generation_config.json").write_text('{"eos_token_id": [1, 5]}')
    with pytest.raises(ModelError, match=r"is not the one that the run began with .*put it back as it was"):
        check_base(measured, CausalModel.load(settings, tmp_path))
    with pytest.raises(ModelError, match="begun with an earlier version of the program"):
        check_base(measured[:16], CausalModel.load(settings, tmp_path))
