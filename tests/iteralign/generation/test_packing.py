"""Weights that are laid out anew give the same products, and are gone afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from iteralign.generation.packing import packed

torch.set_num_threads(1)

IDS = torch.arange(40).reshape(4, 10)


@pytest.fixture
def llama() -> Any:
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(LlamaConfig(vocab_size=128, attention_bias=True, initializer_range=0.3, **sizes)).eval()


def logits(network: Any) -> torch.Tensor:
    with torch.inference_mode():
        found: torch.Tensor = network(input_ids=IDS).logits
    return found


def replaced(network: Any) -> int:
    return sum("forward" in layer.__dict__ for layer in network.modules())


def test_the_numbers_are_the_same_up_to_rounding(llama: Any) -> None:
    """With biases, and for other numbers of rows than the weights were laid out for."""
    right = logits(llama)
    for rows in (8, 64):
        with packed(llama, rows=rows, tokens=10_000):
            assert replaced(llama) == 15
            assert torch.allclose(logits(llama), right, atol=1e-4)


def test_the_last_layer_can_be_left_out(llama: Any) -> None:
    """Where only a few of its places are read."""
    right = logits(llama)
    with packed(llama, rows=64, tokens=10_000, head=False):
        assert replaced(llama) == 14
        assert "forward" not in llama.lm_head.__dict__
        assert torch.allclose(logits(llama), right, atol=1e-4)


def test_a_product_that_comes_out_otherwise_is_not_used(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one with weights that were laid out for another layer."""
    laid_out = torch.ops.mkldnn._reorder_linear_weight
    monkeypatch.setattr(
        torch.ops.mkldnn, "_reorder_linear_weight", lambda weight, rows: laid_out(weight.flip(0).contiguous(), rows)
    )
    with packed(llama, rows=16, tokens=10_000):
        assert replaced(llama) == 0


def test_afterwards_every_layer_is_as_before(llama: Any) -> None:
    """Also where something went wrong inside."""
    with pytest.raises(ValueError, match="inside"), packed(llama, rows=16, tokens=10_000):
        raise ValueError("inside")
    assert replaced(llama) == 0


@pytest.mark.parametrize(("rows", "tokens"), [(1, 10_000), (16, 100)], ids=["few rows", "few tokens"])
def test_little_work_is_not_worth_it(llama: Any, rows: int, tokens: int) -> None:
    with packed(llama, rows=rows, tokens=tokens):
        assert replaced(llama) == 0


def test_lower_precision_and_other_layers_are_left_alone(llama: Any) -> None:
    """Such as a layer that peft's adapters are wrapped round, or one whose product was replaced already."""
    llama.lm_head.forward = lambda hidden: hidden
    with packed(llama, rows=16, tokens=10_000):
        assert replaced(llama) == 15
        assert llama.lm_head(torch.ones(1)) == torch.ones(1)
    assert "forward" in llama.lm_head.__dict__
    with packed(llama.to(torch.bfloat16), rows=16, tokens=10_000):
        assert replaced(llama) == 1


def test_a_copy_that_takes_too_much_memory_is_not_made(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 1_000

    monkeypatch.setattr("psutil.virtual_memory", Memory)
    with packed(llama, rows=16, tokens=10_000):
        assert replaced(llama) == 0
