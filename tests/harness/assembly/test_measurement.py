"""What is measured is what was loaded: a folder that has changed by then ends it before anything is measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.assembly.measurement import counted, labelled_queries, load_subject, measure_into, sizes
from harness.config.schema import EvalConfig, ModelConfig
from harness.progress import SilentProgress
from harness.store import Store
from harness_base.errors import ModelError
from iteralign.oracle.hf_kind import HuggingFaceKind
from iteralign.sandbox import PRACTICE_MODEL_DIR

TASK = "sandbox_hhh_helpful"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "model")


def test_a_folder_that_changes_between_two_measurings_ends_the_second(folder: Path, tmp_path: Path) -> None:
    """Its scores would be kept under a name that the folder has no more."""
    config = EvalConfig(model=ModelConfig(path=str(folder)), tasks=(TASK,), limit=2, allow_practice=True)
    subject = load_subject(config, SilentProgress())
    with Store.open(tmp_path / "harness.db") as store:
        measure_into(store, config, subject, SilentProgress())
        (folder / "generation_config.json").write_text('{"eos_token_id": [1, 5]}')
        with pytest.raises(ModelError, match=r"generation_config\.json was changed since it was loaded"):
            measure_into(store, config, subject, SilentProgress())
        assert len(store.views.rows("evaluation_overview")) == 1


def test_a_metric_s_queries_are_those_of_the_items_that_it_counts(shared_data: Path) -> None:
    """XSTest's safe prompts are over-refused, and its unsafe ones are the contrast; other tasks count every item."""
    keys = ["over_refusal_xstest/over_refusal", "over_refusal_xstest/contrast_refusal", f"{TASK}/acc"]
    tasks = ["over_refusal_xstest", TASK]
    found = counted(labelled_queries(tasks, data_dir=shared_data, limit=None), keys)
    assert [len(found[key]) for key in keys] == [250, 200, sizes([TASK], data_dir=None, limit=None)[TASK]]


def test_a_local_judge_is_named_by_what_was_loaded_and_not_by_its_folder(folder: Path) -> None:
    config = HuggingFaceKind(path=folder)
    oracle = config.build()
    name = config.judge_name(oracle)
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "rms_norm_eps": 0.01}))
    assert config.judge_name(oracle) == name
    assert config.judge_name(config.build()) != name
