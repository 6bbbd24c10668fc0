"""Revisions are learned and the base's predictions kept, held against sums that are written out by hand."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from harness.assembly.model import load_model
from harness.config.load import load_config
from harness.config.schema import ModelConfig
from harness_base.errors import ConfigError
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.training.anchored import anchored_loss
from iteralign.training.anchored_kind import AnchoredKind
from iteralign.training.kinds import ObjectiveKind
from iteralign.training.sharing import IGNORED
from iteralign.training.supervised_kind import SupervisedKind

START = tuple(range(3, 15))
ROWS = (
    ((*START, 20, 21, 22), (30, 31), False),
    ((*START, 23), (32, 33, 34, 35), True),
    ((*START, 24, 25), (36,), True),
    ((*START, 26), (37, 38), False),
)
LEARNED = sum(len(answer) for _, answer, _ in ROWS)


@pytest.fixture
def model() -> LlamaForCausalLM:
    """With an adapter that already changes what it says."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64, initializer_range=0.2, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2,
    )  # fmt: skip
    made = LlamaForCausalLM(config)
    made.add_adapter(LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False), adapter_name="r1a1")
    return made.train()


def batch() -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    width = max(len(context) + len(answer) for context, answer, _ in ROWS)
    pads = [width - len(context) - len(answer) for context, answer, _ in ROWS]
    rows = list(zip(ROWS, pads, strict=True))
    inputs = {
        "input_ids": [[*c, *a, *[0] * pad] for (c, a, _), pad in rows],
        "labels": [[*[IGNORED] * len(c), *a, *[IGNORED] * pad] for (c, a, _), pad in rows],
        "attention_mask": [[1] * (width - pad) + [0] * pad for pad in pads],
    }
    return {name: torch.tensor(value) for name, value in inputs.items()}, torch.tensor([each for *_, each in ROWS])


def predictions(model: LlamaForCausalLM, ids: Sequence[int]) -> torch.Tensor:
    return model(input_ids=torch.tensor([list(ids)]), use_cache=False).logits[0].log_softmax(-1)


def by_hand(model: LlamaForCausalLM, base: LlamaForCausalLM, weight: float, start: int) -> torch.Tensor:
    """Each row alone; of an anchor what its tokens behind the first `start` predict, the sum written out."""
    total = torch.zeros(())
    for context, answer, anchor in ROWS:
        found = predictions(model, [*context, *answer])[:-1]
        if anchor:
            with torch.no_grad():
                wanted = predictions(base, [*context, *answer])[:-1]
            total = total + weight * (wanted.exp() * (wanted - found))[start:].sum()
        else:
            total = total + functional.nll_loss(found[len(context) - 1 :], torch.tensor(list(answer)), reduction="sum")
    return total / LEARNED


@pytest.fixture
def base(model: LlamaForCausalLM) -> LlamaForCausalLM:
    plain = copy.deepcopy(model)
    plain.delete_adapter("r1a1")
    return plain


@pytest.mark.parametrize("shared", [0, len(START)])
def test_the_loss_and_its_gradient_are_the_sums_over_each_row_alone(
    shared: int, model: LlamaForCausalLM, base: LlamaForCausalLM
) -> None:
    inputs, anchors = batch()

    def gradients(loss: torch.Tensor) -> dict[str, Any]:
        model.zero_grad()
        loss.backward()
        return {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}

    ours = anchored_loss(model, inputs, anchors, shared, weight=2.5)
    theirs = by_hand(model, base, 2.5, shared)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-5)
    found, wanted = gradients(ours), gradients(theirs)
    assert found.keys() == wanted.keys()
    assert all(torch.allclose(found[name], wanted[name], atol=1e-5) for name in wanted)
    assert max(float(each.abs().max()) for each in wanted.values()) > 1e-3


def test_where_nothing_was_trained_yet_an_anchor_pulls_nowhere(model: LlamaForCausalLM) -> None:
    for name, each in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.zeros_(each)
    inputs, _ = batch()
    loss = anchored_loss(model, inputs, torch.ones(len(ROWS), dtype=torch.bool), len(START), weight=1.0)
    assert loss.item() == pytest.approx(0, abs=1e-6)
    loss.backward()
    assert all(float(each.grad.abs().max()) < 1e-6 for _, each in model.named_parameters() if each.grad is not None)


def test_afterwards_the_adapter_takes_part_again(model: LlamaForCausalLM) -> None:
    inputs, anchors = batch()
    before = predictions(model, START)
    anchored_loss(model, inputs, anchors, len(START), weight=1.0)
    assert torch.equal(predictions(model, START), before)


def test_parts_of_a_batch_are_divided_by_the_labels_of_all(model: LlamaForCausalLM) -> None:
    inputs, anchors = batch()
    whole = anchored_loss(model, inputs, anchors, 0, weight=1.0)
    parts = [
        anchored_loss(
            model, {name: value[n : n + 1] for name, value in inputs.items()}, anchors[n : n + 1], 0, weight=1.0,
            count=LEARNED,
        ).item()
        for n in range(len(ROWS))
    ]  # fmt: skip
    assert sum(parts) == pytest.approx(whole.item(), abs=1e-5)


HARMLESS = tuple(f"How do I wash {what}?" for what in ("a wool hat", "a car", "muddy boots", "the windows"))


def trained(tmp_path: Path, kind: ObjectiveKind) -> float:
    """How far, in nats at a harmless prompt's end, the practice model says something else after a fine-tuning."""
    model = load_model(ModelConfig(), tmp_path / kind.kind, objective=kind)
    before = [model.example(pair) for pair in _replayed()]
    first = [_last(model, example.ids[: example.context]) for example in before]
    pairs = [TrainingPair(f"a{n}", f"Help me steal hat {n}.", "No.", "revision") for n in range(4)] + _replayed()
    model.fine_tune(pairs, TrainingSettings(learning_rate=3e-3, epochs=6, batch_size=4), names=["r1a1"], seed=0)
    after = [_last(model, example.ids[: example.context]) for example in before]
    return sum(float((old.exp() * (old - new)).sum()) for old, new in zip(first, after, strict=True)) / len(first)


def _replayed() -> list[TrainingPair]:
    return [TrainingPair(text, text, "Softly.", "replayed_harmless", cut=True) for text in HARMLESS]


@torch.no_grad()
def _last(model: CausalModel, ids: Sequence[int]) -> torch.Tensor:
    return model.network(input_ids=torch.tensor([list(ids)]), use_cache=False).logits[0, -1].log_softmax(-1)


def test_a_fine_tuned_model_says_to_harmless_prompts_what_it_said_before(tmp_path: Path) -> None:
    """The replayed answer is not the model's own: `supervised` learns it, and `anchored` does not."""
    anchored, supervised = trained(tmp_path, AnchoredKind()), trained(tmp_path, SupervisedKind())
    assert anchored < 0.2
    assert supervised > 5 * anchored


def test_with_all_weights_there_is_no_base_to_keep_to() -> None:
    flags = {"objective.kind": "anchored", "training.weights": "full"}
    with pytest.raises(ConfigError, match=r"anchored keeps to the base model, which training\.weights full overwrites"):
        load_config(None, None, flags, {})


def test_without_an_adapter_on_the_network_it_does_not_train(tmp_path: Path) -> None:
    model = load_model(ModelConfig(), tmp_path, objective=AnchoredKind())
    settings = TrainingSettings(weights="full", max_steps=1)
    with pytest.raises(ConfigError, match=r"choose training\.weights lora"):
        model.fine_tune(_replayed(), settings, names=["r1a1"], seed=0)
