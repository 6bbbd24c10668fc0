"""Log-probabilities of requests by plain passes: every sequence whole, padded, as transformers documents it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch

from iteralign.core.libraries import Network
from iteralign.scoring.token_tree import Pair, Tokens


@torch.inference_mode()
def plain(network: Network, pairs: Sequence[Pair], *, pad: int) -> list[float]:
    """The log-probability of each request's choice, summed over its tokens, in nats, by one pass over all of them.

    `network` is a transformers causal language model in eval mode, to be called inside `float32_logits`. The last token
    of a choice is only predicted, so requests that differ in nothing else share a row.
    """
    rows = {row: number for number, row in enumerate(rows_of(pairs))}
    places = [
        (index, rows[context + choice[:-1]], len(context) - 1 + offset, token)
        for index, (context, choice) in enumerate(pairs)
        for offset, token in enumerate(choice)
    ]
    logits, columns = _logits(network, list(rows), sorted({column for _, _, column, _ in places}), pad)
    at = {column: index for index, column in enumerate(columns)}
    picked = logits[[row for _, row, _, _ in places], [at[column] for _, _, column, _ in places]]
    logs = torch.log_softmax(picked.float(), dim=-1)
    tokens = torch.tensor([token for *_, token in places], device=logs.device)
    sums = [0.0] * len(pairs)
    for (index, *_), value in zip(places, logs.gather(1, tokens[:, None])[:, 0].tolist(), strict=True):
        sums[index] += value
    return sums


def rows_of(pairs: Sequence[Pair]) -> list[Tokens]:
    """What a plain pass over these requests reads, each sequence once."""
    return list(dict.fromkeys(context + choice[:-1] for context, choice in pairs))


def _logits(
    network: Network, rows: Sequence[Tokens], columns: Sequence[int], pad: int
) -> tuple[torch.Tensor, Sequence[int]]:
    """Logits [rows, columns, vocabulary], and the columns that they are of: those asked for, or all of them."""
    width = max(map(len, rows))
    device = network.device
    # Padding on the right is behind everything that is read, and a causal model never looks there.
    arguments = {
        "input_ids": torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows], device=device),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device),
        "use_cache": False,
    }
    if "logits_to_keep" not in inspect.signature(network.forward).parameters:
        return network(**arguments).logits, range(width)
    return network(**arguments, logits_to_keep=torch.tensor(columns, device=device)).logits, columns


def all_finite(network: Network) -> bool:
    """Whether no weight is NaN or infinite: on a CPU, attention can turn NaN into numbers that look right."""
    floats = (weight for weight in network.parameters() if weight.is_floating_point())
    return all(bool(torch.isfinite(weight).all()) for weight in floats)
