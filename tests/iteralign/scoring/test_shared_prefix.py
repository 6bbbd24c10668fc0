"""Requests scored together get the numbers that they get one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPTNeoXConfig,
    OPTConfig,
    PretrainedConfig,
    Qwen2Config,
)

from iteralign.generation.head_reads import HeadReads
from iteralign.scoring.shared_prefix import Answer, SharedPrefixScorer, _frozen, batches_of
from iteralign.scoring.token_tree import Group, Pair, Row, one_row, plan

TRUNK = tuple(2 + 7 * n % 59 for n in range(90))
"""Long enough to be a prefix of its own where rows are narrow."""
SIZES: dict[str, Any] = {"vocab_size": 64, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None}
ARCHITECTURES: dict[str, PretrainedConfig] = {
    "gpt_neox": GPTNeoXConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, initializer_range=0.3, **SIZES
    ),
    "gpt2": GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=128, initializer_range=0.3, **SIZES),
    "qwen2": Qwen2Config(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.3,
        **SIZES,
    ),
    "opt": OPTConfig(
        hidden_size=32,
        ffn_dim=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=128,
        word_embed_proj_dim=32,
        init_std=0.3,
        **SIZES,
    ),
}
FEW: list[Pair] = [
    ((5, 6, 7), (8, 9)),
    ((5, 6, 7), (10,)),
    ((5, 6, 7), (8, 11, 12, 13)),
    ((5, 6, 7, 8), (11, 12)),
    ((3,), (4, 4, 4)),
]
BEHIND_A_PREFIX: list[Pair] = [((*TRUNK, number), (5, 6, number)) for number in range(10, 22)]


@st.composite
def requests(draw: Any) -> list[Pair]:
    """Some with a long beginning in common, split anywhere into context and choice."""
    found = []
    for _ in range(draw(st.integers(1, 10))):
        whole = TRUNK[: draw(st.sampled_from([0, 1, 80, 90]))]
        whole += tuple(draw(st.lists(st.integers(2, 60), min_size=2, max_size=6)))
        split = max(1, len(whole) - draw(st.integers(1, 5)))
        found.append((whole[:split], whole[split:]))
    return found


def one_by_one(model: Any, pair: Pair) -> Answer:
    context, choice = pair
    with torch.no_grad():
        logits = model(torch.tensor([[*context, *choice]]), use_cache=False).logits[0, len(context) - 1 : -1]
    wanted = torch.tensor(choice)
    log_probs = torch.log_softmax(logits.float(), dim=-1).gather(1, wanted[:, None])
    return float(log_probs.sum()), bool((logits.argmax(-1) == wanted).all())


def together(model: Any, groups: Sequence[Group], *, budget: int = 64, **settings: Any) -> dict[Pair, Answer]:
    return SharedPrefixScorer(model, budget=budget).score(groups, advance=lambda _: None, **settings)


def both_ways(pairs: Sequence[Pair], widest: int = 64) -> list[Group]:
    """Behind a prefix that they all share, and without one; the second scoring must not depend on the first."""
    return [one_row(pairs, with_prefix=True), *plan(pairs, widest=widest)]


def check_against_one_by_one(model: Any, groups: Sequence[Group], within: float = 1e-4) -> None:
    for group in groups:
        for pair, (value, greedy) in together(model, [group]).items():
            expected, expected_greedy = one_by_one(model, pair)
            assert value == pytest.approx(expected, abs=within)
            assert greedy == expected_greedy


def randomised(model: Any) -> Any:
    """LoRA starts with B at zero, which changes nothing."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.3)
    return model.eval()


ADAPTER = LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM")


@settings(max_examples=30, deadline=None)
@given(pairs=requests(), widest=st.integers(1, 120), budget=st.integers(1, 400))
def test_any_requests_get_their_own_numbers(random_llama: Any, pairs: list[Pair], widest: int, budget: int) -> None:
    """Whatever they share, and however they fall into prefixes, rows and batches."""
    found = together(random_llama, plan(pairs, widest=widest), budget=budget)
    assert set(found) == set(pairs)
    for pair, (value, greedy) in found.items():
        expected, expected_greedy = one_by_one(random_llama, pair)
        assert value == pytest.approx(expected, abs=1e-3)
        assert greedy == expected_greedy


