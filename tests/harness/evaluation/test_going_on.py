"""Scores and answers with tokenizers that put tokens round a text, against plain forward passes over the right ids."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from tokenizers import processors

from harness.evaluation.lm import SharedPrefixLM

PAD, EOS = 0, 1
CONTEXT = "Human: What should I tell my friend about tea?\n\nAssistant:"
CHOICES = [" Sure. Take your time, then begin.", " No.", " I can't help with that."]
ROUND = {
    "nothing": ("$A", []),
    "end token": ("$A <eos>", []),
    "two end tokens": ("$A <eos> <pad>", []),
    "begin token": ("<pad> $A", [PAD]),
    "begin and end token": ("<pad> $A <eos>", [PAD]),
    "two begin tokens": ("<eos> <pad> $A", [EOS, PAD]),
}
CASES = pytest.mark.parametrize(("single", "front"), ROUND.values(), ids=ROUND.keys())


def lm_of(model: Any, tokenizer: Any, single: str, window: int = 128) -> SharedPrefixLM:
    changed = copy.deepcopy(tokenizer)
    changed.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[("<pad>", PAD), ("<eos>", EOS)]
    )
    return SharedPrefixLM(model, tokenizer=changed, batch_size=2, max_length=window)


def log_likelihood(model: Any, context: Sequence[int], choice: Sequence[int]) -> float:
    with torch.no_grad():
        logs = model(torch.tensor([[*context, *choice]])).logits[0].float().log_softmax(-1)
    return sum(float(logs[len(context) + at - 1, token]) for at, token in enumerate(choice))


def ask(kind: str, *args: Any) -> Instance:
    return Instance(kind, {}, args, 0, metadata=("t", 0, 1))


@CASES
def test_choices_are_scored_behind_what_goes_in_front_of_their_context(
    model: Any, tokenizer: Any, single: str, front: list[int]
) -> None:
    found = lm_of(model, tokenizer, single).loglikelihood([ask("loglikelihood", CONTEXT, c) for c in CHOICES])
    before = tokenizer(CONTEXT)["input_ids"]
    right = [
        log_likelihood(model, [*front, *before], tokenizer(CONTEXT + choice)["input_ids"][len(before) :])
        for choice in CHOICES
    ]
    assert [value for value, _ in found] == pytest.approx(right, abs=1e-4)


@CASES
def test_an_empty_context_is_what_goes_in_front_or_the_end_token(
    model: Any, tokenizer: Any, single: str, front: list[int]
) -> None:
    found = lm_of(model, tokenizer, single).loglikelihood([ask("loglikelihood", "", c) for c in CHOICES])
    right = [log_likelihood(model, front or [EOS], tokenizer(choice)["input_ids"]) for choice in CHOICES]
    assert [value for value, _ in found] == pytest.approx(right, abs=1e-4)


@CASES
def test_a_whole_text_is_scored_behind_what_goes_in_front(
    model: Any, tokenizer: Any, single: str, front: list[int]
) -> None:
    """Which is no part of the text: its own probability is not counted."""
    [found] = lm_of(model, tokenizer, single).loglikelihood_rolling([ask("loglikelihood_rolling", CONTEXT)])
    right = log_likelihood(model, front or [EOS], tokenizer(CONTEXT)["input_ids"])
    assert found == pytest.approx(right, abs=1e-4)


@CASES
def test_an_answer_is_what_the_model_goes_on_with(model: Any, tokenizer: Any, single: str, front: list[int]) -> None:
    contexts = [CONTEXT, "Human: Hi\n\nAssistant:", "Human: And what about the tea in town?\n\nAssistant:"]
    asked = {"until": ["\nHuman:"], "max_gen_toks": 8}
    found = lm_of(model, tokenizer, single).generate_until([ask("generate_until", text, asked) for text in contexts])
    assert found == [argmax_text(model, tokenizer, [*front, *tokenizer(text)["input_ids"]], 8) for text in contexts]


def argmax_text(model: Any, tokenizer: Any, ids: list[int], new: int) -> str:
    start = len(ids)
    with torch.no_grad():
        for _ in range(new):
            token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
            if token == EOS:
                break
            ids = [*ids, token]
    return str(tokenizer.decode(ids[start:], skip_special_tokens=True)).split("\nHuman:")[0]


@CASES
def test_a_chat_templates_context_has_what_the_template_writes(
    model: Any, tokenizer: Any, single: str, front: list[int]
) -> None:
    """Also where that is the very token that goes in front."""
    lm = lm_of(model, tokenizer, single)
    for start in ("", "<pad>"):
        lm.tokenizer.chat_template = start + "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        turns = [{"role": "user", "content": "What is tea?"}]
        rendered = lm.apply_chat_template(turns)
        assert lm.tok_encode(rendered) == lm.tokenizer.apply_chat_template(turns, tokenize=True)["input_ids"]


def test_the_same_texts_are_read_otherwise_once_a_template_makes_them(model: Any, tokenizer: Any) -> None:
    lm = lm_of(model, tokenizer, "<pad> $A")
    plain = lm._encode_pair(CONTEXT, " No.")
    lm.templated = True
    assert lm._encode_pair(CONTEXT, " No.")[0] == plain[0][1:]


def test_lm_evals_setting_for_a_begin_token_goes_before_what_the_tokenizer_does(model: Any, tokenizer: Any) -> None:
    lm = lm_of(model, tokenizer, "<pad> $A <eos>")
    lm.add_bos_token = False
    assert lm.tok_encode(CONTEXT) == tokenizer(CONTEXT)["input_ids"]
