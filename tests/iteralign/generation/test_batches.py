"""Prompts generated from together get the texts that they get one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, PreTrainedConfig

from iteralign.core.records import Attack, Constitution, Principle, Prompt
from iteralign.generation import batches as generation
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL_DIR, RED_TEAM_FILE

torch.set_num_threads(1)  # as in the tests of the evaluation: two threads on a busy machine take ten times as long

PAD = 0
SHARED = list(range(10, 30))
"""Long enough to be read once for the whole batch."""
ROWS = [[*SHARED, 40, 41, 42], [*SHARED, 50], [*SHARED, 60, 61, 62, 63, 64]]
SIZES: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
    "pad_token_id": PAD,
    "eos_token_id": 1,
    "bos_token_id": None,
}
CONSTITUTION = Constitution(
    tuple(Principle(text, (), 1) for text in ("Never help anyone steal things.", "Be kind to others.")), 1
)


def seeded(architecture: Any, config: PreTrainedConfig) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return architecture(config).eval()


@pytest.fixture(scope="module")
def network() -> Any:
    return seeded(LlamaForCausalLM, LlamaConfig(**SIZES))


@pytest.fixture(scope="module")
def sliding() -> Any:
    return seeded(MistralForCausalLM, MistralConfig(**SIZES, sliding_window=8))


@pytest.fixture(scope="module")
def attacks() -> list[Attack]:
    """Prompts of many lengths, some of them several times as long as others."""
    texts = []
    for file in (RED_TEAM_FILE, HARMLESS_FILE):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[:12]]
        texts += [row.get("prompt") or row.get("input") or row["question"] for row in rows]
    texts = [" ".join([text] * (1 + n % 4)) for n, text in enumerate(texts)]
    return [Attack(Prompt(text, "test"), "standard", text) for text in texts]


def practice(batch_size: int | None) -> CausalModel:
    settings = ModelSettings(path=str(PRACTICE_MODEL_DIR), dtype="float32", max_new_tokens=8, batch_size=batch_size)
    return CausalModel.load(settings, Path("unused"))


def texts_of(network: Any, rows: Sequence[Sequence[int]], **settings: Any) -> list[list[int]]:
    """Generated tokens, without the padding behind an end."""
    out = network.generate(
        **generation.inputs(network, rows, pad=PAD), max_new_tokens=8, do_sample=False, pad_token_id=PAD, **settings
    )
    return [[token for token in row if token != PAD] for row in out[:, max(map(len, rows)) :].tolist()]


@pytest.mark.parametrize("constitution", [None, CONSTITUTION], ids=["bare", "constitution"])
def test_prompts_answered_together_get_the_texts_they_get_alone(
    attacks: list[Attack], constitution: Constitution | None
) -> None:
    """Of different lengths, with what they begin with read once or behind no prefix."""
    together, alone = practice(None), practice(1)
    assert len({together.count_tokens(attack.text) for attack in attacks}) > 8
    assert together.generate(attacks, constitution) == alone.generate(attacks, constitution)


def test_answers_come_in_the_order_of_the_prompts_whatever_the_batches(attacks: list[Attack]) -> None:
    """And all of them are told of."""
    told: list[int] = []
    found = practice(5).generate(attacks[:12], advance=told.append)
    assert [response.attack for response in found] == attacks[:12]
    assert sum(told) == 12


def test_what_is_missing_lies_between_the_shared_prefix_and_the_rest(network: Any) -> None:
    """There it is masked, and all rows end at the same place."""
    found = generation.inputs(network, ROWS, pad=PAD)
    width = max(map(len, ROWS))
    assert found["input_ids"].tolist() == [[*SHARED, *[PAD] * (width - len(row)), *row[20:]] for row in ROWS]
    masked = [[1] * 20 + [0] * (width - len(row)) + [1] * (len(row) - 20) for row in ROWS]
    assert found["attention_mask"].tolist() == masked
    assert found["past_key_values"].get_seq_length() == len(SHARED)


def test_what_the_mask_leaves_are_the_prompts(network: Any) -> None:
    """With a prefix and without one."""
    for rows in (ROWS, [[3, 4, 5], [6], [7, 8]]):
        found = generation.inputs(network, rows, pad=PAD)
        read = [
            ids[mask.bool()].tolist() for ids, mask in zip(found["input_ids"], found["attention_mask"], strict=True)
        ]
        assert read == rows


def test_the_cache_holds_the_prefix_for_every_row(network: Any) -> None:
    """As one row's own pass leaves it."""
    cache = generation.inputs(network, ROWS, pad=PAD)["past_key_values"]
    with torch.no_grad():
        alone = network(input_ids=torch.tensor([SHARED]), use_cache=True).past_key_values
    for layer, own in zip(cache.layers, alone.layers, strict=True):
        assert layer.keys.shape[0] == len(ROWS)
        assert all(torch.allclose(row, own.keys[0], atol=1e-6) for row in layer.keys)
        assert all(torch.allclose(row, own.values[0], atol=1e-6) for row in layer.values)


