from __future__ import annotations

import random

from iteralign.core.records import Prompt
from iteralign.red_team import draw

PROMPTS = [Prompt(f"prompt {number}", "test") for number in range(100)]


def _rounds(seed: int, rounds: int, size: int = 30) -> list[list[Prompt]]:
    drawn: set[str] = set()
    batches = []
    for round_number in range(1, rounds + 1):
        batch = draw(PROMPTS, drawn, seed=seed, round_number=round_number, size=size)
        drawn |= {prompt.id for prompt in batch}
        batches.append(batch)
    return batches


def test_no_prompt_is_drawn_twice_and_none_is_left_out() -> None:
    """Batches are full until the last, which holds what is left, and then there is nothing."""
    batches = _rounds(seed=0, rounds=5)
    assert [len(batch) for batch in batches] == [30, 30, 30, 10, 0]
    assert {prompt for batch in batches for prompt in batch} == set(PROMPTS)


def test_a_resumed_run_draws_the_same_batch() -> None:
    """Given what was drawn before, a round's batch depends on nothing else."""
    batches = _rounds(seed=7, rounds=3)
    drawn = [prompt.id for batch in batches[:2] for prompt in batch]
    random.seed(123)
    assert draw(PROMPTS, drawn, seed=7, round_number=3, size=30) == batches[2]


def test_the_order_of_the_files_does_not_matter() -> None:
    """The same prompts in another order give the same batch."""
    turned = draw(PROMPTS[::-1], [], seed=0, round_number=1, size=30)
    assert turned == draw(PROMPTS, [], seed=0, round_number=1, size=30)


def test_seed_and_round_each_change_the_batch() -> None:
    """Otherwise all runs would see the same prompts first."""
    batches = [draw(PROMPTS, [], seed=seed, round_number=number, size=30) for seed, number in ((0, 1), (1, 1), (0, 2))]
    assert len({tuple(batch) for batch in batches}) == 3


def test_a_prompt_that_stands_twice_is_drawn_once() -> None:
    """Its content is what names it."""
    twice = [Prompt("same", "a"), Prompt("same", "b")]
    assert len(draw(twice, [], seed=0, round_number=1, size=5)) == 1
