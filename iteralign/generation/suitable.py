"""Whether a network can be written with row by row: a wrong mask or position is no error, only another number.

So before `iteralign.generation.continuous` is trusted with a network, two short rows of different lengths go through it
as they would, and have to be given the logits that each gets alone, in a plain pass without a cache.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from iteralign.core.libraries import Network
from iteralign.generation.slots import Slots, plain_cache

_UNFIT = (RuntimeError, ValueError, TypeError, IndexError, AttributeError, KeyError)
"""What models raise that can't take such a mask, such a cache or such positions."""
_LENGTHS = (12, 7)
"""Tokens of the two rows: enough for a mask to matter."""
_PREFIX = 3
_TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-3}
_LOW_TOLERANCE = 0.3
"""Of a logit's spread over the vocabulary. Rounding makes a hundredth of it, a wrong mask more than all."""


@torch.inference_mode()
def suits(network: Network, sample: Sequence[int]) -> bool | None:
    """Whether rows of `sample`'s tokens get the logits of plain passes; None where those are not finite."""
    ids = (list(sample) * max(_LENGTHS))[: max(_LENGTHS)]
    try:
        if not plain_cache(network):
            return False
        alone = torch.cat([_alone(network, ids[:length]) for length in _LENGTHS]).float()
        if not torch.isfinite(alone).all():
            return None
        together = _together(network, ids).float()
    except _UNFIT:
        return False
    largest = float((alone - together).abs().max() / alone.std())
    return largest <= _TOLERANCE.get(network.dtype, _LOW_TOLERANCE)


def _alone(network: Network, ids: Sequence[int]) -> torch.Tensor:
    """The logits behind the last two tokens, [2, vocabulary]."""
    logits: torch.Tensor = network(input_ids=torch.tensor([ids], device=network.device), use_cache=False).logits
    return logits[0, -2:]


def _together(network: Network, ids: Sequence[int]) -> torch.Tensor:
    """The same, row after row: the beginning read in one row and copied, the rest read and written side by side."""
    device, longest = network.device, max(_LENGTHS)
    slots = Slots(network, len(_LENGTHS), longest)
    network(input_ids=torch.tensor([ids[:_PREFIX]], device=device), **slots.reading(slice(0, 1), 0, _PREFIX))
    slots.copy(0, slice(1, None), slice(0, _PREFIX))
    texts = [[*ids[_PREFIX : length - 2], *[0] * (longest - length)] for length in _LENGTHS]
    read = slots.reading(slice(0, len(texts)), _PREFIX, longest - 2 - _PREFIX)
    network(input_ids=torch.tensor(texts, device=device), **read)
    logits = []
    for back in (2, 1):
        at = [length - back for length in _LENGTHS]
        following = torch.tensor([[ids[place]] for place in at], device=device)
        passed = network(input_ids=following, **slots.writing(torch.tensor(at, device=device), max(at)))
        logits.append(passed.logits[:, -1])
    return torch.stack(logits, dim=1).flatten(0, 1)
