"""What watches a network while it writes: logits that are not finite, stop texts, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import torch
from transformers import LogitsProcessor, StoppingCriteria

from iteralign.core.libraries import Tokenizer
from iteralign.core.protocols import Advance

_LOOK_EVERY = 8
"""Tokens: decoding is slow."""

Visible = Callable[[int, str], str]
"""Given a row's number and its text so far, what of it belongs to the answer."""


class FiniteWatch(LogitsProcessor):
    """Changes nothing; remembers the rows whose highest logit was ever NaN or infinite."""

    def __init__(self, rows: int) -> None:
        self.bad = torch.zeros(rows, dtype=torch.bool)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.bad |= ~torch.isfinite(scores.amax(dim=-1)).cpu()
        return scores


class StopStrings(StoppingCriteria):
    """Ends each row by itself once its answer holds a stop string, at which lm-eval cuts the text.

    A thought may hold any: it is no part of the answer, which may still come.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str], start: int, visible: Visible) -> None:
        self._tokenizer, self._stop, self._start = tokenizer, [text for text in stop if text], start
        self._visible = visible
        self._ended: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
        if self._ended is None:
            self._ended = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
        new = input_ids[:, self._start :]
        if new.shape[1] % _LOOK_EVERY == 0:
            going = (~self._ended).nonzero().flatten().tolist()
            for row, text in zip(going, self._tokenizer.batch_decode(new[going]), strict=True):
                self._ended[row] = any(stop in self._visible(row, text) for stop in self._stop)
        return self._ended


class AnswersWritten:
    """Turns parts of answers, told of by several passes at a time, into whole ones; an answer counts by its tokens."""

    def __init__(self, advance: Advance) -> None:
        self._advance, self._told = advance, 0
        self._by_pass: dict[int, float] = {}
        self._lock = threading.Lock()

    def report(self, number: int, answers: float) -> None:
        """So many answers' worth is written by the pass of that number."""
        with self._lock:
            self._by_pass[number] = answers
            done = int(sum(self._by_pass.values()))
            if done > self._told:
                self._advance(done - self._told)
                self._told = done
