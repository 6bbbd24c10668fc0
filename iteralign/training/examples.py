"""Dialogues in token ids, as they are trained on, and what a network says to a few of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from iteralign.core.libraries import Network

PROBES = 8
"""Examples that a network is probed with."""


@dataclass(frozen=True)
class Example:
    """Token ids of a whole dialogue; the first `context` of them carry no loss."""

    ids: list[int]
    context: int


@torch.inference_mode()
def probe_logits(network: Network, examples: Sequence[Example]) -> torch.Tensor:
    """Last-position logits, (probes, vocabulary) in float32 on the CPU, of the first few examples' contexts."""
    network.eval()
    rows = [example.ids[: max(example.context, 1)] for example in examples[:PROBES]]
    outputs = [network(input_ids=torch.tensor([row], device=network.device)).logits[0, -1] for row in rows]
    return torch.stack(outputs).float().cpu()
