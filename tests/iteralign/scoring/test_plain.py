"""Plain passes give the numbers that transformers' own loss gives, one sequence at a time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from iteralign.scoring.plain import all_finite, plain, rows_of
from iteralign.scoring.token_tree import Pair

PAIRS: list[Pair] = [((5, 6, 7), (8,)), ((5, 6, 7), (9,)), ((5, 6, 7, 8, 9, 10), (11, 12, 13)), ((3,), (4, 4))]


def loss(model: Any, pair: Pair) -> float:
    context, choice = pair
    labels = [-100] * len(context) + list(choice)
    with torch.no_grad():
        return -float(model(torch.tensor([[*context, *choice]]), labels=torch.tensor([labels])).loss) * len(choice)


def test_each_request_gets_the_number_of_its_own_sequence(random_llama: Any) -> None:
    assert plain(random_llama, PAIRS, pad=0) == pytest.approx([loss(random_llama, pair) for pair in PAIRS], abs=1e-4)


def test_requests_that_differ_in_their_last_token_alone_share_a_row() -> None:
    assert rows_of(PAIRS) == [(5, 6, 7), (5, 6, 7, 8, 9, 10, 11, 12), (3, 4)]


def test_a_weight_that_is_no_number_is_found(model: Any) -> None:
    assert all_finite(model)
    model.model.layers[1].mlp.up_proj.weight.data[3, 3] = math.inf
    assert not all_finite(model)
