"""The tiny model and its tokenizer."""

from __future__ import annotations

from tests.tiny_llama import model, random_llama, tokenizer

__all__ = ["model", "random_llama", "tokenizer"]
