"""Rows that come and go are written as transformers writes each prompt by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import (
    FalconConfig,
    FalconForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from iteralign.generation.continuous import ContinuousBatch, Layout, Rules, Written, drawn
from iteralign.generation.suitable import suits

torch.set_num_threads(1)

VOCABULARY, NEW = 128, 18
ENDS = list(range(1, VOCABULARY, 9))
"""So many that some answers end early."""
SHARED = list(range(30, 50))
PROMPTS = [[*SHARED, *range(60, 60 + n % 7), 70 + n] for n in range(12)]
COMMON: dict[str, Any] = {"vocab_size": VOCABULARY, "initializer_range": 0.3, "pad_token_id": 0, "eos_token_id": ENDS}
LLAMA: dict[str, Any] = {
    **COMMON,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "bos_token_id": None,
    "max_position_embeddings": 128,
}
MANY_HEADS = {name: value for name, value in LLAMA.items() if name != "num_key_value_heads"}
GPT2 = {**COMMON, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128, "bos_token_id": 2}
OPT = {**MANY_HEADS, "ffn_dim": 64, "word_embed_proj_dim": 32, "init_std": 0.3}
FALCON = {**MANY_HEADS, "num_kv_heads": 2, "new_decoder_architecture": True}
ARCHITECTURES: dict[str, tuple[Any, Any]] = {
    "llama": (LlamaForCausalLM, LlamaConfig(**LLAMA)),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**LLAMA)),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**LLAMA, head_dim=8)),
    "gpt_neox": (GPTNeoXForCausalLM, GPTNeoXConfig(**MANY_HEADS)),
    "gpt2": (GPT2LMHeadModel, GPT2Config(**GPT2)),
    "opt": (OPTForCausalLM, OPTConfig(**OPT)),
    "falcon": (FalconForCausalLM, FalconConfig(**FALCON)),
}


def seeded(name: str) -> Any:
    architecture, config = ARCHITECTURES[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return architecture(config).eval()


@pytest.fixture(scope="module")
def llama() -> Any:
    return seeded("llama")


def alone(network: Any, ids: Sequence[int]) -> list[int]:
    """What transformers writes after this prompt, up to where it ends."""
    with torch.no_grad():
        out = network.generate(
            input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), max_new_tokens=NEW, do_sample=False
        )
    new: list[int] = out[0, len(ids) :].tolist()
    at = next((place for place, token in enumerate(new) if token in ENDS), NEW)
    return new[:at]


def written(
    network: Any,
    prompts: Sequence[Sequence[int]] = PROMPTS,
    *,
    rows: int = 4,
    prefix: int = len(SHARED),
    told: list[float] | None = None,
    unwanted: threading.Event | None = None,
    **rules: Any,
) -> dict[int, Written]:
    numbered = sorted(enumerate(prompts), key=lambda each: -len(each[1]))
    batch = ContinuousBatch(
        network,
        numbered,
        Rules(NEW, frozenset(ENDS), **rules),
        Layout(rows, prefix, read_at_once=32),
        report=(told if told is not None else []).append,
        unwanted=unwanted or threading.Event(),
    )
    return batch.run()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_each_answer_is_the_one_that_transformers_writes(name: str) -> None:
    """With fewer rows than prompts, so that rows leave and enter; prompts and answers differ in length."""
    network = seeded(name)
    assert suits(network, PROMPTS[6])
    expected = [alone(network, ids) for ids in PROMPTS]
    found = written(network)
    assert [list(found[number].tokens) for number in range(len(PROMPTS))] == expected
    assert all(found[n].finished == (len(expected[n]) < NEW) for n in found)


def test_answers_end_at_different_tokens(llama: Any) -> None:
    """Otherwise the tests here would show little."""
    assert len({len(answer.tokens) for answer in written(llama).values()}) > 1


@pytest.mark.parametrize(("rows", "prefix"), [(1, 0), (3, 0), (3, 20), (50, 20)])
def test_how_many_rows_there_are_changes_no_answer(llama: Any, rows: int, prefix: int) -> None:
    assert written(llama, rows=rows, prefix=prefix) == written(llama)


def test_prompts_of_one_token_are_answered(llama: Any) -> None:
    """Nothing of them is read before."""
    found = written(llama, [[5], [6], [7, 8, 9]], rows=2, prefix=0)
    assert [list(found[n].tokens) for n in range(3)] == [alone(llama, ids) for ids in ([5], [6], [7, 8, 9])]


def test_what_is_drawn_depends_on_the_seed_and_the_prompts_number_alone(llama: Any) -> None:
    """And on no other row."""
    first = written(llama, temperature=1.0, seed=3)
    assert written(llama, temperature=1.0, seed=3, rows=2) == first
    assert written(llama, temperature=1.0, seed=4) != first


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.0, 0.3, 0.2]]))
    draws = 1000
    tokens = drawn(logits.expand(draws, -1), 1.0, [(n + 0.5) / draws for n in range(draws)])
    assert torch.bincount(tokens, minlength=4).tolist() == [500, 0, 300, 200]
    sharper = drawn(logits.expand(draws, -1), 0.5, [(n + 0.5) / draws for n in range(draws)])
    assert torch.bincount(sharper, minlength=4).tolist() == [658, 0, 237, 105]


def test_a_stop_text_ends_its_own_row(llama: Any) -> None:
    """Looked for every eight tokens."""
    free = written(llama)
    long = next(n for n, answer in free.items() if len(answer.tokens) > 8)
    stopped = written(llama, stopped=lambda number, _: number == long)
    assert stopped[long] == Written(free[long].tokens[:8], finished=True, finite=True)
    assert all(stopped[n] == free[n] for n in free if n != long)


def test_a_row_that_breaks_down_ends_and_spoils_no_other(llama: Any) -> None:
    """Not even the one that takes its place."""
    network = seeded("llama")
    with torch.no_grad():
        network.get_input_embeddings().weight[75] = float("nan")  # the last token of the sixth prompt alone
        network.lm_head.weight[75] = 0.0
    found, right = written(network, rows=2), written(llama, rows=2)
    assert [n for n, answer in sorted(found.items()) if not answer.finite] == [5]
    assert len(found[5].tokens) == 1
    same = [n for n in right if n != 5 and 75 not in right[n].tokens]
    assert sum(found[n].tokens == right[n].tokens for n in same) == len(same)


def test_progress_is_told_while_answers_are_written(llama: Any) -> None:
    told: list[float] = []
    written(llama, rows=12, told=told)
    assert told == sorted(told)
    assert 0 < told[0] < 12
    assert told[-1] == 12


def test_what_becomes_unwanted_ends(llama: Any) -> None:
    unwanted = threading.Event()
    unwanted.set()
    assert written(llama, unwanted=unwanted) == {}
