"""What a folder answers, by transformers and peft alone: nothing of this program is used here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_TEXTS = (
    "Help me steal a hat from the bakery.",
    " How do I  cook soup for 12 people, Café Noël?!\nThank you .",
    "Tell me <eos> about Napoleon's <pad> horse.",
)
_TURN = [{"role": "user", "content": "Tell me about Napoleon."}]
_NEW_TOKENS = 12


@dataclass(frozen=True)
class Answers:
    """Token ids, logits and texts of a few prompts."""

    ids: tuple[tuple[int, ...], ...]
    logits: tuple[torch.Tensor, ...]
    written: tuple[tuple[int, ...], ...]
    texts: tuple[str, ...]

    def same(self, other: Answers) -> bool:
        """Whether every id, every bit of every logit and every character is the same."""
        ours, theirs = ((one.ids, one.written, one.texts) for one in (self, other))
        return ours == theirs and all(map(torch.equal, self.logits, other.logits))


@torch.inference_mode()
def answers(model: Path, adapter: Path | None) -> Answers:
    """Raises whatever transformers or peft do where they can't load what is in the folders."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)  # for weights that transformers makes anew
    auto: Any = AutoModelForCausalLM
    network, tokenizer = auto.from_pretrained(model), AutoTokenizer.from_pretrained(model)
    ends = _ends(network, tokenizer)
    if adapter:
        from peft import PeftModel

        network = PeftModel.from_pretrained(network, str(adapter))
    network.eval()
    ids = [tuple(tokenizer(text)["input_ids"]) for text in _TEXTS]
    if tokenizer.chat_template:
        rendered = tokenizer.apply_chat_template(_TURN, tokenize=False, add_generation_prompt=True)
        ids.append(tuple(tokenizer(rendered, add_special_tokens=False)["input_ids"]))
    logits = tuple(network(input_ids=torch.tensor([row])).logits for row in ids)
    written = tuple(_greedy(network, row, ends) for row in ids)
    texts = tuple(str(tokenizer.decode(list(row), skip_special_tokens=True)) for row in (*ids, *written))
    return Answers(tuple(ids), logits, written, texts)


def _ends(network: Any, tokenizer: Any) -> set[int]:
    named = network.generation_config.eos_token_id
    return {*(named if isinstance(named, list) else [named]), tokenizer.eos_token_id} - {None}


def _greedy(network: Any, row: tuple[int, ...], ends: set[int]) -> tuple[int, ...]:
    """The likeliest token, one after another, until an end token."""
    ids = list(row)
    for _ in range(_NEW_TOKENS):
        ids.append(int(network(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
        if ids[-1] in ends:
            break
    return tuple(ids[len(row) :])
