"""How many tokens may go through a model at once: as many as help, and no more than the memory at hand takes."""

from __future__ import annotations

import psutil
import torch

from iteralign.core.libraries import Network

_SHARE = 0.5
"""Of the free memory: the rest is for what the estimate leaves out."""
_SCORED_AT_ONCE = {"cpu": 1_024, "cuda": 32_768}
"""On 2 cores a pass of 1,024 tokens runs at the speed of larger ones, in less memory (docs/performance.md)."""
_GENERATED_AT_ONCE = {"cpu": 16_384, "cuda": 262_144}
"""Prompts and answers of a batch together. On 2 cores the practice model is fastest with 128 rows of about 100."""
_KEPT_AT_ONCE = {"cpu": 131_072, "cuda": 262_144}
"""The same of rows that come and go, whose keys and values are never copied."""


def scoring_budget(model: Network) -> int:
    """Most tokens of one pass that reads: activations of a layer, and logits of every token in float32, twice."""
    config = model.config.get_text_config()
    hidden = config.hidden_size
    inner = getattr(config, "intermediate_size", None) or 4 * hidden
    per_token = model.dtype.itemsize * (8 * hidden + 3 * inner) + 2 * 4 * config.vocab_size
    return _fitting(model, _SCORED_AT_ONCE, per_token)


def generation_budget(model: Network) -> int:
    """Most tokens of a batch, prompts and answers together."""
    # Twice, since a growing cache is copied at each step.
    return _fitting(model, _GENERATED_AT_ONCE, 2 * _kept_per_token(model))


def rows_budget(model: Network) -> int:
    """Most tokens, prompts and answers together, of the rows that are under way at once, in all passes."""
    return _fitting(model, _KEPT_AT_ONCE, _kept_per_token(model))


def _kept_per_token(model: Network) -> int:
    """Bytes of a token's keys and values in all layers."""
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    kept = getattr(config, "num_key_value_heads", None) or heads
    return int(2 * model.dtype.itemsize * config.num_hidden_layers * kept * size)


def _fitting(model: Network, limits: dict[str, int], per_token: int) -> int:
    """The limit, halved until it fits: in steps, so that a little memory more or less changes no batch."""
    budget = limits.get(model.device.type, limits["cpu"])
    free = _free_bytes(model.device) * _SHARE
    while budget > 1 and budget * per_token > free:
        budget //= 2
    return budget


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free) + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(psutil.virtual_memory().available)
