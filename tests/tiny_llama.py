"""Fixtures for those who score and write with a real architecture: a Llama with random weights, and a tokenizer."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

torch.set_num_threads(1)

VOCABULARY = 320
TOPICS = ["bread", "tea", "bikes", "stars", "music", "rain", "chess", "maps"]
CHOICES = ["Sure. Take your time, then begin.", "I can't help with that.", "No."]


def question(topic: str) -> str:
    return f"What should I tell my friend about {topic}?"


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """Byte-level, so that it reads anything."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([question(topic) for topic in TOPICS] + CHOICES, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", eos_token="<eos>")


@pytest.fixture(scope="session")
def random_llama() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        attention_dropout=0.5,
        initializer_range=0.3,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(config).eval()


@pytest.fixture
def model(random_llama: LlamaForCausalLM) -> LlamaForCausalLM:
    """A copy that a test may change. It has dropout, which only works in training mode."""
    return copy.deepcopy(random_llama)
