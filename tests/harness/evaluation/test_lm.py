"""lm-eval's Hugging Face model around a model in memory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from lm_eval.api.registry import get_model
from lm_eval.models.huggingface import HFLM
from transformers import BloomConfig, BloomForCausalLM

from harness.evaluation.lm import SharedPrefixLM
from iteralign.generation.precision import float32_logits
from iteralign.scoring.token_tree import trie_size

CONTEXT = "Human: What should I tell my friend about tea?\n\nAssistant:"
GREEDY = {"until": ["\nHuman:"], "max_gen_toks": 12, "do_sample": False}


def scoring(*choices: str, context: str = CONTEXT) -> list[Instance]:
    return [Instance("loglikelihood", {}, (context, choice), 0, metadata=("t", 0, 1)) for choice in choices]


def generation(*contexts: str) -> list[Instance]:
    return [Instance("generate_until", {}, (text, GREEDY), 0, metadata=("t", n, 1)) for n, text in enumerate(contexts)]


def lm_of(model: Any, tokenizer: Any, max_length: int = 128) -> SharedPrefixLM:
    return SharedPrefixLM(model, tokenizer=tokenizer, batch_size=4, max_length=max_length)


CHOICES = [" Sure. Take your time, then begin.", " No.", " I can't help with that.", " No."]


def values(answers: list[tuple[float, bool]]) -> list[float]:
    return [value for value, _ in answers]


def stock_answers(model: Any, tokenizer: Any, requests: list[Instance], window: int = 128) -> list[tuple[float, bool]]:
    """What lm-eval's own model says."""
    lm = HFLM(pretrained=model, tokenizer=tokenizer, max_length=window)
    answers: list[tuple[float, bool]] = lm.loglikelihood(requests, disable_tqdm=True)
    return answers


def test_scores_are_those_of_lm_evals_own_model(model: Any, tokenizer: Any) -> None:
    """Choice by choice, within rounding, with what they share read once."""
    lm = lm_of(model, tokenizer)
    ours, stock = lm.loglikelihood(scoring(*CHOICES)), stock_answers(model, tokenizer, scoring(*CHOICES))
    assert values(ours) == pytest.approx(values(stock), abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in stock]
    assert lm.scorer_check.scorer == "shared-prefix"
    assert lm.scorer_check.largest_difference == pytest.approx(0, abs=1e-4)
    encoded = [lm._encode_pair(CONTEXT, choice) for choice in CHOICES]
    assert lm.forwarded_tokens == trie_size([(tuple(context), tuple(choice)) for context, choice in encoded])


def test_many_questions_behind_one_preamble_get_lm_evals_own_scores(model: Any, tokenizer: Any) -> None:
    """Enough of them for a prefix, several rows and several batches."""
    preamble = "".join(f"Q: What about {topic}? A: It is {topic}.\n" for topic in ("tea", "rain", "maps"))
    requests = [
        request for n in range(24) for request in scoring(*CHOICES[:3], context=f"{preamble}Q: And the number {n}? A:")
    ]
    lm = lm_of(model, tokenizer, 256)
    ours, stock = lm.loglikelihood(requests), stock_answers(model, tokenizer, requests, 256)
    assert lm.scorer_check.scorer == "shared-prefix"
    assert values(ours) == pytest.approx(values(stock), abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in stock]
    assert lm._planned is not None
    assert any(group.prefix for group in lm._planned[1])


