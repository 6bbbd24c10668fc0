"""Weights laid out once for the products of a model that reads and writes on a CPU, and does not learn.

A step of decoding multiplies each weight with as many rows as there are answers under way. torch's own product lays
part of the weight out anew each time, which costs as much as the product itself for a few dozen rows, and some of it
for a thousand; oneDNN takes weights that were laid out once. What comes out is the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import torch

from iteralign.core.libraries import Layer, Network

_MIN_ROWS = 8
_MIN_TOKENS = 2_048
"""For fewer, laying out costs more than it saves."""
_TRIED_ROWS = 4
_TOLERANCE = 1e-4
"""Of the largest number; rounding makes a hundredth of it."""
_SHARE = 0.25
"""Of the free memory, for the second copy of the weights."""


@contextmanager
def packed(network: Network, *, rows: int, tokens: int, head: bool = True) -> Iterator[None]:
    """Inside, linear layers in float32 on a CPU multiply with a copy of their weights, laid out for so many rows.

    Nothing is done where so few `tokens` go through the network that it would not pay, nor where the copy would take
    too much of the free memory. Without `head` the last layer stays as it is. Weights must not change inside.
    """
    layers = _linear_layers(network) if rows >= _MIN_ROWS and tokens >= _MIN_TOKENS else []
    if not head:
        layers = [layer for layer in layers if layer is not network.get_output_embeddings()]
    if sum(layer.weight.nbytes for layer in layers) > _SHARE * psutil.virtual_memory().available:
        layers = []
    try:
        for layer in layers:
            with torch.inference_mode():
                weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight, rows)
            product = partial(_product, weight, layer.bias)
            if _agrees(layer, product):
                # Set on the instance for the time being: the class's own method stays for everybody else.
                layer.__dict__["forward"] = product
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("forward", None)


def _linear_layers(network: Network) -> list[Layer]:
    """What can be laid out: nothing where torch was built without oneDNN."""
    if network.device.type != "cpu" or not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return []
    return [
        layer
        for layer in network.modules()
        if type(layer) is torch.nn.Linear and layer.weight.dtype == torch.float32 and "forward" not in layer.__dict__
    ]


@torch.inference_mode()
def _agrees(layer: Layer, product: Callable[[torch.Tensor], torch.Tensor]) -> bool:
    """Whether a few rows come out as torch's own product has them: a wrong layout is no error, only other numbers."""
    cells = _TRIED_ROWS * layer.in_features
    hidden = torch.linspace(-1.0, 1.0, cells, dtype=layer.weight.dtype).reshape(_TRIED_ROWS, layer.in_features)
    right, found = layer(hidden), product(hidden)
    return bool((found - right).abs().max() <= _TOLERANCE * right.abs().max())


def _product(weight: torch.Tensor, bias: torch.Tensor | None, hidden: torch.Tensor) -> torch.Tensor:
    product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(hidden, weight, bias, "none", [], "")
    return product
