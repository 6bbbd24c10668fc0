"""lm-eval's Hugging Face model around a model in memory."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from transformers import BloomConfig, BloomForCausalLM

from harness.evaluation.lm import InMemoryLM

CONTEXT = "Human: What should I tell my friend about tea?\n\nAssistant:"
GREEDY = {"until": ["\nHuman:"], "max_gen_toks": 12, "do_sample": False}


def scoring(*choices: str, context: str = CONTEXT) -> list[Instance]:
    return [Instance("loglikelihood", {}, (context, choice), 0, metadata=("t", 0, 1)) for choice in choices]


def generation(*contexts: str) -> list[Instance]:
    return [Instance("generate_until", {}, (text, GREEDY), 0, metadata=("t", n, 1)) for n, text in enumerate(contexts)]


def lm_of(model: Any, tokenizer: Any, max_length: int = 128) -> InMemoryLM:
    return InMemoryLM(model, tokenizer, batch_size=4, max_length=max_length)


CHOICES = [" Sure. Take your time, then begin.", " No.", " I can't help with that.", " No."]


def test_scores_are_those_of_lm_evals_own_model(model: Any, tokenizer: Any) -> None:
    """Choice by choice, within rounding."""
    lm = lm_of(model, tokenizer)
    ours = lm.loglikelihood(scoring(*CHOICES))
    stock = HFLM(pretrained=model, tokenizer=tokenizer, max_length=128).loglikelihood(
        scoring(*CHOICES), disable_tqdm=True
    )
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in stock], abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in stock]
    assert lm.scorer == "packed"


def test_an_architecture_without_such_a_mask_takes_the_stock_path(tokenizer: Any) -> None:
    """BLOOM's positions come from its mask."""
    config = BloomConfig(vocab_size=320, hidden_size=32, n_layer=2, n_head=2, pad_token_id=0, initializer_range=0.3)
    bloom = BloomForCausalLM(config).eval()
    lm = lm_of(bloom, tokenizer)
    ours = lm.loglikelihood(scoring(*CHOICES))
    stock = HFLM(pretrained=bloom, tokenizer=tokenizer, max_length=128).loglikelihood(
        scoring(*CHOICES), disable_tqdm=True
    )
    assert lm.scorer == "stock"
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in stock], abs=1e-4)


def test_low_precision_takes_the_stock_path(model: Any, tokenizer: Any) -> None:
    """Its rounding would hide a wrong mask."""
    lm = lm_of(model.to(torch.bfloat16), tokenizer)
    assert all(math.isfinite(value) for value, _ in lm.loglikelihood(scoring(*CHOICES)))
    assert lm.scorer == "stock"


def test_a_context_beyond_the_window_is_cut_on_the_left_as_in_lm_eval(model: Any, tokenizer: Any) -> None:
    """The others are still scored together."""
    window = 64
    requests = scoring(*CHOICES) + scoring(" No.", context="word " * 100)
    ours = lm_of(model, tokenizer, window).loglikelihood(requests)
    stock = HFLM(pretrained=model, tokenizer=tokenizer, max_length=window).loglikelihood(requests, disable_tqdm=True)
    assert [value for value, _ in ours] == pytest.approx([value for value, _ in stock], abs=1e-4)


def test_a_choice_beyond_the_window_is_not_scored(model: Any, tokenizer: Any) -> None:
    """It is NaN, and not an assertion of lm-eval's."""
    first, second = lm_of(model, tokenizer, 32).loglikelihood(scoring(" word" * 100, " No.", context="Well"))
    assert math.isnan(first[0])
    assert math.isfinite(second[0])


def test_greedy_answers_are_those_of_lm_evals_own_model(model: Any, tokenizer: Any) -> None:
    """In the order of the requests, of different lengths."""
    requests = generation(CONTEXT, "Human: Hi\n\nAssistant:", "Human: What is the best tea in town?\n\nAssistant:")
    ours = lm_of(model, tokenizer).generate_until(requests)
    stock = HFLM(pretrained=model, tokenizer=tokenizer, max_length=128, batch_size=4)
    assert ours == stock.generate_until(requests, disable_tqdm=True)


def test_an_answer_ends_before_the_stop_string(model: Any, tokenizer: Any) -> None:
    """Which is whatever the model happens to write here."""
    (whole,) = lm_of(model, tokenizer).generate_until(generation(CONTEXT))
    stop = whole[len(whole) // 2 :][:3]
    request = Instance("generate_until", {}, (CONTEXT, GREEDY | {"until": [stop]}), 0, metadata=("t", 0, 1))
    assert lm_of(model, tokenizer).generate_until([request]) == [whole.split(stop)[0]]


def test_logits_that_are_not_finite_are_noticed_while_generating(model: Any, tokenizer: Any) -> None:
    """The text that comes of them looks like any other."""
    lm = lm_of(model, tokenizer)
    lm.generate_until(generation(CONTEXT))
    assert lm.notes.unmeasured == set()
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    lm.generate_until(generation(CONTEXT))
    assert lm.notes.unmeasured == {CONTEXT}


def test_dropout_is_off_whatever_mode_the_model_was_left_in(model: Any, tokenizer: Any) -> None:
    """The model drops half of its attention in training mode."""
    lm = lm_of(model, tokenizer)
    first = lm.loglikelihood(scoring(*CHOICES)), lm.generate_until(generation(CONTEXT))
    model.train()
    assert lm.loglikelihood(scoring(*CHOICES)) == first[0]
    model.train()
    assert lm.generate_until(generation(CONTEXT)) == first[1]


def test_progress_counts_items_and_not_requests(model: Any, tokenizer: Any) -> None:
    """Three choices of one item are one."""
    lm = lm_of(model, tokenizer)
    told: list[int] = []
    lm.advance = told.append
    requests = [Instance("loglikelihood", {}, (CONTEXT, c), 0, metadata=("t", n, 1)) for n in range(5) for c in CHOICES]
    lm.loglikelihood(requests)
    lm.generate_until(generation(CONTEXT, "Human: Hi\n\nAssistant:"))
    assert sum(told) == 5 + 2
