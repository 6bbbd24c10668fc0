"""The parts of a run, built from its configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import parts
from harness.config import load_config
from harness.screening import Screen
from harness_errors import DataError
from tasks.data.split import is_measured


def test_a_named_set_attacks_with_the_half_that_nothing_measures(shared_data: Path, tmp_path: Path) -> None:
    """The other half is counted, and is no overlap even under `--strict`."""
    flags = {"red_team.sources": ("dangerousqa",), "data_dir": str(shared_data)}
    config = load_config("sandbox", None, flags, {})
    loaded = parts.red_team(config, parts.load_model(config.model, tmp_path), Screen([], strict=True))
    assert len(loaded.prompts) == 120
    assert loaded.skipped == {parts.KEPT: 80}
    assert not any(is_measured(prompt.text) for prompt in loaded.prompts)


def test_a_misspelt_set_is_told_from_a_file_before_anything_is_loaded() -> None:
    with pytest.raises(DataError, match="no red-team file dangerousq; did you mean dangerousqa"):
        parts.check_sources(["sandbox", "hh_rlhf", "dangerousq"])
