"""The lm-eval model `shared-prefix`: HFLM, with the shared-prefix scorer for log-likelihoods where it proves itself."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.registry import register_model

from harness.evaluation.going_on import GoingOnLM
from harness.evaluation.requests import DistinctProgress, ItemProgress, Notes, Request, item_key, unwatched
from harness.evaluation.untouched import untouched
from iteralign.core.libraries import Network
from iteralign.core.protocols import Advance, Stages
from iteralign.encoding import chat
from iteralign.encoding.answers import (
    USUAL,
    Thinking,
    answer_in,
    opens_thought,
    past_thought,
)
from iteralign.encoding.token_budget import scoring_budget
from iteralign.generation.generator import Decoding, GeneratedText, RenderedPrompt, Subject, Writer
from iteralign.generation.in_process import TransformersGenerator
from iteralign.generation.merging import merged
from iteralign.generation.precision import float32_logits
from iteralign.scoring import self_check, token_tree
from iteralign.scoring.checked import NO_SCORER
from iteralign.scoring.shared_prefix import Answer, SharedPrefixScorer
from iteralign.scoring.token_tree import Group, Pair

_WIDEST_ROW = {"cpu": 160, "cuda": 1_024}
"""Columns: a wider row repeats less, and attends to more that is masked; see docs/performance.md."""
_NO_TEXT = "\ue000no text\ue000"
"""Stands in no context."""
NOT_SCORABLE = (math.nan, False)


@register_model("shared-prefix")
class SharedPrefixLM(GoingOnLM):
    """HFLM that forwards what requests share once, is quiet, and never leaves the model in training mode.

    Takes what HFLM takes, for a causal model in memory or by its path; `batch_size` is that of lm-eval's own path, to
    which it falls back where `scorer_check` says so. Logits of scored positions are computed in float32 whatever the
    weights are. Answers are written by `write`, without which the network itself writes them.

    `stages` begins a stage for each kind of request; where it is None, `advance` is called with the items done.
    `forwarded_tokens` counts what the shared-prefix scorer forwarded, padding included.
    """

    batch_size_per_gpu: int | str  # lm-eval's: a number, or "auto"

    def __init__(
        self, pretrained: Network, *, thinking: Thinking = USUAL, write: Writer | None = None, **settings: Any
    ) -> None:
        if isinstance(pretrained, str):
            settings = {"use_safetensors": True, **settings}
        with nullcontext() if isinstance(pretrained, str) else untouched(pretrained):
            super().__init__(pretrained, **{"softmax_dtype": "float32", **settings, "backend": "causal"})
        self.thinking = thinking
        subject = Subject(Path(self.model.config.name_or_path), self.model, self.tokenizer, thinking.marks)
        self._write = write or TransformersGenerator(subject).generate
        self._written: Iterator[tuple[str, GeneratedText]] = iter(())
        self.advance: Advance = unwatched
        self.stages: Stages | None = None
        self.forwarded_tokens = 0
        self.start()
        self._pairs: dict[tuple[str, str, bool], tuple[list[int], list[int]]] = {}
        self._planned: tuple[tuple[Pair, ...], list[Group]] | None = None
        self._items = ItemProgress(unwatched, 0, 0)

    def start(self) -> None:
        """Begin an evaluation: other weights may be active, so that the scorer has to prove itself again."""
        self.notes = Notes()
        self.scorer_check = NO_SCORER
        self._finite: bool | None = None

    @property
    def _measurable(self) -> bool:
        """Whether all weights are finite: on a CPU, attention over few tokens can turn NaN into plausible numbers."""
        if self._finite is None:
            floats = (weight for weight in self.model.parameters() if weight.is_floating_point())
            self._finite = all(bool(torch.isfinite(weight).all()) for weight in floats)
        return self._finite

    def loglikelihood(self, requests: list[Request], disable_tqdm: bool = True) -> list[Answer]:
        """See HFLM; dropout would change the scores of a model that was left in training mode."""
        self.model.eval()
        self._note_flawed_choices(requests)
        self._items = self._begin("rating choices", requests)
        answers: list[Answer] = super().loglikelihood(requests, disable_tqdm=True)
        self._items.finish()
        return answers

    def _note_flawed_choices(self, requests: list[Request]) -> None:
        """Note what can't be scored, or not as a whole."""
        for request in requests:
            context, choice = request.args
            before, after = (
                self._encode_pair(context, choice)
                if context
                else ([], self.tok_encode(choice, add_special_tokens=False))
            )
            if context and not before:
                self.notes.unscorable.setdefault(item_key(request), "the context makes no token")
            elif not after:
                self.notes.unscorable.setdefault(item_key(request), f"the choice {choice[:40]!r} makes no token")
            elif len(after) > self.max_length:
                reason = f"a choice has {len(after)} tokens and the model's window only {self.max_length}"
                self.notes.unscorable.setdefault(item_key(request), reason)
            elif len(before) + len(after) > self.max_length + 1:
                self.notes.truncated.add(item_key(request))

    def loglikelihood_rolling(self, requests: list[Request], disable_tqdm: bool = True) -> list[float]:
        """See HFLM; a text that is longer than the window is read in windows, nothing of it is lost."""
        self.model.eval()
        self._items = self._begin("reading texts", requests)
        values = super().loglikelihood_rolling(requests, disable_tqdm=True)
        self._items.finish()
        return values

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        """HFLM's split into tokens, kept from one evaluation to the next: texts and tokenizer stay the same."""
        key = (context, continuation, self.templated)
        if key not in self._pairs:
            self._pairs[key] = super()._encode_pair(self._past_thought(context), continuation)
        return self._pairs[key]

    def _past_thought(self, context: str) -> str:
        """The context with the thought closed again that a chat template opens: choices are rated as answers."""
        before, opening, lead = context.rpartition(self._opening)
        return f"{before}{past_thought(opening, self.thinking.marks)}{lead}" if opening else context

    @cached_property
    def _opening(self) -> str:
        """What the chat template puts between a user's words and the model's, where that opens a thought."""
        if not self.tokenizer.chat_template:
            return _NO_TEXT
        turn = [{"role": "user", "content": _NO_TEXT}]
        text = self.tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        behind = str(text).rpartition(_NO_TEXT)[2]
        return behind if opens_thought(behind, self.thinking.marks) else _NO_TEXT

    def _loglikelihood_tokens(
        self, requests: list[Request], disable_tqdm: bool = True, override_bs: int | None = None
    ) -> list[Answer]:
        """Score all requests together, or as HFLM does; a choice of no tokens or beyond the window can't be scored."""
        answers = [NOT_SCORABLE] * len(requests)
        pairs = {
            number: self._in_window(context, choice)
            for number, (_, context, choice) in enumerate(requests)
            if context and 0 < len(choice) <= self.max_length and self._measurable
        }
        with float32_logits(self.model):
            for number, answer in zip(pairs, self._scored(list(pairs.values())), strict=True):
                answers[number] = answer
        for (texts, _, _), answer in zip(requests, answers, strict=True):
            self.cache_hook.add_partial("loglikelihood", texts, answer)
        return answers

    def _in_window(self, context: Sequence[int], choice: Sequence[int]) -> Pair:
        """As HFLM cuts it: on the left, so that all but the last token fit into the window."""
        room = self.max_length + 1 - len(choice)
        return self.whole_front(context)[-room:], tuple(choice)

    def _scored(self, pairs: Sequence[Pair]) -> list[Answer]:
        if not pairs:
            return []
        if self.scorer_check.scorer == "undecided":
            self.scorer_check = self_check.check(self.model, self.model.dtype, pairs, self._stock, self.batch_size)
        if self.scorer_check.scorer != "shared-prefix":
            answers = self._stock(pairs, self.batch_size)
            self._items.advance(len(pairs))
            return answers
        scorer = SharedPrefixScorer(self.model, budget=scoring_budget(self.model))
        progress = DistinctProgress(len(pairs), len(set(pairs)), self._items.advance)
        with merged(self.model):
            scores = scorer.score(self._plan(pairs), advance=progress.advance)
        self.forwarded_tokens += scorer.forwarded
        return [scores[pair] for pair in pairs]

    def _plan(self, pairs: Sequence[Pair]) -> list[Group]:
        """Kept from one evaluation to the next: the requests stay the same."""
        key = tuple(pairs)
        if self._planned is None or self._planned[0] != key:
            widest = _WIDEST_ROW.get(self.model.device.type, _WIDEST_ROW["cpu"])
            self._planned = key, token_tree.plan(key, widest=widest)
        return self._planned[1]

    def _stock(self, pairs: Sequence[Pair], batch_size: int | str) -> list[Answer]:
        requests = [(("", ""), list(context), list(choice)) for context, choice in pairs]
        with self._batches_of(batch_size):
            answers: list[Answer] = super()._loglikelihood_tokens(requests, disable_tqdm=True)
        return answers

    @contextmanager
    def _batches_of(self, size: int | str) -> Iterator[None]:
        before = self.batch_size_per_gpu
        self.batch_size_per_gpu = size
        try:
            yield
        finally:
            self.batch_size_per_gpu = before

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """See HFLM. Raises ModelError for a template that fails or does not end."""
        with chat.template_failures(self.tokenizer):
            return str(super().apply_chat_template(chat_history, add_generation_prompt))

    def generate_until(self, requests: list[Request], disable_tqdm: bool = True) -> list[str]:
        """See HFLM; what is returned is the answer alone, and a thought has room of its own before it."""
        self.model.eval()
        requests = [self._with_room(request) for request in requests]
        lengths = [len(self.tok_encode(request.args[0])) for request in requests]
        longest_answers = [int(request.args[1].get("max_gen_toks", self.max_gen_toks)) for request in requests]
        for request, length, answer in zip(requests, lengths, longest_answers, strict=True):
            if length > self.max_length - answer:
                self.notes.truncated.add(item_key(request))
        if not self._measurable:
            self.notes.unmeasured.update(request.args[0] for request in requests)
        self._items = self._begin("writing answers", requests)
        with self._batches_of(len(requests)):  # all that are decoded alike: the generator makes its own batches
            texts: list[str] = super().generate_until(requests, disable_tqdm=True)
        self._items.finish()
        return texts

    def _begin(self, what: str, requests: list[Request]) -> ItemProgress:
        """A stage of its own where somebody watches stages, since a rating takes no time beside an answer."""
        items = len({item_key(request) for request in requests})
        return ItemProgress(self.stages(what, items) if self.stages else self.advance, items, len(requests))

    def _with_room(self, request: Request) -> Request:
        """The request with as many more tokens to write as a thought may take."""
        context, settings = request.args
        answer = int(settings.get("max_gen_toks", self.max_gen_toks))
        roomy = copy.copy(request)  # lm-eval keeps the request itself, and logs it
        thought = self.thinking.budget(self.tokenizer, self.max_length - answer)
        roomy.arguments = (context, {**settings, "max_gen_toks": answer + thought})
        return roomy

    def tok_decode(self, row: list[int] | int, skip_special_tokens: bool = True) -> str:
        """See HFLM, which decodes a batch's answers in the order of its contexts: the answer without its thought."""
        written = next(self._written, None) if skip_special_tokens else None
        return self._answer(*written) if written else super().tok_decode(row, skip_special_tokens)

    def _answer(self, context: str, written: GeneratedText) -> str:
        said = answer_in(written.text, self.thinking.marks, opened=self._opens(context))
        if not said.thought:
            return written.text
        if said.missing:
            self.notes.unanswered[context] = said.missing
        return said.text

    def _opens(self, context: str) -> bool:
        return bool(opens_thought(context, self.thinking.marks))

    def _model_generate(self, context: torch.Tensor, max_length: int, stop: list[str], **settings: Any) -> torch.Tensor:
        """See HFLM, which would call the network itself; the texts are returned by `tok_decode`, and no tokens here."""
        seen = settings.pop("attention_mask", torch.ones_like(context)).bool()
        rows = [tuple(row[is_read].tolist()) for row, is_read in zip(context, seen, strict=True)]
        prompts = [RenderedPrompt(row, self._as_read(text, row)) for text, row in zip(self.contexts, rows, strict=True)]
        decoding = Decoding(max_length - context.shape[1], stop=tuple(stop), of_task=settings)
        texts = self._write(prompts, decoding, advance=self._items.advance)
        self.notes.unmeasured.update(
            text for text, written in zip(self.contexts, texts, strict=True) if not written.finite
        )
        self._written = zip(self.contexts, texts, strict=True)
        return context

    def _as_read(self, context: str, row: Sequence[int]) -> str:
        """The context, or what is left of it where it was too long for the window."""
        return context if self.tok_encode(context) == list(row) else str(self.tokenizer.decode(row))
