"""Every arm is a configuration that a run would start with, and differs from the recipe in what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.real_model.arms import RECIPE, STRENGTHS, Arm, all_arms
from benchmarks.real_model.given import Given
from harness.config.load import load_config
from harness.constitution.files import read_constitution
from iteralign.red_team.everyday import everyday_prompts


@pytest.fixture
def configured(tmp_path: Path, shared_data: Path) -> Any:
    """The configuration of one run of an arm."""

    def load(arm: Arm) -> Any:
        flags = arm.flags(Given(tmp_path, shared_data), tmp_path, 1)
        return load_config(RECIPE, None, flags, {})

    return load


@pytest.mark.parametrize("arm", all_arms(), ids=lambda arm: arm.name)
def test_an_arm_is_a_run_without_a_gate_at_four_strengths(arm: Arm, configured: Any) -> None:
    config = configured(arm)
    assert not config.gate.enabled
    assert config.training.strengths == STRENGTHS
    assert config.seed == 1
    assert arm.full == (config.training.weights == "full")


def named(name: str) -> Arm:
    return next(arm for arm in all_arms() if arm.name == name)


def test_one_principle_is_left_out(configured: Any) -> None:
    whole = read_constitution(Path("recipes/constitutions/everyday-harms.yaml"))
    left = read_constitution(configured(named("without-principle-3")).constitution.file)
    assert [each.text for each in left] == [each.text for place, each in enumerate(whole) if place != 2]


def test_unrelated_examples_decline_nothing_and_leave_the_twins(configured: Any) -> None:
    principles = read_constitution(configured(named("unrelated-examples")).constitution.file)
    examples = [example for principle in principles for example in principle.examples]
    assert all("can't help" not in example.answer for example in examples if example.forbidden)
    assert sum(example.forbidden for example in examples) >= 8


def test_without_twins_replays_plain_prompts_alone(configured: Any) -> None:
    config = configured(named("without-twins"))
    assert config.training.replayed_twins == 0
    [file] = config.red_team.harmless
    assert len(Path(file).read_text(encoding="utf-8").splitlines()) == sum(
        prompt.type == "plain" for prompt in everyday_prompts()
    )
