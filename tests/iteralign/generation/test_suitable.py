"""Only networks that give the same logits row by row are written with in rows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import BloomConfig, BloomForCausalLM, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from iteralign.generation.suitable import suits

torch.set_num_threads(1)

SIZES: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
}
SAMPLE = list(range(40, 56))


def seeded(architecture: Any, config: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return architecture(config).eval()


@pytest.fixture
def llama() -> Any:
    return seeded(LlamaForCausalLM, LlamaConfig(**SIZES))


@pytest.mark.parametrize("sample", [SAMPLE, [7]], ids=["long", "one token"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_plain_network_does(llama: Any, dtype: torch.dtype, sample: list[int]) -> None:
    assert suits(llama.to(dtype), sample) is True


def test_a_sliding_window_does_not() -> None:
    """Nor does one that is longer than what is tried: its cache says what it is."""
    assert suits(seeded(MistralForCausalLM, MistralConfig(**SIZES, sliding_window=8)), SAMPLE) is False
    assert suits(seeded(MistralForCausalLM, MistralConfig(**SIZES, sliding_window=800)), SAMPLE) is False


def test_positions_that_come_from_the_mask_do_not() -> None:
    """BLOOM's."""
    config = BloomConfig(vocab_size=128, hidden_size=32, n_layer=2, n_head=2, initializer_range=0.3)
    assert suits(seeded(BloomForCausalLM, config), SAMPLE) is False


def test_a_network_that_takes_no_notice_of_the_mask_does_not(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers are others, and nothing fails."""
    whole = llama.forward

    def without_mask(*args: Any, attention_mask: Any = None, **rest: Any) -> Any:
        return whole(*args, attention_mask=None if attention_mask is None else attention_mask * 0, **rest)

    monkeypatch.setattr(llama, "forward", without_mask)
    assert suits(llama, SAMPLE) is False


def test_of_a_broken_network_nothing_is_known(llama: Any) -> None:
    """It may be mended."""
    with torch.no_grad():
        llama.lm_head.weight.fill_(float("nan"))
    assert suits(llama, SAMPLE) is None
