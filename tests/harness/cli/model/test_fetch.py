"""`harness model fetch` and a run by a hub's name, in processes that take a hub on this machine for the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.local_hub import COMMIT, LocalHub
from iteralign.sandbox import PRACTICE_MODEL_DIR
from tests.conftest import Harness

NAME = "acme/small-model"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LocalHub]:
    with LocalHub(tmp_path / "data") as hub:
        hub.publish(NAME, PRACTICE_MODEL_DIR, gated=True)
        hub.token = "hf_mine"
        yield hub


def test_a_model_is_fetched_into_hf_home_from_hf_endpoint_with_hf_token(
    hub: LocalHub, harness_process: Harness, tmp_path: Path
) -> None:
    environment = hub.environment({"HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "hf_mine"})
    done = harness_process("model", "fetch", NAME, env=environment)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{NAME}@{COMMIT}"), done.stderr
    folder = Path(done.stdout.splitlines()[1])
    assert folder.is_relative_to(tmp_path / "home")
    assert (folder / "model.safetensors").read_bytes() == (PRACTICE_MODEL_DIR / "model.safetensors").read_bytes()


def test_a_name_that_is_none_is_one_sentence(harness: Harness) -> None:
    done = harness("model", "fetch", "gpt2")
    assert done.returncode == 2
    assert done.stderr == "Error: gpt2 is no name on the hub, or a folder here: give ORG/NAME or ORG/NAME@REVISION.\n"
