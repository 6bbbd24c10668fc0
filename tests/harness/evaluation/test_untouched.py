"""lm-eval takes a model over without altering it, or the evaluation does not begin."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from harness.evaluation.untouched import untouched
from harness_base.errors import ModelError
from iteralign.sandbox import PRACTICE_MODEL_DIR


@pytest.fixture
def network() -> Any:
    return AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR, dtype=torch.float32)


def test_a_model_that_is_altered_meanwhile_is_refused(network: Any) -> None:
    with pytest.raises(ModelError, match="computes something else once lm-eval has taken it over"), untouched(network):
        network.lm_head.weight.data = network.lm_head.weight.data * 1.01


def test_tying_again_does_nothing_inside_and_is_what_it_was_afterwards(network: Any) -> None:
    network.lm_head.weight = torch.nn.Parameter(network.lm_head.weight * 0.5)
    with untouched(network):
        network.tie_weights()
        assert network.lm_head.weight is not network.model.embed_tokens.weight
    assert "tie_weights" not in network.__dict__


def test_weights_that_are_not_finite_are_no_alteration(network: Any) -> None:
    network.model.norm.weight.data[:] = torch.nan
    with untouched(network):
        pass