def test_requests_behind_a_cached_prefix_get_their_own_numbers(random_llama: Any) -> None:
    """In several rows and batches that all go on from it."""
    groups = plan(BEHIND_A_PREFIX, widest=9)
    assert [group.prefix for group in groups] == [TRUNK]
    assert len(list(batches_of(groups[0].rows, 18))) > 1
    check_against_one_by_one(random_llama, groups)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_other_architectures_too(name: str, attention: str) -> None:
    """Rotary and learnt positions, parallel residuals, heads that share keys, in both ways to attend."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(ARCHITECTURES[name], attn_implementation=attention).eval()
    assert model.config._attn_implementation == attention
    check_against_one_by_one(model, both_ways(FEW))
    check_against_one_by_one(model, plan(BEHIND_A_PREFIX[:9], widest=9))


def test_an_adapter_s_numbers_with_it_on_and_off(model: Any) -> None:
    """As the program puts it on: into the network itself."""
    model.add_adapter(ADAPTER)
    randomised(model)
    on = together(model, both_ways(FEW))
    check_against_one_by_one(model, both_ways(FEW))
    model.disable_adapters()
    off = together(model, both_ways(FEW))
    check_against_one_by_one(model, both_ways(FEW))
    assert all(abs(on[pair][0] - off[pair][0]) > 1e-2 for pair in FEW)


def test_a_wrapped_adapter_model_gets_its_numbers(model: Any) -> None:
    """As lm-eval puts an adapter on: around the network."""
    wrapped = randomised(get_peft_model(model, ADAPTER))
    check_against_one_by_one(wrapped, both_ways(FEW))
    check_against_one_by_one(wrapped, plan(BEHIND_A_PREFIX, widest=9))


def test_bfloat16_is_as_near_to_float32_as_one_by_one(random_llama: Any, model: Any) -> None:
    """Its own rounding is what is left of the difference."""
    low = model.to(torch.bfloat16)
    groups = [*plan(BEHIND_A_PREFIX, widest=9), *both_ways(FEW)]
    for pair, (value, _) in together(low, groups).items():
        assert value == pytest.approx(one_by_one(low, pair)[0], abs=0.5)
        assert value == pytest.approx(one_by_one(random_llama, pair)[0], abs=1.0)


@pytest.mark.parametrize("pairs", [FEW, BEHIND_A_PREFIX], ids=["no prefix", "prefix"])
def test_nan_weights_give_nan(model: Any, pairs: list[Pair]) -> None:
    """And not some number, nor a choice that decoding would write."""
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    answers = together(model, plan(pairs, widest=9)).values()
    assert all(math.isnan(value) and not greedy for value, greedy in answers)


def test_nan_in_a_layer_gives_nan(model: Any) -> None:
    """It comes through the cache of a prefix too."""
    torch.nn.init.constant_(model.model.layers[0].self_attn.v_proj.weight, float("nan"))
    groups = [*plan(FEW, widest=9), *plan(BEHIND_A_PREFIX, widest=9)]
    assert all(math.isnan(value) for value, _ in together(model, groups).values())


def test_greedy_is_told_from_the_rest(random_llama: Any) -> None:
    """A choice that decoding would write, and the same with another first or last token."""
    context = (5, 6, 7)
    with torch.no_grad():
        written = random_llama.generate(torch.tensor([context]), max_new_tokens=3, do_sample=False, eos_token_id=-1)
    greedy = tuple(written[0, 3:].tolist())
    other = tuple(2 if token != 2 else 3 for token in greedy)
    pairs = [(context, greedy), (context, (*greedy[:2], other[2])), (context, (other[0], *greedy[1:]))]
    found = together(random_llama, plan(pairs, widest=32))
    assert [found[pair][1] for pair in pairs] == [True, False, False]


def test_progress_adds_up_to_the_requests(random_llama: Any) -> None:
    """Each batch tells of its own when it is done; equal requests are one."""
    told: list[int] = []
    pairs = [*FEW, *FEW, *BEHIND_A_PREFIX]
    SharedPrefixScorer(random_llama, budget=16).score(plan(pairs, widest=9), advance=told.append)
    assert sum(told) == len(set(pairs))
    assert len(told) > 2


def test_what_is_forwarded_counts_padding_and_prefixes(random_llama: Any) -> None:
    """Two rows of ten and nine columns go in one batch, twice ten wide."""
    pairs: list[Pair] = [(tuple(range(2, 12)), (5,)), (tuple(range(20, 29)), (5,))]
    scorer = SharedPrefixScorer(random_llama, budget=20)
    scorer.score(plan(pairs, widest=10), advance=lambda _: None)
    assert scorer.forwarded == 20
    groups = plan(BEHIND_A_PREFIX, widest=9)
    scorer.score(groups, advance=lambda _: None)
    assert scorer.forwarded == 20 + len(TRUNK) + sum(row.width for row in groups[0].rows)


def of_width(width: int) -> Row:
    return one_row([(tuple(range(2, 2 + width)), (1,))], with_prefix=False).rows[0]


@given(widths=st.lists(st.integers(1, 60), min_size=1, max_size=40), budget=st.integers(1, 200))
def test_batches_keep_their_bounds(widths: list[int], budget: int) -> None:
    """In columns and in padding; every row comes once, the widest first."""
    rows = [of_width(width) for width in widths]
    batches = list(batches_of(rows, budget))
    assert [row.width for batch in batches for row in batch] == sorted(widths, reverse=True)
    assert {id(row) for batch in batches for row in batch} == {id(row) for row in rows}
    for batch in batches:
        assert len(batch) == 1 or len(batch) * batch[0].width <= budget
        assert batch[-1].width >= 0.8 * batch[0].width


def test_rows_of_like_width_fill_the_budget() -> None:
    """Four of ten columns in forty, and not one by one."""
    assert [len(batch) for batch in batches_of([of_width(10)] * 10, 40)] == [4, 4, 2]


def test_without_the_tree_in_its_mask_the_numbers_are_others(random_llama: Any) -> None:
    """The first path of each row sees the same as before, and nobody else does."""
    group = one_row(FEW, with_prefix=False)
    right, wrong = together(random_llama, [group]), together(random_llama, [group], causal_only=True)
    first = min(FEW)
    assert wrong[first][0] == pytest.approx(right[first][0], abs=1e-4)
    apart = {pair for pair in FEW if abs(wrong[pair][0] - right[pair][0]) > 0.1}
    assert apart >= {((5, 6, 7), (8, 9)), ((5, 6, 7), (8, 11, 12, 13))}


def test_a_prefix_s_cache_is_read_and_never_written(random_llama: Any) -> None:
    """So that every batch goes on from the same."""
    (group,) = plan(BEHIND_A_PREFIX, widest=9)
    scorer = SharedPrefixScorer(random_llama, budget=18)
    with HeadReads(random_llama) as reads:
        cache: Any = scorer._read_prefix(group.prefix, reads)
        before = [(layer.keys.clone(), layer.values.clone()) for layer in cache.layers]
        score = partial(scorer._score_batch, reads, cache, len(group.prefix), False)
        assert score(group.rows[:2]) == score(group.rows[:2])
    assert cache.get_seq_length() == len(TRUNK)
    for layer, (keys, values) in zip(cache.layers, before, strict=True):
        assert torch.equal(layer.keys, keys)
        assert torch.equal(layer.values, values)


def test_a_pass_that_goes_on_from_a_prefix_keeps_nothing_of_its_own(random_llama: Any) -> None:
    """What it adds would be a copy for every layer until the pass is over."""
    with HeadReads(random_llama) as reads:
        frozen = _frozen(SharedPrefixScorer(random_llama, budget=18)._read_prefix(TRUNK, reads), 2)
    with torch.no_grad():
        random_llama(torch.tensor([[5, 6], [7, 8]]), past_key_values=frozen, use_cache=True)
    assert {layer.keys.shape[-2] for layer in frozen.layers} == {len(TRUNK)}


def test_the_model_is_left_without_hooks_after_an_error_too(model: Any) -> None:
    """A hook that stayed would cut the logits of everybody else."""
    before = model(torch.tensor([[5, 6, 7]])).logits
    together(model, plan(FEW, widest=9))
    with pytest.raises(IndexError):
        together(model, [one_row([((5, 6), (7,)), ((5, 100_000), (7,))], with_prefix=False)])
    assert torch.equal(model(torch.tensor([[5, 6, 7]])).logits, before)


def test_passes_side_by_side_give_the_numbers_of_one_after_the_other(random_llama: Any) -> None:
    """Each with its own places in the last layer's logits."""
    groups = plan([((5, 6, number), (7, number)) for number in range(2, 42)], widest=8)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = together(random_llama, groups)
        torch.set_num_threads(4)
        beside = together(random_llama, groups)
    finally:
        torch.set_num_threads(before)
    assert list(beside) == list(alone)
    values = [[value for value, _ in answers.values()] for answers in (beside, alone)]
    assert values[0] == pytest.approx(values[1], abs=1e-5)
