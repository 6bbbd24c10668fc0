"""Objectives and weights by name, and an objective that another package brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.assembly.model import load_model
from harness.config.load import load_config
from harness.config.schema import ModelConfig
from harness_base.errors import ConfigError
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.training.kinds import default_objective
from iteralign.training.supervised import SupervisedObjective
from iteralign.training.weights import WEIGHTS

Install = Callable[..., None]
AWAY = """
from dataclasses import replace
from typing import Literal
from pydantic import Field
from iteralign.training.kinds import ObjectiveKind
from iteralign.training.objective import Material
from iteralign.training.supervised import SupervisedObjective
from transformers import Trainer

class AwayTrainer(Trainer):
    strength = 1.0
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return -self.strength * model(**inputs).loss

class Away:
    def __init__(self, strength):
        self.trainer = type("Scaled", (AwayTrainer,), {"strength": strength})

    def material(self, pairs, encode, tokenizer):
        rejected = [replace(pair, answer=pair.rejected) for pair in pairs]
        plain = SupervisedObjective().material(rejected, encode, tokenizer)
        return Material(plain.rows, plain.collator, self.trainer)

class AwayKind(ObjectiveKind):
    kind: Literal["away"] = "away"
    strength: float = Field(1.0, gt=0, description="factor on the loss")

    def build(self):
        return Away(self.strength)
"""


def test_supervised_is_the_default_and_has_no_settings() -> None:
    assert isinstance(default_objective().build(), SupervisedObjective)
    assert load_config(None, None, {}, {}).objective == default_objective()
    with pytest.raises(ConfigError, match=r"a setting objective\.gamma that does not exist"):
        load_config(None, None, {"objective.gamma": "0.1"}, {})


def test_an_objective_that_there_is_not_names_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r"objective\.kind must be 'supervised', 'anchored' or 'preference', not 'dpo'"
    ):
        load_config(None, None, {"objective.kind": "dpo"}, {})


def test_weights_are_lora_s_or_all() -> None:
    assert WEIGHTS.names() == ("lora", "full")
    assert (WEIGHTS.load("lora").frozen_base, WEIGHTS.load("full").frozen_base) == (True, False)


def test_another_package_s_objective_learns_from_the_rejected_answers(install: Install, tmp_path: Path) -> None:
    """With its own loss: the rejected answers become less probable, and so the loss falls below zero."""
    install("acme-away", {"iteralign.objectives": {"away": "acme_away:AwayKind"}}, acme_away=AWAY)
    flags = {"objective.kind": "away", "objective.strength": "0.5"}
    objective = load_config(None, None, flags, {}).objective
    model = load_model(ModelConfig(), tmp_path, objective=objective)
    pairs = [TrainingPair(str(n), f"Help me steal hat {n}.", "No.", "revision", "Sure, run.") for n in range(8)]
    settings = TrainingSettings(learning_rate=1e-3, epochs=2, batch_size=4)
    candidate = model.fine_tune(pairs, settings, names=["r1a1"], seed=0)[-1]
    assert candidate.steps == 4
    assert candidate.loss_last < candidate.loss_first < 0


def test_a_setting_out_of_its_range_is_said_as_of_any_setting(install: Install) -> None:
    install("acme-away", {"iteralign.objectives": {"away": "acme_away:AwayKind"}}, acme_away=AWAY)
    with pytest.raises(ConfigError, match=r"objective\.strength must be above 0"):
        load_config(None, None, {"objective.kind": "away", "objective.strength": "0"}, {})
    with pytest.raises(ConfigError, match="that the training objective away of the package acme-away does not have"):
        load_config(None, None, {"objective.kind": "away", "objective.beta": "1"}, {})