def test_lm_eval_finds_the_model_by_its_name_and_loads_it_from_a_path(
    model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    """As its own command line does it; the scores are those of the model in memory."""
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert get_model("shared-prefix") is SharedPrefixLM
    lm = get_model("shared-prefix").create_from_arg_string(
        f"pretrained={tmp_path},max_length=128", {"batch_size": 4, "device": "cpu"}
    )
    found = lm.loglikelihood(scoring(*CHOICES), disable_tqdm=True)
    assert values(found) == pytest.approx(values(lm_of(model, tokenizer).loglikelihood(scoring(*CHOICES))), abs=1e-5)
    assert lm.scorer_check.scorer == "shared-prefix"


def test_a_batch_size_of_auto_is_taken_as_lm_eval_takes_it(model: Any, tokenizer: Any) -> None:
    """It is a value that HFLM documents."""
    lm = SharedPrefixLM(model, tokenizer=tokenizer, batch_size="auto", max_length=128)
    found = lm.loglikelihood(scoring(*CHOICES))
    assert values(found) == pytest.approx(values(stock_answers(model, tokenizer, scoring(*CHOICES))), abs=1e-4)


def test_an_architecture_without_such_a_mask_takes_the_stock_path(tokenizer: Any) -> None:
    """BLOOM's positions come from its mask."""
    config = BloomConfig(vocab_size=320, hidden_size=32, n_layer=2, n_head=2, pad_token_id=0, initializer_range=0.3)
    bloom = BloomForCausalLM(config).eval()
    lm = lm_of(bloom, tokenizer)
    ours = lm.loglikelihood(scoring(*CHOICES))
    assert lm.scorer_check.scorer == "stock"
    assert lm.scorer_check.reason
    assert lm.forwarded_tokens == 0
    assert values(ours) == pytest.approx(values(stock_answers(bloom, tokenizer, scoring(*CHOICES))), abs=1e-4)


def test_low_precision_is_scored_with_shared_prefixes_where_it_agrees(model: Any, tokenizer: Any) -> None:
    """Precision alone is no reason for the stock path. Logits are in float32 either way."""
    low = model.to(torch.bfloat16)
    lm = lm_of(low, tokenizer)
    ours = lm.loglikelihood(scoring(*CHOICES))
    assert lm.scorer_check.scorer == "shared-prefix"
    with float32_logits(low):
        stock = stock_answers(low, tokenizer, scoring(*CHOICES))
    assert values(ours) == pytest.approx(values(stock), abs=0.05)


def test_an_evaluation_begins_without_a_decision_on_the_scorer(model: Any, tokenizer: Any) -> None:
    """Other weights may be in force; those that are broken show in the numbers."""
    lm = lm_of(model, tokenizer)
    assert lm.scorer_check.scorer == "undecided"
    lm.loglikelihood(scoring(*CHOICES))
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    lm.start()
    assert all(math.isnan(value) for value, _ in lm.loglikelihood(scoring(*CHOICES)))
    assert lm.scorer_check.scorer == "undecided"


def test_spaces_at_a_context_s_end_belong_to_the_choice_as_in_lm_eval(model: Any, tokenizer: Any) -> None:
    """Its tokens begin with them."""
    requests = [
        *scoring("No.", "Sure.", context="Well then  "),
        *scoring("No.", context="Well then\n\n"),
        *scoring(" No."),
    ]
    lm = lm_of(model, tokenizer)
    context, choice = lm._encode_pair("Well then  ", "No.")
    assert (lm.tok_decode(context), lm.tok_decode(choice)) == ("Well then", "  No.")
    assert values(lm.loglikelihood(requests)) == pytest.approx(
        values(stock_answers(model, tokenizer, requests)), abs=1e-4
    )
    assert lm.scorer_check.scorer == "shared-prefix"


def test_an_empty_context_is_the_end_token_as_in_lm_eval(model: Any, tokenizer: Any) -> None:
    """Together with others."""
    requests = [*scoring("No.", "Sure.", context=""), *scoring(*CHOICES)]
    ours = lm_of(model, tokenizer).loglikelihood(requests)
    assert values(ours) == pytest.approx(values(stock_answers(model, tokenizer, requests)), abs=1e-4)


@pytest.mark.parametrize("length", [29, 30, 31, 32, 60])
def test_tokens_around_the_window_s_size_are_cut_as_in_lm_eval(model: Any, tokenizer: Any, length: int) -> None:
    """The last token is only predicted, so that one more than the window fits."""
    window = 32
    context, other = [2 + n % 300 for n in range(length)], [7] * length
    requests = [(("", ""), list(start), choice) for start in (context, other) for choice in ([5, 6], [8, 9], [8, 4, 9])]
    lm = lm_of(model, tokenizer, window)
    ours = lm._loglikelihood_tokens(requests)
    stock = HFLM(pretrained=model, tokenizer=tokenizer, max_length=window)
    assert values(ours) == pytest.approx(values(stock._loglikelihood_tokens(requests, disable_tqdm=True)), abs=1e-4)
    assert lm.scorer_check.scorer == "shared-prefix"


def test_a_long_text_s_likelihood_is_that_of_lm_evals_own_model(model: Any, tokenizer: Any) -> None:
    """It is read in windows, each of which is a request."""
    requests = [
        Instance("loglikelihood_rolling", {}, (text,), 0, metadata=("t", n, 1))
        for n, text in enumerate([CONTEXT * 3, "Well."])
    ]
    stock = HFLM(pretrained=model, tokenizer=tokenizer, max_length=32)
    ours = lm_of(model, tokenizer, 32).loglikelihood_rolling(requests)
    assert ours == pytest.approx(stock.loglikelihood_rolling(requests, disable_tqdm=True), abs=1e-3)


def test_a_context_beyond_the_window_is_cut_on_the_left_as_in_lm_eval(model: Any, tokenizer: Any) -> None:
    """The others are still scored together."""
    window = 64
    requests = scoring(*CHOICES) + scoring(" No.", context="word " * 100)
    lm = lm_of(model, tokenizer, window)
    ours, stock = lm.loglikelihood(requests), stock_answers(model, tokenizer, requests, window)
    assert values(ours) == pytest.approx(values(stock), abs=1e-4)
    assert lm.scorer_check.scorer == "shared-prefix"
    assert lm.notes.truncated == {("t", 0)}


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


def test_what_is_decoded_alike_is_written_in_one_call(
    model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the generator can make the most of it, whatever lm-eval's batches are; answers keep their places."""
    lm = lm_of(model, tokenizer)
    contexts = [f"Human: What about the number {n}?\n\nAssistant:" for n in range(9)]
    requests = generation(*contexts)
    for request in requests[6:]:
        request.arguments = (request.args[0], {**GREEDY, "max_gen_toks": 5})
    alone = [lm.generate_until([request])[0] for request in requests]
    calls: list[tuple[int, int]] = []
    whole = lm._write

    def write(prompts: Any, decoding: Any, **settings: Any) -> Any:
        calls.append((len(prompts), decoding.new_tokens))
        return whole(prompts, decoding, **settings)

    monkeypatch.setattr(lm, "_write", write)
    assert lm.generate_until(requests) == alone
    assert sorted(calls) == [(3, 5), (6, 12)]
