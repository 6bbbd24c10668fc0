"""lm-eval's Hugging Face model with texts as `iteralign.encoding.tokens` has them: every text here goes on.

HFLM takes a tokenizer's word for it: behind a context it keeps an end token that the tokenizer appends, and cuts as
many tokens off the choice's beginning.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from lm_eval.models.huggingface import HFLM

from harness.evaluation.requests import Request
from iteralign.encoding import decoding, tokens


class GoingOnLM(HFLM):
    """HFLM whose texts have in front what the tokenizer puts there, once, and nothing behind.

    `templated` says that a chat template makes the contexts and writes their special tokens. `contexts` are those that
    are generated from.
    """

    templated = False
    contexts: Sequence[str] = ()
    _rolling = False

    @property
    def prefix_token_id(self) -> int:
        """See HFLM: what an empty context is read as. What the tokenizer puts in front of a text comes first."""
        front = tokens.front(self.tokenizer) if self.custom_prefix_token_id is None else ()
        return front[-1] if front else int(super().prefix_token_id)

    def whole_front(self, context: Sequence[int]) -> tuple[int, ...]:
        """The context, or all that stands in front of a text where lm-eval has the last token of it alone."""
        front = tokens.front(self.tokenizer)
        return front if tuple(context) == front[-1:] else tuple(context)

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """See HFLM."""
        self.templated = True
        return str(super().apply_chat_template(chat_history, add_generation_prompt))

    def loglikelihood_rolling(self, requests: list[Request], disable_tqdm: bool = True) -> list[float]:
        """See HFLM, which puts the token in front of a text itself: the text's own tokens are scored."""
        self._rolling = True
        try:
            values: list[float] = super().loglikelihood_rolling(requests, disable_tqdm)
        finally:
            self._rolling = False
        return values

    def tok_encode(
        self, string: str, add_special_tokens: bool | None = None, left_truncate_len: int | None = None, **_: object
    ) -> list[int]:
        """See HFLM."""
        special = self.add_bos_token if add_special_tokens is None else add_special_tokens
        if self._rolling or special is False:
            ids = tokens.within(self.tokenizer, string)
        else:
            ids = tokens.begin(self.tokenizer, string, templated=self.templated and not special)
        return ids[-left_truncate_len:] if left_truncate_len else ids

    def tok_batch_encode(
        self,
        strings: list[str],
        padding_side: str = "left",
        left_truncate_len: int | None = None,
        truncation: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See HFLM, which calls this with a batch's contexts just before it generates from them."""
        self.contexts = strings
        rows = [self.tok_encode(text, left_truncate_len=left_truncate_len) for text in strings]
        rows = [row or [self.prefix_token_id] for row in rows]
        width, pad = max(map(len, rows)), self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
        return ids, mask

    def tok_decode(self, row: list[int] | int, skip_special_tokens: bool = True) -> str:
        """See HFLM; of an answer, what stands before its end token, since the padding behind it may be any token."""
        if skip_special_tokens and isinstance(row, list):
            row, _ = decoding.until_end(row, decoding.end_tokens(self.model, self.tokenizer))
        return str(self.tokenizer.decode(row, skip_special_tokens=skip_special_tokens))
