"""How answers are decoded: greedily, or sampled where that is asked for, whatever the model's folder would have.

A folder's `generation_config.json` (and the older keys of `config.json`) can ask for beams, penalties, forbidden
tokens, least lengths and more, and transformers fills whatever a caller leaves open from there. Here decoding starts
from a clean configuration. Of the folder's only the end tokens are kept: they are part of what the model learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from transformers import GenerationConfig

from harness_base.errors import TaskError
from iteralign.core.libraries import JsonObject, Network, Tokenizer

_SAMPLED_ONLY = frozenset({"temperature", "top_p", "top_k", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff"})
_WHOLE_DISTRIBUTION = {"top_k": 0, "top_p": 1.0}


def end_tokens(network: Network, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The ids that end an answer, in order: the tokenizer's end token, and those that the model's folder names."""
    own = network.generation_config
    of_folder = own.eos_token_id if own is not None else None
    ends = of_folder if isinstance(of_folder, list | tuple) else [of_folder]
    return tuple(sorted({int(token) for token in [*ends, tokenizer.eos_token_id] if token is not None}))


def configuration(
    network: Network,
    tokenizer: Tokenizer,
    *,
    new_tokens: int,
    temperature: float = 0.0,
    of_task: JsonObject | None = None,
) -> GenerationConfig:
    """What `generate` is to be called with for at most `new_tokens` tokens: greedy at temperature 0, or else sampled.

    `of_task` holds the settings that a task of lm-eval's own asks for by name; it is sampled only where those say so.
    Raises TaskError where they ask for beams.
    """
    if of_task is None:
        how = {"do_sample": True, "temperature": temperature, **_WHOLE_DISTRIBUTION} if temperature else {}
    else:
        how = of_tasks_own(of_task)
    return GenerationConfig(  # type: ignore[no-untyped-call]
        **{"do_sample": False, **how},
        max_new_tokens=max(1, new_tokens),
        use_cache=True,
        eos_token_id=list(end_tokens(network, tokenizer)) or None,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )


def of_tasks_own(settings: JsonObject) -> JsonObject:
    """A task's settings as they are followed: those for sampling only where it asks to be sampled, as in lm-eval.

    Raises TaskError where they ask for beams.
    """
    if any((settings.get(name) or 1) != 1 for name in ("num_beams", "num_return_sequences")):
        raise TaskError("A task asks for several beams, but answers are greedy or sampled here; leave the task out.")
    if settings.get("do_sample") and settings.get("temperature") != 0:
        return dict(settings)
    return {key: value for key, value in settings.items() if key not in _SAMPLED_ONLY | {"do_sample"}}


def generate(
    network: Network, config: GenerationConfig, arguments: Mapping[str, object], *, seed: int = 0
) -> torch.Tensor:
    """The prompts with what the network writes after them, decoded by `config` alone; `arguments` hold the prompts.

    What is sampled is drawn from `seed`, and no global generator is touched.
    """
    with _nothing_of_the_folders(network), torch.random.fork_rng():
        torch.manual_seed(seed)
        written: torch.Tensor = network.generate(generation_config=config, **arguments)
    return written


@contextmanager
def _nothing_of_the_folders(network: Network) -> Iterator[None]:
    """transformers takes what a given configuration leaves open from the network's own: inside, that is empty.

    It is put back, since a model that is saved keeps its folder's.
    """
    holders = [network, network.get_base_model()] if hasattr(network, "get_base_model") else [network]
    before = [holder.generation_config for holder in holders]
    try:
        for holder in holders:
            holder.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        yield
    finally:
        for holder, own in zip(holders, before, strict=True):
            holder.generation_config = own


def until_end(tokens: Sequence[int], ends: Sequence[int]) -> tuple[list[int], bool]:
    """The tokens before the first end token, and whether there is one: what comes after it is padding, not text."""
    at = next((place for place, token in enumerate(tokens) if token in ends), None)
    return (list(tokens), False) if at is None else (list(tokens[:at]), True)


def describe(network: Network, tokenizer: Tokenizer) -> dict[str, str]:
    """What decoding depends on beside the weights and the prompt, for a fingerprint."""
    return {
        "decoding": "greedy, by nothing of the folder's but its end tokens",
        "end_tokens": " ".join(str(token) for token in end_tokens(network, tokenizer)),
    }
