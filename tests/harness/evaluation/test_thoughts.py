"""What a model thinks before it answers is no answer, and takes none of the answer's room."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance

from harness.evaluation.evaluator import Evaluator
from harness.evaluation.lm import SharedPrefixLM
from iteralign.core.protocols import Advance
from iteralign.core.records import Verdict
from iteralign.encoding.answers import CUT_OFF, ONLY_THOUGHT, USUAL_MARKS, Thinking
from iteralign.generation.generator import Decoding, GeneratedText, RenderedPrompt

CONTEXT = "Human: What should I tell my friend about tea?\n\nAssistant:"
OPENED = f"{CONTEXT} <think>\n"
GREEDY = {"until": ["\nHuman:", "###"], "max_gen_toks": 12, "do_sample": False}


def requests(*contexts: str) -> list[Instance]:
    return [Instance("generate_until", {}, (text, GREEDY), 0, metadata=("t", n, 1)) for n, text in enumerate(contexts)]


@pytest.fixture
def thinker(model: Any, tokenizer: Any) -> SharedPrefixLM:
    """A tokenizer that knows marks as special tokens."""
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<think>", "</think>"]})
    model.resize_token_embeddings(len(tokenizer))
    return SharedPrefixLM(
        model, tokenizer=tokenizer, batch_size=4, max_length=200, thinking=Thinking(USUAL_MARKS, tokens=20)
    )


def writes(monkeypatch: pytest.MonkeyPatch, lm: SharedPrefixLM, *texts: str) -> list[int]:
    """Have the generator write these texts one after the other, and keep how many tokens each call allowed."""
    told: Iterator[str] = iter(texts)
    allowed = []

    def write(
        prompts: Sequence[RenderedPrompt], decoding: Decoding, *, advance: Advance | None = None
    ) -> list[GeneratedText]:
        allowed.append(decoding.new_tokens)
        return [GeneratedText(next(told)) for _ in prompts]

    monkeypatch.setattr(lm, "_write", write)
    return allowed


def test_only_what_follows_a_thought_is_returned(thinker: SharedPrefixLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """With thirty-two tokens for both: twelve are the answer's own."""
    allowed = writes(monkeypatch, thinker, "<think>What is ### tea?</think>It is hot. ### More")
    assert thinker.generate_until(requests(CONTEXT)) == ["It is hot. "]
    assert allowed == [32]
    assert thinker.notes.unanswered == {}


@pytest.mark.parametrize(
    ("context", "text", "why"),
    [
        (CONTEXT, "<think>Sure, tell them", CUT_OFF),
        (OPENED, "Sure, tell them", CUT_OFF),
        (OPENED, "Sure.</think>", ONLY_THOUGHT),
    ],
)
def test_a_thought_without_an_answer_is_noted(
    thinker: SharedPrefixLM, monkeypatch: pytest.MonkeyPatch, context: str, text: str, why: str
) -> None:
    """And nothing of it is returned."""
    writes(monkeypatch, thinker, text)
    assert thinker.generate_until(requests(context)) == [""]
    assert thinker.notes.unanswered == {context: why}


def test_a_stop_string_in_a_thought_stops_nothing(thinker: SharedPrefixLM) -> None:
    """It may stand in any, and the answer is still to come."""
    from iteralign.encoding.answers import outside_of_thoughts
    from iteralign.generation.watching import StopStrings

    def looked_at(text: str) -> bool:
        ids = thinker.tokenizer(text, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([[*ids, *[0] * (-len(ids) % 8)]])
        watch = StopStrings(thinker.tokenizer, ["###"], 0, lambda _, seen: outside_of_thoughts(seen))
        return bool(watch(ids, torch.zeros(1))[0])

    assert not looked_at("<think>a ### b")
    assert looked_at("<think>a</think> b ### c")


def test_choices_are_rated_behind_a_closed_thought(thinker: SharedPrefixLM) -> None:
    """Not as the beginning of the thought that the template opens."""
    thinker.tokenizer.chat_template = (
        "{% for m in messages %}Human: {{ m.content }}\n\nAssistant: <think>\n{%- endfor %}"
    )
    context, _ = thinker._encode_pair("Human: Is tea hot?\n\nAssistant: <think>\nI say:", " Yes.")
    read = thinker.tokenizer.decode(context)
    assert read.index("<think>") < read.index("</think>") < read.index("I say:")


def test_a_text_without_a_thought_is_left_as_it_is(thinker: SharedPrefixLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the space that lm-eval's own tasks may look for."""
    writes(monkeypatch, thinker, " It is hot.")
    assert thinker.generate_until(requests(CONTEXT)) == [" It is hot."]


def test_answers_that_never_came_are_invalid_samples(
    model: Any, tokenizer: Any, items_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither refusal nor compliance, whoever judges."""
    evaluator = Evaluator(
        model,
        tokenizer,
        batch_size=4,
        items_dir=items_dir,
        judge=lambda items: [Verdict("satisfactory") for _ in items],
    )
    writes(monkeypatch, evaluator._lm, *["<think>Sure, tell them"] * 16)
    found = evaluator.evaluate(["sandbox_over_refusal", "sandbox_attack_success"], subject="base", split="other")
    for key in ("sandbox_over_refusal/over_refusal", "sandbox_attack_success/attack_success"):
        score = found.score(key)
        assert score is not None
        assert (score.status, score.invalid_items) == ("invalid", score.items)
        assert {sample.reason for sample in score.samples} == {CUT_OFF}
