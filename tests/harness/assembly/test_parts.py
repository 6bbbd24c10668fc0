"""The parts of a run, built from its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.assembly import parts
from harness.config.schema import OracleConfig, load_config
from harness.contamination.screen import Screen
from harness_base.errors import DataError
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


def test_a_missing_file_of_harmless_prompts_is_named_as_one_before_anything_is_loaded() -> None:
    with pytest.raises(DataError, match=r"There is no file of harmless prompts missing\.txt"):
        parts.check_sources(["sandbox"], ["sandbox", "missing.txt"])


def _name(**settings: Any) -> str:
    config = OracleConfig(kind="openai", url="http://127.0.0.1:1/v1", model="m", **settings)
    return parts.oracle_name(config, parts.make_oracle(config))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "m at http://127.0.0.1:1/v1, prompt 2"),
        ({"temperature": 0.5}, "m at http://127.0.0.1:1/v1, prompt 2, temperature 0.5"),
        ({"temperature": None}, "m at http://127.0.0.1:1/v1, prompt 2, temperature its own"),
        ({"reasoning_effort": "low"}, "m at http://127.0.0.1:1/v1, prompt 2, reasoning effort low"),
        ({"extra_body": {"top_p": 0.9}}, 'm at http://127.0.0.1:1/v1, prompt 2, with {"top_p": 0.9}'),
        ({"timeout_s": 5.0, "concurrency": 2, "json_schema": "off"}, "m at http://127.0.0.1:1/v1, prompt 2"),
    ],
)
def test_a_judge_that_is_asked_otherwise_is_another_judge(settings: dict[str, Any], said: str) -> None:
    """By what shapes its verdicts, and by nothing else."""
    assert _name(**settings) == said