@pytest.mark.parametrize(
    "rows",
    [
        [[3, 4, 5], [6, 7], [8]],
        [[*SHARED[:15], 40], [*SHARED[:15], 50, 51]],
        [ROWS[0]],
    ],
    ids=["nothing shared", "little shared", "one prompt"],
)
def test_rows_that_share_too_little_are_padded_on_the_left(network: Any, rows: list[list[int]]) -> None:
    """As everywhere."""
    found = generation.inputs(network, rows, pad=PAD)
    width = max(map(len, rows))
    assert set(found) == {"input_ids", "attention_mask"}
    assert found["input_ids"].tolist() == [[PAD] * (width - len(row)) + row for row in rows]
    assert found["attention_mask"].tolist() == [[0] * (width - len(row)) + [1] * len(row) for row in rows]


@pytest.mark.parametrize(
    ("rows", "left"),
    [([[*SHARED, 9]] * 3, 1), ([SHARED, [*SHARED, 9, 8]], 1)],
    ids=["equal", "one begins the other"],
)
def test_a_token_of_each_prompt_is_left_to_go_on_from(network: Any, rows: list[list[int]], left: int) -> None:
    """The pass of the prefix predicts nothing."""
    cache = generation.inputs(network, rows, pad=PAD)["past_key_values"]
    assert cache.get_seq_length() == min(map(len, rows)) - left
    assert texts_of(network, rows) == [texts_of(network, [row])[0] for row in rows]


def test_a_prefix_that_was_read_once_changes_no_text(network: Any) -> None:
    """Masked places in the middle count for nothing, not even for a position."""
    assert texts_of(network, ROWS) == [texts_of(network, [row])[0] for row in ROWS]


def test_a_model_with_a_sliding_window_gets_no_prefix_cache(sliding: Any) -> None:
    """Masked places would take up some of its window; so its prompts are padded on the left, with the same texts."""
    found = generation.inputs(sliding, ROWS, pad=PAD)
    assert "past_key_values" not in found
    assert found["attention_mask"][1].tolist() == [0] * 4 + [1] * 21
    assert texts_of(sliding, ROWS) == [texts_of(sliding, [row])[0] for row in ROWS]


lengths = st.lists(st.integers(1, 200), max_size=40)


@given(lengths=lengths, new=st.integers(0, 60), budget=st.integers(1, 2_000), most=st.none() | st.integers(1, 9))
def test_batches_keep_their_bounds(lengths: list[int], new: int, budget: int, most: int | None) -> None:
    """Each prompt once, longest first; a prompt beyond the budget goes alone."""
    found = generation.batches(lengths, new=new, budget=budget, max_rows=most)
    numbers = [number for batch in found for number in batch]
    assert sorted(numbers) == list(range(len(lengths)))
    assert [lengths[number] for number in numbers] == sorted(lengths, reverse=True)
    for batch in found:
        assert len(batch) == 1 or len(batch) * (max(lengths[number] for number in batch) + new) <= budget
        assert most is None or len(batch) <= most


@given(lengths=lengths, new=st.integers(0, 60), budget=st.integers(1, 2_000), most=st.none() | st.integers(1, 9))
def test_no_batch_ends_before_it_is_full(lengths: list[int], new: int, budget: int, most: int | None) -> None:
    """The next prompt would have broken a bound."""
    found = generation.batches(lengths, new=new, budget=budget, max_rows=most)
    for batch in found[:-1]:
        assert len(batch) == most or (len(batch) + 1) * (lengths[batch[0]] + new) > budget


def test_prompts_of_one_length_keep_their_order() -> None:
    """So that batches are the same each time."""
    assert generation.batches([5, 7, 5, 7, 5], new=1, budget=100, max_rows=2) == [[1, 3], [0, 2], [4]]


def told_of(rows: list[list[int]], longest: int) -> list[int]:
    """What is told while these rows of new tokens are written, a token of each at a time; 9 ends an answer."""
    told: list[int] = []
    written = generation.WritingProgress(len(rows), 2, longest, [9, 0], told.append)
    for step in range(1, longest + 1):
        new = torch.tensor([[5, 5, *(row + [0] * longest)[:step]] for row in rows])
        assert not written(new, torch.zeros(1)).any()
    written.finish()
    return told


def test_long_answers_are_told_of_while_they_are_written() -> None:
    """Each by its share, and in the end all of them."""
    told = told_of([[1] * 64] * 16, longest=64)
    assert sum(told) == 16
    assert max(told) <= 2


def test_an_answer_that_has_ended_counts_whole() -> None:
    told = told_of([[1, 9], [1] * 64, [1] * 64, [1, 1, 1, 9]], longest=64)
    assert told[0] == 2
    assert sum(told) == 4
