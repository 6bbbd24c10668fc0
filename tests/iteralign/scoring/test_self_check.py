"""Which models the shared-prefix scorer is used on: those on which it gives lm-eval's own numbers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from lm_eval.models.huggingface import HFLM
from transformers import BloomConfig, BloomForCausalLM, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from iteralign.generation.precision import float32_logits
from iteralign.scoring.checked import ScorerCheck
from iteralign.scoring.self_check import Stock, check
from iteralign.scoring.shared_prefix import Answer
from iteralign.scoring.token_tree import Pair

BATCH_SIZE = 4


def made(questions: int, seed: int) -> list[Pair]:
    """Four choices of each question behind one preamble of 40 tokens."""
    draw = random.Random(seed)
    preamble = tuple(draw.randrange(2, 300) for _ in range(40))
    found: list[Pair] = []
    for _ in range(questions):
        question = tuple(draw.randrange(2, 300) for _ in range(draw.randrange(5, 20)))
        for _ in range(4):
            found.append(((*preamble, *question), tuple(draw.randrange(2, 300) for _ in range(draw.randrange(1, 12)))))
    return found


PAIRS = made(questions=8, seed=0)


def stock_of(model: Any, tokenizer: Any) -> Stock:
    """lm-eval's own path."""

    def stock(pairs: Sequence[Pair], batch_size: int) -> Sequence[Answer]:
        lm = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size, max_length=200, softmax_dtype="float32")
        requests = [(("", ""), list(context), list(choice)) for context, choice in pairs]
        answers: list[Answer] = lm._loglikelihood_tokens(requests, disable_tqdm=True)
        return answers

    return stock


def off_by(stock: Stock, together: float, alone: float = 0.0) -> Stock:
    """The same with something added, in a batch of several or of one."""

    def other(pairs: Sequence[Pair], batch_size: int) -> Sequence[Answer]:
        added = alone if batch_size == 1 else together
        return [(value + added, greedy) for value, greedy in stock(pairs, batch_size)]

    return other


def checked(model: Any, tokenizer: Any, pairs: Sequence[Pair] = PAIRS, stock: Stock | None = None) -> ScorerCheck:
    """As the program does it: with logits in float32 on both sides."""
    with float32_logits(model):
        return check(model, model.dtype, pairs, stock or stock_of(model, tokenizer), BATCH_SIZE)


