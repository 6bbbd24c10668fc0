"""Prompts are dealt to passes and rows within bounds, and always alike."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from iteralign.generation import planning
from iteralign.generation.planning import Job

LENGTHS = st.lists(st.integers(1, 300), max_size=60)


@given(
    lengths=LENGTHS,
    new=st.integers(1, 60),
    budget=st.integers(1, 3_000),
    most=st.none() | st.integers(1, 40),
    passes=st.integers(1, 4),
)
def test_bounds_are_kept(lengths: list[int], new: int, budget: int, most: int | None, passes: int) -> None:
    """Each prompt once, longest first in its job, and rows within budget and `max_rows` over all passes."""
    together = planning.plan(lengths, new=new, budget=budget, max_rows=most, passes=passes)
    assert sorted(n for jobs in together for job in jobs for n in job.numbers) == list(range(len(lengths)))
    for jobs in together:
        assert len(jobs) <= passes
        rows, longest = sum(job.rows for job in jobs), max(lengths[n] for job in jobs for n in job.numbers)
        assert rows == 1 or rows * (longest + new) <= budget
        assert most is None or rows <= most
        for job in jobs:
            assert [lengths[n] for n in job.numbers] == sorted((lengths[n] for n in job.numbers), reverse=True)


def test_a_long_prompt_takes_no_rows_from_short_ones() -> None:
    assert planning.plan([10, 500, 12], new=50, budget=600) == [[Job((1,), 1)], [Job((2, 0), 2)]]


def test_passes_side_by_side_share_rows_and_prompts() -> None:
    [jobs] = planning.plan([10] * 160, new=10, budget=1_600, passes=2)
    assert [(len(job.numbers), job.rows) for job in jobs] == [(80, 40), (80, 40)]


def test_few_rows_stay_in_one_pass() -> None:
    [jobs] = planning.plan([10] * 160, new=10, budget=1_600, max_rows=32, passes=2)
    assert [(len(job.numbers), job.rows) for job in jobs] == [(160, 32)]


class Network:
    """On that device."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)


def test_a_pass_on_a_cpu_takes_no_more_rows_than_help() -> None:
    """And fewer where that is set; on other devices memory alone sets a limit."""
    assert planning.most_rows(Network("cpu"), 2, None) == 256
    assert planning.most_rows(Network("cpu"), 2, 16) == 16
    assert planning.most_rows(Network("cpu"), 1, 500) == 128
    assert planning.most_rows(Network("cuda"), 1, None) is None
    assert planning.most_rows(Network("cuda"), 1, 500) == 500


def test_what_prompts_begin_with_is_found_where_it_is_worth_a_pass() -> None:
    shared = list(range(20))
    ids = [[*shared, 40, 41], [*shared, 50], [*shared[:5], 60]]
    assert planning.layout(Job((0, 1), 2), ids, 9) == planning.Layout(2, 20, 9)
    assert planning.layout(Job((0, 1, 2), 2), ids, 9).prefix == 0
    assert planning.layout(Job((0,), 1), ids, 9).prefix == 0
