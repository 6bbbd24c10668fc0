"""Whether a network and its tokenizer fit together: special tokens, token numbers, the template, and one look ahead."""

from __future__ import annotations

from pathlib import Path

import torch

from harness_base.errors import ModelError
from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.third_party import LONGEST, failures, memory_limit, muted
from iteralign.encoding import chat, tokens

_TRIAL = "How are you today? Say it in a few words, please."
_LOOPING = ("a" * 80 + "!", "x" * 80 + "\n" + " " * 80 + "-", "word " * 40 + "?", "0" * 80 + ".")
"""Texts over which a pattern that tries every way of splitting a run never ends."""
_TEMPLATE_BYTES = 1_000_000_000
"""A template can ask for more memory than there is, and the system would end the process."""
_MAX_TRIED = 48
_AHEAD = 4
"""Tokens; the fewer there are, the more each of them weighs in an encoder's attention."""
_ROUNDING = {torch.float32: 1e-4, torch.float64: 1e-6}
"""Share of the change at the last token itself that may be rounding at the others."""


def settle_special_tokens(network: Network, tokenizer: Tokenizer, path: Path) -> None:
    """Give the tokenizer an end token that the model knows and padding that is another one.

    Padding with the end token would mask the end in training: the model would never learn to stop. Raises ModelError
    where no end token is to be had.
    """
    rows = known_tokens(network)
    if tokenizer.eos_token_id is None:
        _take_end_from_config(network, tokenizer, rows)
    if tokenizer.eos_token_id is None:
        raise ModelError(f"{path} has no end-of-text token; set eos_token in its tokenizer_config.json.")
    if tokenizer.eos_token_id >= rows:
        raise ModelError(_beyond(path, f"the end token {tokenizer.eos_token!r:.40}", tokenizer.eos_token_id, rows))
    pad = tokenizer.pad_token_id
    if pad is None or pad == tokenizer.eos_token_id or pad >= rows:
        tokenizer.pad_token_id = _padding(tokenizer, rows)
    if network.generation_config is not None:
        network.generation_config.pad_token_id = tokenizer.pad_token_id


def _take_end_from_config(network: Network, tokenizer: Tokenizer, rows: int) -> None:
    for config in (network.generation_config, network.config.get_text_config()):
        ends = getattr(config, "eos_token_id", None)
        for token in ends if isinstance(ends, list) else [ends]:
            if isinstance(token, int) and 0 <= token < rows and tokenizer.convert_ids_to_tokens(token):
                tokenizer.eos_token_id = token
                return


def _padding(tokenizer: Tokenizer, rows: int) -> int:
    """Padded positions carry neither attention nor labels, so any known token but the end token serves."""
    unknown = tokenizer.unk_token_id
    if unknown is not None and unknown != tokenizer.eos_token_id and unknown < rows:
        return int(unknown)
    return next(token for token in range(rows) if token != tokenizer.eos_token_id and _has_text(tokenizer, token))


def _has_text(tokenizer: Tokenizer, token: int) -> bool:
    return tokenizer.convert_ids_to_tokens(token) is not None


def known_tokens(network: Network) -> int:
    """How many tokens the model has rows for, at its input and at its output."""
    layers = [network.get_input_embeddings(), network.get_output_embeddings()]
    return min(int(layer.weight.shape[0]) for layer in layers if layer is not None)


def refuse_unknown_tokens(network: Network, path: Path) -> None:
    """From now on a token beyond the model's rows is a ModelError wherever the network is called.

    Without it there is an IndexError on a CPU, and on a GPU a fault that ends the process.
    """
    rows = known_tokens(network)

    def look(_network: Network, args: tuple[object, ...], given: dict[str, object]) -> None:
        ids = given.get("input_ids", args[0] if args else None)
        if isinstance(ids, torch.Tensor) and ids.numel() and (highest := int(ids.max())) >= rows:
            raise ModelError(_beyond(path, "a text", highest, rows))

    network.register_forward_pre_hook(look, with_kwargs=True)


def _beyond(path: Path, what: str, token: int, rows: int) -> str:
    return (
        f"The tokenizer in {path} makes token {token} of {what}, but the model has only {rows} tokens; give the "
        "tokenizer that belongs to it."
    )


def try_out(network: Network, tokenizer: Tokenizer, path: Path) -> None:
    """Render, encode, decode and compute a little, so that what can't be done is said now, and by whom.

    Raises ModelError for a template, a tokenizer or weights that can't be worked with, and for a model that reads what
    comes later: an encoder that transformers runs as a causal model all the same.
    """
    with memory_limit(_TEMPLATE_BYTES):
        prompt, _ = chat.render(tokenizer, _TRIAL), chat.render(tokenizer, _TRIAL, ["Be kind."])
    with failures(f"The tokenizer in {path} can't be used", "give the tokenizer that was published", seconds=LONGEST):
        with muted():
            ids = _encode(tokenizer, prompt)
        tokenizer.decode(ids)
    if len(ids) < 2:
        raise ModelError(f"The tokenizer in {path} makes no tokens of a text; give the tokenizer that belongs to it.")
    what = f"The model in {path} can't be computed with"
    with failures(what, "give a config.json that fits the weights"), torch.inference_mode():
        logits = network(input_ids=torch.tensor([ids[:_MAX_TRIED]], device=network.device)).logits
        ahead = _reads_ahead(network, ids[:_AHEAD])
    if not bool(logits.isfinite().all()) and all(bool(weight.isfinite().all()) for weight in network.parameters()):
        raise ModelError(
            f"The model in {path} computes numbers that are not finite from weights that are: its config.json is not "
            f"of these weights, or {str(network.dtype).removeprefix('torch.')} is too narrow for them (model.dtype)."
        )
    if ahead:
        raise ModelError(
            f"The model in {path} reads what comes later, as an encoder does; give a causal language model."
        )


def _encode(tokenizer: Tokenizer, prompt: str) -> list[int]:
    for text in _LOOPING:
        tokenizer(text)
    tokens.check(tokenizer)
    return tokens.begin(tokenizer, prompt, templated=bool(tokenizer.chat_template))


@torch.inference_mode()
def _reads_ahead(network: Network, ids: list[int]) -> bool:
    """Whether another last token changes what is computed for those before it, by more than rounding might."""
    other = next(token for token in (0, 1) if token != ids[-1])
    rows = (ids, [*ids[:-1], other])
    first, second = (network(input_ids=torch.tensor([row], device=network.device)).logits[0].float() for row in rows)
    change = (first - second).abs().amax(-1)
    return bool(change[:-1].max() > _ROUNDING.get(network.dtype, 0.05) * change[-1])  # never, where it is NaN