def mistral(window: int) -> Any:
    config = MistralConfig(
        vocab_size=320,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        initializer_range=0.3,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
        sliding_window=window,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MistralForCausalLM(config).eval()


def test_a_llama_that_agrees_is_scored_with_shared_prefixes(random_llama: Any, tokenizer: Any) -> None:
    """And by how much it differs is told."""
    found = checked(random_llama, tokenizer)
    assert found.scorer == "shared-prefix"
    assert found.reason == "5 requests agree within 0.0001 nats"
    assert found.largest_difference is not None
    assert 0 <= found.largest_difference <= 1e-4


def test_a_model_that_takes_no_such_mask_keeps_the_stock_path(tokenizer: Any) -> None:
    """BLOOM's positions come from its mask; what it says is the reason."""
    config = BloomConfig(vocab_size=320, hidden_size=32, n_layer=2, n_head=2, pad_token_id=0, initializer_range=0.3)
    found = checked(BloomForCausalLM(config).eval(), tokenizer)
    assert found.scorer == "stock"
    assert found.reason.startswith("the model takes no such mask, cache or positions (")
    assert not found.reason.endswith("()")
    assert found.largest_difference is None


def test_a_sliding_window_shorter_than_the_sequences_keeps_the_stock_path(tokenizer: Any) -> None:
    """The mask of a tree has no window. Nothing is raised, the numbers are others."""
    found = checked(mistral(window=16), tokenizer)
    assert found.scorer == "stock"
    assert "differs from the stock path by up to" in found.reason
    assert found.largest_difference is not None
    assert found.largest_difference > 0.1


def test_only_the_longest_request_need_reach_beyond_a_window(tokenizer: Any) -> None:
    """It is always among the few that are compared."""
    short = [(context[40:], choice) for context, choice in PAIRS]
    assert checked(mistral(window=40), tokenizer, short).scorer == "shared-prefix"
    assert checked(mistral(window=40), tokenizer, [*short[:16], PAIRS[0], *short[16:]]).scorer == "stock"


def test_a_sliding_window_longer_than_the_sequences_does_no_harm(tokenizer: Any) -> None:
    """There it is a model like any other."""
    assert checked(mistral(window=100), tokenizer).scorer == "shared-prefix"


def test_a_model_on_which_a_wrong_mask_can_t_be_told_keeps_the_stock_path(model: Any, tokenizer: Any) -> None:
    """Logits that are all zero agree under any mask."""
    torch.nn.init.zeros_(model.lm_head.weight)
    found = checked(model, tokenizer)
    assert found.scorer == "stock"
    assert found.reason == "a wrong mask would change the numbers of this model too little to be noticed"
    assert found.largest_difference == pytest.approx(0, abs=1e-4)


def test_a_broken_model_leaves_it_open(model: Any, tokenizer: Any) -> None:
    """There is nothing to compare, and other weights may come."""
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    found = checked(model, tokenizer)
    assert found.scorer == "undecided"
    assert "not finite" in found.reason
    assert found.largest_difference is None


def test_numbers_where_the_stock_path_has_others_keep_the_stock_path(random_llama: Any, tokenizer: Any) -> None:
    """A hundredth of a nat is no rounding."""
    found = checked(random_llama, tokenizer, stock=off_by(stock_of(random_llama, tokenizer), 0.01, 0.01))
    assert found.scorer == "stock"
    assert found.reason == "on 5 requests it differs from the stock path by up to 0.01 nats, beyond 0.0001"
    assert found.largest_difference == pytest.approx(0.01, abs=1e-3)


def test_nan_where_the_stock_path_has_numbers_keeps_the_stock_path(
    random_llama: Any, model: Any, tokenizer: Any
) -> None:
    """NaN is beyond any tolerance."""
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    found = checked(model, tokenizer, stock=stock_of(random_llama, tokenizer))
    assert found.scorer == "stock"
    assert found.reason == "it gives no finite numbers where the stock path does"
    assert found.largest_difference is None


def test_the_stock_path_s_own_noise_is_allowed_for(random_llama: Any, tokenizer: Any) -> None:
    """Where it differs from itself between batch sizes, so may the scorer differ from it."""
    found = checked(random_llama, tokenizer, stock=off_by(stock_of(random_llama, tokenizer), 3e-4))
    assert found.scorer == "shared-prefix"
    assert found.largest_difference == pytest.approx(3e-4, abs=1e-4)


def test_noise_is_allowed_for_up_to_a_bound_only(random_llama: Any, tokenizer: Any) -> None:
    """A stock path that differs from itself by a hundredth is no measure of anything in float32."""
    found = checked(random_llama, tokenizer, stock=off_by(stock_of(random_llama, tokenizer), 0.01))
    assert found.scorer == "stock"
    assert found.reason.endswith("beyond 0.001")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_is_compared_within_its_own_rounding(model: Any, tokenizer: Any, dtype: torch.dtype) -> None:
    """The tiny model agrees well within a fifth of a nat, where a wrong mask makes whole nats."""
    found = checked(model.to(dtype), tokenizer)
    assert found.scorer == "shared-prefix"
    assert found.reason == "5 requests agree within 0.2 nats"
    assert found.largest_difference is not None
    assert found.largest_difference <= 0.1


class Forgetful(LlamaForCausalLM):
    """Takes a cache and reads nothing of it."""

    def forward(self, input_ids: Any, attention_mask: Any = None, past_key_values: Any = None, **rest: Any) -> Any:
        if attention_mask is not None:
            attention_mask = attention_mask[..., -input_ids.shape[1] :]
        if past_key_values is not None and not past_key_values.get_seq_length():
            return super().forward(input_ids, attention_mask, past_key_values=past_key_values, **rest)
        return super().forward(input_ids, attention_mask, **{**rest, "use_cache": False})


@pytest.mark.parametrize("pairs", [PAIRS, PAIRS[:3]], ids=["many", "three"])
def test_a_model_that_reads_no_cache_keeps_the_stock_path(model: Any, tokenizer: Any, pairs: list[Pair]) -> None:
    """However few the requests, those behind a prefix are compared, and not only those in a row without one."""
    model.__class__ = Forgetful
    found = checked(model, tokenizer, pairs)
    assert found.scorer == "stock"
    assert "differs from the stock path" in found.reason


def test_a_single_request_keeps_the_stock_path(random_llama: Any, tokenizer: Any) -> None:
    """It shares its row with nobody, so that no mask of it could be wrong."""
    found = checked(random_llama, tokenizer, PAIRS[:1])
    assert (found.scorer, found.largest_difference) == ("stock", None)
    assert found.reason == "a single request shares nothing with others"


@pytest.mark.parametrize("count", [2, 3])
def test_few_requests_are_enough_to_compare(random_llama: Any, tokenizer: Any, count: int) -> None:
    found = checked(random_llama, tokenizer, PAIRS[:count])
    assert found.scorer == "shared-prefix"
    assert found.largest_difference is not None
    assert found.largest_difference <= 1e-4


def test_an_adapter_is_compared_as_it_is_in_force(model: Any, tokenizer: Any) -> None:
    """The scorer reads the sum of weights and adapter, and the stock path both."""
    from peft import LoraConfig

    model.add_adapter(LoraConfig(r=4, target_modules=["q_proj", "down_proj"], task_type="CAUSAL_LM"))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.constant_(weight, 0.05)
    found = checked(model.eval(), tokenizer)
    assert found.scorer == "shared-prefix"
    assert found.largest_difference is not None
    assert 0 < found.largest_difference <= 1e-4
