"""lm-eval's Hugging Face model around a model that is already in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F  # noqa: N812  # its name everywhere
from lm_eval.models.huggingface import HFLM
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from harness.evaluation import packed

Scorer = Literal["undecided", "packed", "stock"]
Advance = Callable[[int], None]
ItemKey = tuple[str, int]
_LOW = (torch.bfloat16, torch.float16)

_WIDEST_ROW = 1_024
_CHECKED_PAIRS = 6
_TOLERANCE = 1e-3
"""Largest difference, in nats over a whole choice, between the two scorers in float32 that counts as rounding."""
_LOOK_EVERY = 8
NOT_SCORABLE = (math.nan, False)


@dataclass
class Notes:
    """What was noticed of items while they were measured; an item is named by its task and its number in it.

    `unmeasured` holds the contexts whose generation met logits that are not finite: the text that came of them is no
    answer. `truncated` items were longer than the model's window and lost their beginning. `unscorable` says of items
    why one of their choices can't be rated.
    """

    unmeasured: set[str] = field(default_factory=set)
    truncated: set[ItemKey] = field(default_factory=set)
    unscorable: dict[ItemKey, str] = field(default_factory=dict)

    def clear(self) -> None:
        self.unmeasured.clear()
        self.truncated.clear()
        self.unscorable.clear()


class InMemoryLM(HFLM):  # type: ignore[misc]  # lm-eval ships no types
    """HFLM that is quiet, never leaves the model in training mode, and scores choices of one context together.

    Logits of scored positions are computed in float32 whatever the weights are. `advance` is told of items done.
    """

    def __init__(self, model: Any, tokenizer: Any, *, batch_size: int, max_length: int | None) -> None:
        super().__init__(
            pretrained=model,
            backend="causal",
            tokenizer=tokenizer,
            batch_size=batch_size,
            max_length=max_length,
            softmax_dtype="float32",
        )
        self.advance: Advance = ignore
        self.notes = Notes()
        self.scorer: Scorer = "undecided"
        self._pairs: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
        self._contexts: Sequence[str] = ()
        self._items = _Items(ignore, 0, 0)

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = True) -> list[packed.Answer]:
        """See HFLM; dropout would change the scores of a model that was left in training mode."""
        self.model.eval()
        self._look_at_choices(requests)
        self._items = _Items.of(requests, self.advance)
        answers: list[packed.Answer] = super().loglikelihood(requests, disable_tqdm=True)
        self._items.finish()
        return answers

    def _look_at_choices(self, requests: list[Any]) -> None:
        """Note what can't be scored, or not as a whole."""
        for request in requests:
            context, choice = request.args
            before, tokens = self._encode_pair(context, choice) if context else ([], self.tok_encode(choice))
            if not tokens:
                self.notes.unscorable.setdefault(_key(request), f"the choice {choice[:40]!r} makes no token")
            elif len(tokens) > self.max_length:
                reason = f"a choice has {len(tokens)} tokens and the model's window only {self.max_length}"
                self.notes.unscorable.setdefault(_key(request), reason)
            elif len(before) + len(tokens) > self.max_length + 1:
                self.notes.truncated.add(_key(request))

    def loglikelihood_rolling(self, requests: list[Any], disable_tqdm: bool = True) -> list[float]:
        """See HFLM; a text that is longer than the window is read in windows, nothing of it is lost."""
        self.model.eval()
        self._items = _Items.of(requests, self.advance)
        values: list[float] = super().loglikelihood_rolling(requests, disable_tqdm=True)
        self._items.finish()
        return values

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """HFLM's split into tokens, kept from one evaluation to the next: texts and tokenizer stay the same."""
        key = (context, continuation)
        if key not in self._pairs:
            self._pairs[key] = super()._encode_pair(context, continuation)
        return self._pairs[key]

    def _loglikelihood_tokens(
        self, requests: list[Any], disable_tqdm: bool = True, override_bs: int | None = None
    ) -> list[packed.Answer]:
        """Score what can be scored together so, the rest as HFLM does; a choice of no tokens can't be scored."""
        with float32_logits(self.model):
            return self._scored(requests)

    def _scored(self, requests: list[Any]) -> list[packed.Answer]:
        answers: list[packed.Answer] = [NOT_SCORABLE] * len(requests)
        scorable = [n for n, (_, _, choice) in enumerate(requests) if 0 < len(choice) <= self.max_length]
        fitting = [n for n in scorable if len(requests[n][1]) + len(requests[n][2]) <= self.max_length + 1]
        together = fitting if self._packs([requests[n] for n in fitting]) else []
        for number, answer in zip(together, self._packed([requests[n] for n in together]), strict=True):
            answers[number] = answer
        apart = sorted(set(scorable) - set(together))
        stock = self._stock([requests[n] for n in apart])
        for number, answer in zip(apart, stock, strict=True):
            answers[number] = answer
        return answers

    def _stock(self, requests: list[Any]) -> list[packed.Answer]:
        if not requests:
            return []
        answers: list[packed.Answer] = super()._loglikelihood_tokens(requests, disable_tqdm=True)
        self._items.advance(len(requests))
        return answers

    def _packed(self, requests: list[Any], advance: Advance | None = None) -> list[packed.Answer]:
        pairs = [(tuple(context), tuple(choice)) for _, context, choice in requests]
        advance = advance or self._items.advance
        return packed.score_all(
            self.model, pairs, batch_size=self.batch_size, widest=_WIDEST_ROW, advance=advance
        ) if pairs else []  # fmt: skip

    def _packs(self, requests: list[Any]) -> bool:
        """Whether rows of several choices give this architecture's own numbers, decided once on a few requests.

        In lower precision than float32 rounding hides a wrong mask, so the stock path is kept there.
        """
        if self.scorer == "undecided" and requests:
            longest = sorted(requests, key=lambda request: len(request[1]) + len(request[2]), reverse=True)
            few = [*longest[:2], *requests[:: max(1, len(requests) // _CHECKED_PAIRS)][:_CHECKED_PAIRS]]
            agrees = self.model.dtype == torch.float32 and self._agrees(few)
            self.scorer = "packed" if agrees else "stock"
        return self.scorer == "packed"

    def _agrees(self, requests: list[Any]) -> bool:
        try:
            ours = self._packed(requests, ignore)
        except (RuntimeError, ValueError, TypeError, IndexError):  # an architecture that takes no such mask
            return False
        stock = super()._loglikelihood_tokens(requests, disable_tqdm=True)
        return torch.allclose(
            torch.tensor([value for value, _ in ours]),
            torch.tensor([value for value, _ in stock]),
            rtol=0.0,
            atol=_TOLERANCE,
            equal_nan=True,
        )

    def generate_until(self, requests: list[Any], disable_tqdm: bool = True) -> list[str]:
        """See HFLM."""
        self.model.eval()
        for request in requests:
            context, settings = request.args
            if len(self.tok_encode(context)) > self.max_length - settings.get("max_gen_toks", self.max_gen_toks):
                self.notes.truncated.add(_key(request))
        self._items = _Items.of(requests, self.advance)
        texts: list[str] = super().generate_until(requests, disable_tqdm=True)
        self._items.finish()
        return texts

    def tok_batch_encode(self, strings: list[str], *args: Any, **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """See HFLM, which calls this with a batch's contexts just before it generates from them."""
        self._contexts = strings
        encoded: tuple[torch.Tensor, torch.Tensor] = super().tok_batch_encode(strings, *args, **kwargs)
        return encoded

    def _model_generate(self, context: torch.Tensor, max_length: int, stop: list[str], **kwargs: Any) -> torch.Tensor:
        """HFLM's, but each row ends at its own stop string or end token, and logits are watched."""
        watch = _FiniteWatch(len(context))
        if not kwargs.get("do_sample") and not kwargs.get("temperature"):
            kwargs = {key: value for key, value in kwargs.items() if key != "temperature"} | {"do_sample": False}
        tokens: torch.Tensor = self.model.generate(
            input_ids=context,
            max_length=max_length,
            stopping_criteria=StoppingCriteriaList([_StopStrings(self.tokenizer, stop, context.shape[1])]),
            logits_processor=LogitsProcessorList([watch]),
            pad_token_id=self.tokenizer.pad_token_id,
            eos_token_id=_end_tokens(self.model, self.tokenizer),
            use_cache=True,
            **kwargs,
        )
        bad = watch.bad.tolist()
        self.notes.unmeasured.update(text for text, is_bad in zip(self._contexts, bad, strict=True) if is_bad)
        self._items.advance(len(context))
        return tokens


class _Items:
    """Turns requests done into items done, since one item makes several requests."""

    def __init__(self, advance: Advance, items: int, requests: int) -> None:
        self._advance = advance
        self._items, self._requests = items, max(requests, 1)
        self._done = self._told = 0

    @classmethod
    def of(cls, requests: list[Any], advance: Advance) -> _Items:
        return cls(advance, len({(request.task_name, request.doc_id) for request in requests}), len(requests))

    def advance(self, requests: int) -> None:
        self._done = min(self._done + requests, self._requests)
        now = self._items * self._done // self._requests
        if now > self._told:
            self._advance(now - self._told)
            self._told = now

    def finish(self) -> None:
        self.advance(self._requests)


class _FiniteWatch(LogitsProcessor):
    """Changes nothing; remembers the rows whose highest logit was ever NaN or infinite."""

    def __init__(self, rows: int) -> None:
        self.bad = torch.zeros(rows, dtype=torch.bool)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.bad |= ~torch.isfinite(scores.amax(dim=-1)).cpu()
        return scores


class _StopStrings(StoppingCriteria):
    """Ends each row by itself. Decoding is slow, so it looks every few tokens; lm-eval cuts the text at the string."""

    def __init__(self, tokenizer: Any, stop: Sequence[str], start: int) -> None:
        self._tokenizer, self._stop, self._start = tokenizer, [text for text in stop if text], start
        self._ended: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        if self._ended is None:
            self._ended = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
        new = input_ids[:, self._start :]
        if new.shape[1] % _LOOK_EVERY == 0:
            going = (~self._ended).nonzero().flatten().tolist()
            for row, text in zip(going, self._tokenizer.batch_decode(new[going]), strict=True):
                self._ended[row] = any(stop in text for stop in self._stop)
        return self._ended


def _key(request: Any) -> ItemKey:
    return str(request.task_name), int(request.doc_id)


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


def _end_tokens(model: Any, tokenizer: Any) -> list[int] | None:
    configured = model.generation_config.eos_token_id
    known = configured if isinstance(configured, list) else [configured]
    tokens = {token for token in (*known, tokenizer.eos_token_id) if token is not None}
    return sorted(tokens) or None


def ignore(_: int) -> None:
    """Progress that nobody wants to hear of."""
    return
