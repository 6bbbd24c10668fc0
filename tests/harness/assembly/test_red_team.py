"""The red-team prompts of a run, and the harmless ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.assembly.model import load_model
from harness.assembly.red_team import KEPT, check_sources, red_team_prompts
from harness.config.schema import load_config
from harness.contamination.screen import Screen
from harness_base.errors import DataError
from tasks.data.split import is_measured


def test_a_named_set_attacks_with_the_half_that_nothing_measures(shared_data: Path, tmp_path: Path) -> None:
    """The other half is counted, and is no overlap even under `--strict`."""
    flags = {"red_team.sources": ("dangerousqa",), "data_dir": str(shared_data)}
    config = load_config("sandbox", None, flags, {})
    loaded = red_team_prompts(config, load_model(config.model, tmp_path), Screen([], strict=True))
    assert len(loaded.prompts) == 120
    assert loaded.skipped == {KEPT: 80}
    assert not any(is_measured(prompt.text) for prompt in loaded.prompts)


def test_a_misspelt_set_is_told_from_a_file_before_anything_is_loaded() -> None:
    with pytest.raises(DataError, match="no red-team file dangerousq; did you mean dangerousqa"):
        check_sources(["sandbox", "hh_rlhf", "dangerousq"])


def test_a_missing_file_of_harmless_prompts_is_named_as_one_before_anything_is_loaded() -> None:
    with pytest.raises(DataError, match=r"There is no file of harmless prompts missing\.txt"):
        check_sources(["sandbox"], ["sandbox", "missing.txt"])
