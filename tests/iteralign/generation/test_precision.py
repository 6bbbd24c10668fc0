"""A processor that is slow at a precision is told from one that isn't."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from iteralign.generation.precision import has_no_instructions

SIZES: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
AVX512 = re.compile(r"\b(avx512bw|avx_ne_convert|amx_bf16|bf16)\b")
"""Flags of processors that may compute in bfloat16; without any of them none does."""


def llama(dtype: torch.dtype) -> Any:
    return LlamaForCausalLM(LlamaConfig(vocab_size=64, **SIZES)).to(dtype)


def test_float32_is_at_home_everywhere() -> None:
    assert not has_no_instructions(llama(torch.float32))


@pytest.mark.skipif(
    not Path("/proc/cpuinfo").exists() or bool(AVX512.search(Path("/proc/cpuinfo").read_text())),
    reason="this processor may have instructions for bfloat16, or does not say",
)
def test_a_processor_whose_flags_name_none_has_no_instructions_for_bfloat16() -> None:
    assert has_no_instructions(llama(torch.bfloat16))
