"""One odd model through `CausalModel` and lm-eval's model of ours, held against the reference."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from transformers.utils.logging import disable_progress_bar

from benchmarks.integrity.odd_models import reference
from benchmarks.integrity.odd_models.cases import Case
from benchmarks.integrity.odd_models.reference import Words
from harness.evaluation.lm import SharedPrefixLM
from harness.evaluation.quiet import quiet
from harness_base.errors import HarnessError
from iteralign.core.records import Attack, Prompt
from iteralign.generation.generator import Decoding, RenderedPrompt
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings, Precision

QUESTIONS = ("What should I tell my friend about tea?", "How do I cook soup for my sister?", "Why?")
CHOICES = (" Sure. Take your time, then begin.", " No.", " I can't help with that.")
NEW = 8
_TYPES: dict[Precision, float] = {"float32": 1e-5, "bfloat16": 0.0}
"""How far a logit may be from the reference's."""
_FAILURES = (
    HarnessError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip
GOING_ON = "scores and answers"
_NATS = 1e-3
"""How far a choice's log-likelihood may be from the reference's: over about ten tokens, each by another kernel."""


@dataclass(frozen=True)
class Miss:
    """What is not as it should be: of which figure it is, and in words."""

    kind: str
    text: str


def tried(case: Case, scratch: str) -> list[Miss]:
    """Every miss of one model. One that is refused, or fails, is a miss of everything."""
    folder = Path(scratch) / "model"
    with quiet(), warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        disable_progress_bar()
        adapter = case.make(folder)
        words = Words.of(folder, case.front)
        found: list[Miss] = []
        for dtype in _TYPES:
            try:
                found += _misses(case, folder, adapter, words, dtype)
            except _FAILURES as error:
                found += [Miss(kind, f"{type(error).__name__}: {error}") for kind in (dtype, GOING_ON)]
    return found


def _misses(case: Case, folder: Path, adapter: Path | None, words: Words, dtype: Precision) -> Iterator[Miss]:
    right = reference.loaded(folder, adapter, getattr(torch, dtype))
    settings = ModelSettings(path=str(folder), dtype=dtype, device="cpu", max_new_tokens=NEW)
    ours = CausalModel.load(settings, folder.parent / "adapters")
    if adapter:
        ours.restore_folder(adapter)
    rows = [words.ids(f"{question}{choice}") for question, choice in zip(QUESTIONS, CHOICES, strict=True)]
    expected = reference.logits(right, rows)
    yield from _logits(reference.logits(ours.network, rows), expected, dtype)
    lm = SharedPrefixLM(ours.network, tokenizer=ours.tokenizer, batch_size=2, max_length=None)
    lm.templated = bool(ours.tokenizer.chat_template)
    if dtype == "float32":
        yield from (Miss(GOING_ON, text) for text in _scores(lm, right, words))
        yield from (Miss(GOING_ON, text) for text in _answers(case, ours, lm, right, words))
    yield from _logits(reference.logits(ours.network, rows), expected, dtype)


def _logits(found: Sequence[torch.Tensor], expected: Sequence[torch.Tensor], dtype: Precision) -> Iterator[Miss]:
    for one, other in zip(found, expected, strict=True):
        if one.shape != other.shape or one.dtype != other.dtype:
            yield Miss(dtype, f"{one.dtype} {tuple(one.shape)} in place of {other.dtype} {tuple(other.shape)}")
        elif not (difference := float((one.float() - other.float()).abs().max())) <= _TYPES[dtype]:
            yield Miss(dtype, f"logits differ by {difference:.2g}")


def _context(lm: SharedPrefixLM, question: str) -> str:
    if lm.templated:
        return lm.apply_chat_template([{"role": "user", "content": question}])
    return f"Human: {question}\n\nAssistant:"


def _scores(lm: SharedPrefixLM, right: Any, words: Words) -> Iterator[str]:
    asked = [(_context(lm, question), choice) for question in QUESTIONS for choice in CHOICES]
    found = lm.loglikelihood([_request("loglikelihood", number, pair) for number, pair in enumerate(asked)])
    for (text, choice), (value, _) in zip(asked, found, strict=True):
        before, whole = words.begun(text.rstrip()), words.begun(text + choice)  # the choice takes last blanks over
        expected = reference.log_likelihood(right, before, whole)
        if not abs(value - expected) <= _NATS:
            yield f"{choice!r} has {value:.4f} nats in place of {expected:.4f} ({lm.scorer_check.scorer})"
            return


def _answers(case: Case, ours: CausalModel, lm: SharedPrefixLM, right: Any, words: Words) -> Iterator[str]:
    prompts = [words.prompt(question) for question in QUESTIONS]
    expected = [reference.written(right, ids, new=NEW, ends=set(case.ends)) for ids in prompts]
    texts = [words.text(ids) for ids in expected]
    answers = ours.generate([Attack(Prompt(one, "odd"), "standard", one) for one in QUESTIONS])
    if [answer.text for answer in answers] != [text.partition("\nHuman:")[0].strip() for text in texts]:
        yield f"answers are {[answer.text for answer in answers]} in place of {texts}"
    rows = [
        list(written.tokens) for written in ours.write([RenderedPrompt(tuple(ids)) for ids in prompts], Decoding(NEW))
    ]
    if rows != expected:
        yield f"answers' tokens are {rows} in place of {expected}"
    asked = {"until": ["\nHuman:"], "max_gen_toks": NEW, "do_sample": False}
    found = lm.generate_until(
        [_request("generate_until", n, (_context(lm, one), asked)) for n, one in enumerate(QUESTIONS)]
    )
    if found != [text.partition("\nHuman:")[0] for text in texts]:
        yield f"lm-eval's answers are {found} in place of {texts}"


def _request(kind: str, number: int, args: tuple[Any, ...]) -> Instance:
    return Instance(kind, {}, args, 0, metadata=("odd", number, 1))
