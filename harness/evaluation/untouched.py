"""What is measured is what was loaded: lm-eval's wrapper must not alter the model that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from harness_base.errors import ModelError
from iteralign.core.libraries import Network

_PROBES = 8


@contextmanager
def untouched(model: Network) -> Iterator[None]:
    """While lm-eval takes a model over. Raises ModelError where the model computes something else afterwards.

    lm-eval ties the embeddings of a model in memory once more. It does so after an adapter is in force, so that the
    adapter's own embeddings or head would be lost without a word, or it fails on the adapter's layers.
    """
    before = _logits(model)
    model.__dict__["tie_weights"] = lambda *_, **__: None  # on the instance, for the time being
    try:
        yield
    finally:
        del model.__dict__["tie_weights"]
    if not torch.allclose(before, _logits(model), rtol=0, atol=0, equal_nan=True):
        raise ModelError(
            f"{model.config.name_or_path} computes something else once lm-eval has taken it over, so that no score "
            "would be the model's; please report this model's architecture."
        )


@torch.inference_mode()
def _logits(model: Network) -> torch.Tensor:
    """Of the first few tokens, whatever they mean."""
    model.eval()
    known = int(model.config.get_text_config().vocab_size)
    ids = torch.arange(min(_PROBES, known), device=model.device)[None]
    logits: torch.Tensor = model(input_ids=ids).logits
    return logits
