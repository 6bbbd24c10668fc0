"""An adapter added into the weights while a model only reads: on a small model LoRA's own products cost a third.

peft keeps a LoRA adapter beside the weights, as two more products for every layer, which is right for training and
for switching. In float32 the sum gives the same numbers up to rounding.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from iteralign.core.libraries import Layer, Network

_MAX_BYTES = 2**30
"""Of adapted weights, of which a second copy is held meanwhile. For larger models LoRA's products hardly count."""


@contextmanager
def merged(network: Network) -> Iterator[None]:
    """Inside, the active adapter is part of the weights; afterwards the weights are the very tensors from before.

    Nothing is done in lower precision than float32, where the sum would be rounded, nor to what is no plain LoRA layer.
    """
    layers = _mergeable(network)
    before = [layer.get_base_layer().weight.data for layer in layers]
    if sum(weight.nbytes for weight in before) > _MAX_BYTES:
        layers = []
    try:
        for layer, weight in zip(layers, before, strict=False):
            layer.get_base_layer().weight.data = weight.clone()
            layer.merge()  # into the clone; without peft's check for NaN, which must show in what is measured
        yield
    finally:
        for layer, weight in zip(layers, before, strict=False):
            layer.get_base_layer().weight.data = weight
            layer.merged_adapters.clear()


def _mergeable(network: Network) -> list[Layer]:
    if "peft" not in sys.modules:  # then nobody has put an adapter on anything, and importing it takes a second
        return []
    from peft.tuners.lora import Linear

    places = Counter(id(parameter) for _, parameter in network.named_parameters(remove_duplicate=False))
    return [
        layer
        for layer in network.modules()
        # What is added into a weight that the embeddings share would change them too.
        if isinstance(layer, Linear) and places[id(layer.get_base_layer().weight)] == 1 and _can_merge(layer)
    ]


def _can_merge(layer: Layer) -> bool:
    base = layer.get_base_layer()
    plain = type(base) is torch.nn.Linear and not layer.lora_variant and not any(layer.lora_bias.values())
    active = not layer.disable_adapters and not layer.merged
    return bool(plain and active and base.weight.dtype == torch.float32)
