"""Weights in memory of our own: safetensors maps its files, so that overwriting one would change the running model."""

from __future__ import annotations

import torch

from iteralign.core.libraries import Network


def own_memory(network: Network, ours: frozenset[int] = frozenset()) -> None:
    """Copy the weights that were loaded into memory that no file stands behind.

    `ours` holds the addresses of those that are ours already (see `addresses`).
    """
    copies: dict[tuple[object, ...], torch.Tensor] = {}
    for tensor in _tensors(network):
        if tensor.device.type == "cpu" and tensor.data_ptr() not in ours:
            place = (tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
            tensor.data = copies.setdefault(place, tensor.data.clone())


def addresses(network: Network) -> frozenset[int]:
    """Where the network's weights are in memory."""
    return frozenset(tensor.data_ptr() for tensor in _tensors(network))


def _tensors(network: Network) -> list[torch.Tensor]:
    return [*network.parameters(), *network.buffers()]
