"""Logits in float32 of a model whose weights have less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  # its name everywhere

_LOW = (torch.bfloat16, torch.float16)


@contextmanager
def float32_logits(model: Any) -> Iterator[None]:
    """Inside, the last layer multiplies in float32, whatever precision the model's weights have.

    In bfloat16 the logits of two choices often are the same number (about 2 % of summed A/B answers). A last layer that
    is no plain linear one (quantised, or with an adapter of its own) keeps its product, as float32 numbers.
    """
    head = model.get_output_embeddings()
    if head is None or not any(weight.dtype in _LOW for weight in head.parameters()):
        yield
        return
    if type(head) is torch.nn.Linear:
        # Set on the instance for the time being: the class's own method stays for everybody else.
        head.__dict__["forward"] = partial(_float32_product, head)
        try:
            yield
        finally:
            del head.__dict__["forward"]
        return
    hook = head.register_forward_hook(lambda _module, _inputs, output: output.float())
    try:
        yield
    finally:
        hook.remove()


def _float32_product(head: torch.nn.Linear, hidden: torch.Tensor) -> torch.Tensor:
    return F.linear(hidden.float(), head.weight.float(), None if head.bias is None else head.bias.float())
