"""The precision that a model computes in: logits in float32 whatever its weights have, and what a processor lacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812  # its name everywhere

from iteralign.core.libraries import Layer, Network

_LOW = (torch.bfloat16, torch.float16)


def has_no_instructions(network: Network) -> bool:
    """Whether the weights have a precision that this CPU computes in only by way of another."""
    if network.device.type != "cpu" or network.dtype not in _LOW:
        return False
    supported = "_is_mkldnn_bf16_supported" if network.dtype == torch.bfloat16 else "_is_mkldnn_fp16_supported"
    return not bool(getattr(torch.ops.mkldnn, supported)())


@contextmanager
def float32_logits(model: Network) -> Iterator[None]:
    """Inside, the last layer multiplies in float32, whatever precision the model's weights have.

    In bfloat16 the logits of two choices often are the same number (about 2 % of summed A/B answers). The linear layer
    that an adapter of peft's has saved, or adds to, multiplies in float32 too. A last layer with no plain linear one in
    it (quantised, say) keeps its product, as float32 numbers.
    """
    head = model.get_output_embeddings()
    if head is None or not any(weight.dtype in _LOW for weight in head.parameters()):
        yield
        return
    linear = _linear_in(head)
    if linear is not None:
        # Set on the instance for the time being: the class's own method stays for everybody else.
        linear.__dict__["forward"] = partial(_float32_product, linear)
    hook = head.register_forward_hook(lambda _module, _inputs, output: output.float())
    try:
        yield
    finally:
        hook.remove()
        if linear is not None:
            del linear.__dict__["forward"]


def _linear_in(head: Layer) -> Layer | None:
    """The plain linear layer that the last layer is, or that an adapter of peft's is wrapped round."""
    if type(head) is torch.nn.Linear:
        return head
    saved = getattr(head, "modules_to_save", None)
    if saved is not None:
        active = [] if head.disable_adapters else [name for name in head.active_adapters if name in saved]
        inner = saved[active[0]] if active else head.original_module
    else:
        inner = head.get_base_layer() if hasattr(head, "get_base_layer") else None
    return inner if type(inner) is torch.nn.Linear else None


def _float32_product(head: torch.nn.Linear, hidden: torch.Tensor) -> torch.Tensor:
    return F.linear(hidden.float(), head.weight.float(), None if head.bias is None else head.bias.float())
