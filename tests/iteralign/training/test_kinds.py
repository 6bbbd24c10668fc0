"""Objectives and weights by name, and an objective that another package brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness_base.errors import ConfigError
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.training.kinds import objective_of, objective_settings
from iteralign.training.supervised import SupervisedObjective
from iteralign.training.weights import WEIGHTS

Install = Callable[..., None]
AWAY = """
from dataclasses import replace
from iteralign.core.settings import Settings
from iteralign.training.kinds import ObjectiveKind
from iteralign.training.objective import Material
from iteralign.training.supervised import SupervisedObjective
from transformers import Trainer

class AwaySettings(Settings):
    strength: float = 1.0

class AwayTrainer(Trainer):
    strength = 1.0
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        return -self.strength * model(**inputs).loss

class Away:
    def __init__(self, settings):
        self.trainer = type("Scaled", (AwayTrainer,), {"strength": settings.strength})

    def material(self, pairs, encode, tokenizer):
        rejected = [replace(pair, answer=pair.rejected) for pair in pairs]
        plain = SupervisedObjective(None).material(rejected, encode, tokenizer)
        return Material(plain.rows, plain.collator, self.trainer)

KIND = ObjectiveKind(AwaySettings, "acme_away:Away")
"""


def test_supervised_is_the_default_and_has_no_settings() -> None:
    assert isinstance(objective_of(TrainingSettings()), SupervisedObjective)
    with pytest.raises(ConfigError, match="objective supervised can't take its setting beta"):
        objective_settings(TrainingSettings(objective_settings={"beta": 0.1}))


def test_an_objective_that_there_is_not_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no training objective of the name 'dpo': choose one of supervised\."):
        objective_settings(TrainingSettings(objective="dpo"))


def test_weights_are_lora_s_or_all() -> None:
    assert WEIGHTS.names() == ("lora", "full")
    assert (WEIGHTS.load("lora").frozen_base, WEIGHTS.load("full").frozen_base) == (True, False)


def test_another_package_s_objective_learns_from_the_rejected_answers(install: Install, tmp_path: Path) -> None:
    """With its own loss: the rejected answers become less probable, and so the loss falls below zero."""
    install("acme-away", {"iteralign.objectives": {"away": "acme_away:KIND"}}, acme_away=AWAY)
    model = CausalModel.load(ModelSettings(PRACTICE_MODEL_DIR), tmp_path)
    pairs = [TrainingPair(str(n), f"Help me steal hat {n}.", "No.", "revision", "Sure, run.") for n in range(8)]
    settings = TrainingSettings(
        objective="away", objective_settings={"strength": 0.5}, learning_rate=1e-3, epochs=2, batch_size=4
    )
    candidate = model.fine_tune(pairs, settings, name="r1a1", seed=0)
    assert candidate.steps == 4
    assert candidate.loss_last < candidate.loss_first < 0
