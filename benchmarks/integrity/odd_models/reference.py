"""The right numbers: transformers and peft as their own pages use them, and the `tokenizers` library by itself.

Nothing here may import from iteralign or harness.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer


def loaded(folder: Path, adapter: Path | None, dtype: torch.dtype) -> Any:
    """The network, with its adapter in force where there is one."""
    network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    return PeftModel.from_pretrained(network, str(adapter)).eval() if adapter else network


@torch.inference_mode()
def logits(network: Any, rows: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """Of each row by itself, [tokens, vocabulary]."""
    return [network(input_ids=torch.tensor([list(row)])).logits[0] for row in rows]


@dataclass(frozen=True)
class Words:
    """The folder's tokenizer without its post-processor, and the token ids that go in front of a text."""

    plain: Any
    front: tuple[int, ...]
    templates: Any

    @classmethod
    def of(cls, folder: Path, front: tuple[int, ...]) -> Words:
        whole: Any = AutoTokenizer.from_pretrained(folder)
        if not whole.is_fast:
            return cls(_Bytes(), front, whole)
        content = json.loads(whole.backend_tokenizer.to_str())
        content["post_processor"] = None
        return cls(Tokenizer.from_str(json.dumps(content)), front, whole)

    def ids(self, text: str) -> list[int]:
        """Of a text that begins: its own tokens behind what goes in front."""
        return [*self.front, *self.plain.encode(text, add_special_tokens=False).ids]

    def begun(self, text: str) -> list[int]:
        """The same, but a chat template's text has what the template wrote in front."""
        return list(self.plain.encode(text, add_special_tokens=False).ids) if self.templated else self.ids(text)

    @property
    def templated(self) -> bool:
        return bool(self.templates.chat_template)

    def prompt(self, question: str) -> list[int]:
        """The question as the model is asked it, up to where its answer begins."""
        if not self.templated:
            return self.ids(f"Human: {question}\n\nAssistant:")
        turns = [{"role": "user", "content": question}]
        found = self.templates.apply_chat_template(turns, tokenize=True, add_generation_prompt=True, return_dict=True)
        return list(found["input_ids"])

    def text(self, ids: Sequence[int]) -> str:
        return str(self.templates.decode(list(ids), skip_special_tokens=True))


class _Bytes:
    """ByT5's tokens: those of bytes come after three special ones."""

    @dataclass(frozen=True)
    class Encoded:
        ids: list[int]

    def encode(self, text: str, **_: Any) -> _Bytes.Encoded:
        return self.Encoded([byte + 3 for byte in text.encode()])


def log_likelihood(network: Any, before: Sequence[int], whole: Sequence[int]) -> float:
    """Of the tokens of `whole` behind as many as `before` has, in nats."""
    logs = logits(network, [whole])[0].float().log_softmax(-1)
    return sum(float(logs[at - 1, whole[at]]) for at in range(len(before), len(whole)))


def written(network: Any, ids: Sequence[int], *, new: int, ends: set[int]) -> list[int]:
    """Greedy decoding by hand: the highest logit, one token after the other, until an end token."""
    found: list[int] = []
    while len(found) < new:
        token = int(logits(network, [[*ids, *found]])[0][-1].argmax())
        if token in ends:
            break
        found.append(token)
    return found
