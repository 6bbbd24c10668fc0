"""How many tokens may go through a model at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psutil
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from iteralign.encoding.token_budget import generation_budget, rows_budget, scoring_budget

BUDGETS: dict[Callable[[Any], int], int] = {scoring_budget: 1_024, generation_budget: 16_384, rows_budget: 131_072}
"""And the most that each gives on a CPU."""


@dataclass(frozen=True)
class Memory:
    """What is left of it, in bytes."""

    available: int


def llama(**settings: Any) -> Any:
    sizes = {"vocab_size": 320, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    return LlamaForCausalLM(LlamaConfig(**(sizes | {"num_attention_heads": 4} | settings)))


@pytest.fixture(scope="module")
def model() -> Any:
    return llama()


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Leave so many bytes: `leave(2**20)`."""
    return lambda free: monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(free))


@pytest.mark.parametrize("budget_of", BUDGETS)
def test_with_memory_to_spare_a_budget_is_the_max_that_helps(
    model: Any, budget_of: Callable[[Any], int], leave: Callable[[int], None]
) -> None:
    """However much there is."""
    for free in (2**30, 2**40):
        leave(free)
        assert budget_of(model) == BUDGETS[budget_of]


@pytest.mark.parametrize("budget_of", BUDGETS)
def test_where_memory_is_short_a_budget_is_halved_in_steps_and_never_below_one(
    model: Any, budget_of: Callable[[Any], int], leave: Callable[[int], None]
) -> None:
    """Half of the memory, half of the tokens, down to none."""
    found = []
    for free in [*(2**n for n in range(40, -1, -1)), 0]:
        leave(free)
        found.append(budget_of(model))
    assert found[0] == BUDGETS[budget_of]
    assert found[-1] == 1
    between = [(one, other) for one, other in pairwise(found) if other not in (found[0], 1)]
    assert between
    assert all(other == one // 2 for one, other in between)


@pytest.mark.parametrize("budget_of", BUDGETS)
def test_a_little_memory_more_or_less_changes_no_budget(
    model: Any, budget_of: Callable[[Any], int], leave: Callable[[int], None]
) -> None:
    """So that two runs on one machine have the same batches, unless they stand on either side of a step."""
    budgets = set()
    for free in range(1_000_000, 1_100_000, 10_000):
        leave(free)
        budgets.add(budget_of(model))
    assert len(budgets) <= 2
    assert all(budget & (budget - 1) == 0 for budget in budgets)


def test_a_larger_vocabulary_leaves_room_for_fewer_scored_tokens(model: Any, leave: Callable[[int], None]) -> None:
    """Each has a logit for every word of it."""
    leave(2**22)
    assert scoring_budget(llama(vocab_size=3200)) < scoring_budget(model)


def test_heads_that_share_keys_leave_room_for_more_generated_tokens(model: Any, leave: Callable[[int], None]) -> None:
    """Of two heads a single one's are kept."""
    leave(2**20)
    assert generation_budget(llama(num_key_value_heads=2)) == 2 * generation_budget(model)


def test_half_the_precision_leaves_room_for_twice_the_generated_tokens(leave: Callable[[int], None]) -> None:
    """Keys and values are kept in the model's own."""
    leave(2**20)
    assert generation_budget(llama().to(torch.bfloat16)) == 2 * generation_budget(llama())
    assert rows_budget(llama().to(torch.bfloat16)) == 2 * rows_budget(llama())


def test_rows_that_are_never_copied_leave_room_for_twice_the_tokens(model: Any, leave: Callable[[int], None]) -> None:
    """A growing cache is copied at each step."""
    leave(2**20)
    assert rows_budget(model) == 2 * generation_budget(model)


def test_what_a_step_takes_fits_into_half_of_the_free_memory(model: Any, leave: Callable[[int], None]) -> None:
    """Counted for logits alone, in float32: the estimate is never less than what is surely needed."""
    for free in (2**18, 2**20, 2**22):
        leave(free)
        assert scoring_budget(model) * 4 * model.config.vocab_size <= free / 2


def test_other_names_for_the_same_sizes_are_understood(leave: Callable[[int], None]) -> None:
    """GPT-2 gives no inner size and no heads for keys."""
    gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=320, n_embd=32, n_layer=2, n_head=4))
    for free in (2**20, 2**40):
        leave(free)
        assert 1 <= scoring_budget(gpt2) <= BUDGETS[scoring_budget]
        assert 1 <= generation_budget(gpt2) <= BUDGETS[generation_budget]


def test_this_machine_has_room_for_a_tiny_model(model: Any) -> None:
    """With its real memory."""
    assert scoring_budget(model) == BUDGETS[scoring_budget]
