"""What is said of a model that came from the hub."""

from __future__ import annotations

from harness.assembly.named_models import provenance, with_models
from harness.config.schema import ModelConfig, RunConfig
from harness.progress import SilentProgress
from iteralign.sandbox import PRACTICE_MODEL_DIR

PINNED = f"acme/small-model@{'5ca1ab1e' * 5}"


def test_an_evaluation_says_which_commit_it_measured() -> None:
    assert provenance(ModelConfig(path=PINNED)) == [f"The model is {PINNED} on the hub."]


def test_nothing_is_said_of_a_folder_or_of_the_practice_model() -> None:
    assert provenance(ModelConfig()) == provenance(ModelConfig(path=str(PRACTICE_MODEL_DIR))) == []


def test_folders_stay_as_they_were_named() -> None:
    config = RunConfig(model=ModelConfig(path=str(PRACTICE_MODEL_DIR)))
    assert with_models(config, SilentProgress()) is config
