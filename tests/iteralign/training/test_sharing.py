"""What a batch's rows share is read once, and loss and gradients are those of the model's own plain pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Trainer,
    TrainingArguments,
)

from iteralign.training.sharing import IGNORED, LEAST, SharingTrainer, beginning, has_same_loss, shared_loss

SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
START = tuple(range(3, 15))


@pytest.fixture
def llama() -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=64, initializer_range=0.2, num_key_value_heads=2, **SIZES)).train()


def batch(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> dict[str, torch.Tensor]:
    """Context and answer of each row, padded on the right."""
    width = max(len(context) + len(answer) for context, answer in rows)
    filled = [(len(context) + len(answer), width - len(context) - len(answer)) for context, answer in rows]
    return {
        "input_ids": torch.tensor([[*c, *a, *[0] * pad] for (c, a), (_, pad) in zip(rows, filled, strict=True)]),
        "labels": torch.tensor(
            [[*[IGNORED] * len(c), *a, *[IGNORED] * pad] for (c, a), (_, pad) in zip(rows, filled, strict=True)]
        ),
        "attention_mask": torch.tensor([[1] * used + [0] * pad for used, pad in filled]),
    }


ROWS = (
    ((*START, 20, 21, 22), (30, 31)),
    ((*START, 23), (32, 33, 34, 35)),
    ((*START, 24, 25), (36,)),
)


def gradients(model: PreTrainedModel, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}


def by_hand(model: PreTrainedModel, rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> torch.Tensor:
    """The mean loss over the answers' tokens, each row alone and without mask, padding or cache."""
    losses = []
    for context, answer in rows:
        logits = model(input_ids=torch.tensor([[*context, *answer]]), use_cache=False).logits[0]
        losses += functional.cross_entropy(
            logits[len(context) - 1 : -1], torch.tensor(list(answer)), reduction="none"
        ).unbind()
    return torch.stack(losses).mean()


def test_loss_and_gradients_are_those_of_each_row_alone(llama: LlamaForCausalLM) -> None:
    inputs = batch(ROWS)
    ours = shared_loss(llama, inputs, len(START))
    theirs = by_hand(llama, ROWS)
    assert float(ours.detach()) == pytest.approx(float(theirs.detach()), abs=1e-6)
    found, wanted = gradients(llama, ours), gradients(llama, by_hand(llama, ROWS))
    assert found.keys() == wanted.keys()
    for name in wanted:
        assert torch.allclose(found[name], wanted[name], atol=1e-6), name
        assert wanted[name].abs().max() > 1e-4, name


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        (ROWS, len(START)),
        # The last shared token predicts an answer's first: it is read in each row.
        ((((*START,), (30,)), ((*START, 20), (31,))), len(START) - 1),
        ((((*START, 20), (30,)), ((9, *START), (31,))), 0),
        ((((*START, 20), (30,)),), len(START)),
    ],
    ids=["behind the beginning", "where an answer begins", "nothing", "one row"],
)
def test_what_is_shared_ends_before_the_first_token_that_predicts_a_label(
    rows: Sequence[tuple[Sequence[int], Sequence[int]]], shared: int, llama: LlamaForCausalLM
) -> None:
    inputs = batch(rows)
    assert beginning(inputs["input_ids"], inputs["labels"], inputs["attention_mask"]) == shared
    if shared:
        assert float(shared_loss(llama, inputs, shared).detach()) == pytest.approx(
            float(by_hand(llama, rows).detach()), abs=1e-6
        )


def test_rows_padded_on_the_left_share_nothing() -> None:
    inputs = {name: values.flip(1) for name, values in batch(ROWS).items()}
    assert beginning(inputs["input_ids"], inputs["labels"], inputs["attention_mask"]) == 0


def test_parts_of_a_batch_are_divided_by_the_labels_of_all(llama: LlamaForCausalLM) -> None:
    whole = float(shared_loss(llama, batch(ROWS), len(START)).detach())
    parts = [float(shared_loss(llama, batch([row]), len(START), 7).detach()) for row in ROWS]
    assert sum(parts) == pytest.approx(whole, abs=1e-6)


def test_a_model_that_forgets_what_is_far_back_is_trained_plainly() -> None:
    model = MistralForCausalLM(MistralConfig(vocab_size=64, num_key_value_heads=2, sliding_window=4, **SIZES))
    assert not has_same_loss(model, batch(ROWS), len(START))


def test_a_loss_that_is_not_the_models_own_is_not_trusted(llama: LlamaForCausalLM) -> None:
    assert has_same_loss(llama, batch(ROWS), len(START))
    llama.forward_plain = llama.forward  # type: ignore[assignment]

    def doubled(**inputs: Any) -> Any:
        outputs = llama.forward_plain(**inputs)
        if "past_key_values" in inputs:
            outputs.logits = 2 * outputs.logits
        return outputs

    llama.forward = doubled  # type: ignore[assignment]
    assert not has_same_loss(llama, batch(ROWS), len(START))


@pytest.mark.parametrize("parts", [1, 3])
def test_the_trainer_ends_with_the_weights_that_a_plain_one_ends_with(
    parts: int, tmp_path: Path, llama: LlamaForCausalLM
) -> None:
    start = {name: each.clone() for name, each in llama.state_dict().items()}
    assert 2 * len(START) >= LEAST

    def trained(kind: type[Trainer]) -> dict[str, torch.Tensor]:
        llama.load_state_dict(start)
        arguments = TrainingArguments(
            output_dir=str(tmp_path), max_steps=6, per_device_train_batch_size=3 // parts, learning_rate=0.01,
            gradient_accumulation_steps=parts, report_to=[], save_strategy="no", use_cpu=True, seed=1,
            remove_unused_columns=False, disable_tqdm=True,
        )  # fmt: skip
        data = [{name: values[place] for name, values in batch(ROWS).items()} for place in range(len(ROWS))]
        kind(model=llama, args=arguments, train_dataset=data).train()
        return {name: each.clone() for name, each in llama.state_dict().items()}

    shared, plain = trained(SharingTrainer), trained(Trainer)
    assert any((shared[name] - start[name]).abs().max() > 1e-3 for name in start)
    for name in start:
        assert torch.allclose(shared[name], plain[name], atol=1e-4), name
