"""Items are scored through the tree of their tokens where it proves itself, with the numbers of transformers."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import torch
from transformers import BloomConfig, BloomForCausalLM, MistralConfig, MistralForCausalLM

from iteralign.scoring import items as items_module
from iteralign.scoring.items import Item, ItemScorer
from iteralign.scoring.token_tree import trie_size

SIZES: dict[str, Any] = {"vocab_size": 320, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None}


def made(count: int, *, data: tuple[int, int] = (10, 40), seed: int = 0) -> list[Item]:
    """Items of instructions that all share, data of their own, and two tails with two answers each."""
    draw = random.Random(seed)

    def some(length: int) -> tuple[int, ...]:
        return tuple(draw.randrange(2, 300) for _ in range(length))

    instructions, tails, words = some(25), (some(12), some(12)), (some(1), some(1))
    fronts = [(*instructions, *some(draw.randint(*data))) for _ in range(count)]
    return [tuple(((*front, *tail), word) for tail in tails for word in words) for front in fronts]


def reference(model: Any, item: Item) -> list[float]:
    """Each request by itself, unpadded, by the model's own logits: shares no code with ours."""
    values = []
    for context, choice in item:
        with torch.no_grad():
            logs = model(torch.tensor([[*context, *choice]])).logits[0].float().log_softmax(-1)
        values.append(sum(float(logs[len(context) - 1 + at, token]) for at, token in enumerate(choice)))
    return values


def check(model: Any, scorer: ItemScorer, items: list[Item]) -> None:
    for values, item in zip(scorer.score(items), items, strict=True):
        assert values == pytest.approx(reference(model, item), abs=1e-4)


def read_tokens(model: Any) -> list[int]:
    """Filled with the tokens of each pass from now on."""
    counted: list[int] = []
    model.get_input_embeddings().register_forward_pre_hook(lambda _, given: counted.append(given[0].numel()))
    return counted


@pytest.mark.parametrize("max_items", [None, 1, 3])
def test_items_get_the_numbers_of_transformers(random_llama: Any, max_items: int | None) -> None:
    """The same item twice too."""
    items = made(9)
    scorer = ItemScorer(random_llama, pad=0, max_items=max_items)
    check(random_llama, scorer, [*items, items[2]])
    assert scorer.check.scorer == "shared-prefix"


def test_an_item_wider_than_a_row_is_read_behind_what_its_requests_share(
    random_llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items_module, "_WIDEST_ROW", 50)
    check(random_llama, ItemScorer(random_llama, pad=0), made(8))


def test_choices_of_several_tokens_get_their_numbers(random_llama: Any) -> None:
    items = [tuple((context, (*choice, 7, *choice)) for context, choice in item) for item in made(4)]
    check(random_llama, ItemScorer(random_llama, pad=0), items)


def test_what_items_share_is_read_once(model: Any) -> None:
    """Behind the check of the first call, hardly more than the tree of all their tokens goes through the model."""
    scorer = ItemScorer(model, pad=0)
    items = made(40)
    scorer.score(items)
    counted = read_tokens(model)
    scorer.score(items)
    assert sum(counted) <= 1.1 * trie_size([pair for item in items for pair in item])


def test_progress_counts_every_item_once(random_llama: Any) -> None:
    items = made(6)
    told: list[int] = []
    ItemScorer(random_llama, pad=0, max_items=2).score([*items, items[0]], told.append)
    assert (sum(told), len(told) > 1) == (7, True)


def test_nothing_to_score_is_nothing(random_llama: Any) -> None:
    assert ItemScorer(random_llama, pad=0).score([]) == []


def test_a_model_that_takes_no_such_mask_is_read_by_plain_passes() -> None:
    torch.manual_seed(0)
    bloom = BloomForCausalLM(BloomConfig(hidden_size=32, n_layer=2, n_head=2, initializer_range=0.3, **SIZES)).eval()
    scorer = ItemScorer(bloom, pad=0, max_items=2)
    told: list[int] = []
    items = made(5)
    values = scorer.score(items, told.append)
    assert (scorer.check.scorer, sum(told)) == ("stock", 5)
    for found, item in zip(values, items, strict=True):
        assert found == pytest.approx(reference(bloom, item), abs=1e-4)


def test_the_tree_is_proved_again_on_longer_items() -> None:
    """A sliding window shows in nothing that is shorter than it."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    mistral = MistralForCausalLM(
        MistralConfig(sliding_window=64, num_key_value_heads=2, initializer_range=0.3, **sizes, **SIZES)
    ).eval()
    scorer = ItemScorer(mistral, pad=0)
    check(mistral, scorer, made(4, data=(5, 10)))
    assert scorer.check.scorer == "shared-prefix"
    check(mistral, scorer, made(4, data=(60, 70), seed=1))
    assert scorer.check.scorer == "stock"
    check(mistral, scorer, made(4, data=(5, 10)))


def test_a_length_that_was_proved_is_not_proved_again(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = ItemScorer(model, pad=0)
    scorer.score(made(4, data=(30, 40)))
    monkeypatch.setattr(items_module.self_check, "check_groups", lambda *_: pytest.fail("proved again"))
    scorer.score(made(4, data=(5, 30), seed=2))


def test_numbers_that_are_none_stay_none(model: Any) -> None:
    """Nothing is proved by them, so that all is read by plain passes."""
    model.model.embed_tokens.weight.data[:] = math.nan
    scorer = ItemScorer(model, pad=0)
    assert all(math.isnan(value) for values in scorer.score(made(3)) for value in values)
    assert scorer.check.scorer == "undecided"


def test_dropout_is_off(model: Any, random_llama: Any) -> None:
    check(random_llama, ItemScorer(model.train(), pad=0), made(3))


def test_an_error_while_progress_is_told_leaves_no_hook(model: Any) -> None:
    def failing(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ItemScorer(model, pad=0, max_items=1).score(made(5), failing)
    assert not model.get_output_embeddings()._forward_pre_hooks
