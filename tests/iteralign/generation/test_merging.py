"""An adapter added into the weights for as long as a model only reads."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import Linear
from transformers import LlamaConfig, LlamaForCausalLM

from iteralign.generation.merging import merged

IDS = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16]])
TARGETS = ["q_proj", "v_proj", "down_proj"]


def llama(**settings: Any) -> Any:
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        initializer_range=0.3,
        pad_token_id=0,
        eos_token_id=1,
        **settings,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(config).eval()


def with_adapter(model: Any, targets: list[str] | None = None, value: float | None = None, **settings: Any) -> Any:
    """An adapter that does something: LoRA starts with B at zero."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model.add_adapter(LoraConfig(r=4, target_modules=targets or TARGETS, **settings))
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.2) if value is None else torch.nn.init.constant_(weight, value)
    return model.eval()


@pytest.fixture(scope="module")
def made() -> Any:
    return with_adapter(llama())


@pytest.fixture
def model(made: Any) -> Any:
    return copy.deepcopy(made)


def layers(model: Any) -> list[Linear]:
    return [layer for layer in model.modules() if isinstance(layer, Linear)]


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    found: torch.Tensor = model(IDS).logits
    return found


@contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """What is inside leaves every parameter the tensor that it was, bit by bit, and every adapter beside its layer."""
    before = {name: (weight, weight.data_ptr(), weight.detach().clone()) for name, weight in model.named_parameters()}
    numbers = logits(model)
    try:
        yield
    finally:
        after = dict(model.named_parameters())
        assert after.keys() == before.keys()
        for name, (weight, pointer, bits) in before.items():
            assert after[name] is weight
            assert weight.data_ptr() == pointer
            assert torch.equal(weight.detach().view(torch.uint8), bits.view(torch.uint8))
        assert not any(layer.merged for layer in layers(model))
        assert torch.equal(logits(model).view(torch.int32), numbers.view(torch.int32))


def test_inside_no_product_of_the_adapter_s_is_computed(model: Any) -> None:
    """And outside each of them is."""
    computed: list[str] = []
    for name, module in model.named_modules():
        if name.endswith(("lora_A.default", "lora_B.default")):
            module.register_forward_hook(lambda *_, name=name: computed.append(name))
    with merged(model):
        assert all(layer.merged for layer in layers(model))
        logits(model)
        assert computed == []
    logits(model)
    assert len(computed) == 2 * len(layers(model)) == 12


def test_the_numbers_are_those_of_the_adapter_beside_the_weights(model: Any) -> None:
    """Up to rounding; and the adapter does change them."""
    beside = logits(model)
    with merged(model):
        assert torch.allclose(logits(model), beside, atol=1e-5, rtol=1e-5)
    model.disable_adapters()
    assert not torch.allclose(logits(model), beside, atol=0.1)


def test_afterwards_the_weights_are_the_very_same(model: Any) -> None:
    """However often it is done, and nothing is left of the sum."""
    with unchanged(model):
        for _ in range(3):
            with merged(model):
                logits(model)


def test_a_wrapped_model_s_adapter_is_merged_too() -> None:
    """As lm-eval puts an adapter on: around the network."""
    wrapped = get_peft_model(llama(), LoraConfig(r=4, target_modules=TARGETS, init_lora_weights=False)).eval()
    beside = logits(wrapped)
    with unchanged(wrapped), merged(wrapped):
        assert all(layer.merged for layer in layers(wrapped))
        assert torch.allclose(logits(wrapped), beside, atol=1e-5, rtol=1e-5)


def test_only_the_adapter_in_force_is_merged(model: Any) -> None:
    """Another one lies beside it."""
    model.add_adapter(LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False), "other")
    model.set_adapter("other")
    other = logits(model)
    with unchanged(model), merged(model):
        assert torch.allclose(logits(model), other, atol=1e-5, rtol=1e-5)
    model.set_adapter("default")
    assert not torch.allclose(logits(model), other, atol=0.1)


def test_an_adapter_of_nan_stays_one(model: Any) -> None:
    """It shows inside as it does outside, and the weights come back whole."""
    torch.nn.init.constant_(model.model.layers[0].self_attn.v_proj.lora_B["default"].weight, float("nan"))
    with merged(model):
        assert logits(model).isnan().all()
    assert logits(model).isnan().all()
    assert not any(layer.get_base_layer().weight.isnan().any() for layer in layers(model))


def test_an_adapter_that_is_switched_off_stays_off(model: Any) -> None:
    """The base is what is in force."""
    model.disable_adapters()
    base = logits(model)
    with unchanged(model), merged(model):
        assert torch.equal(logits(model), base)
        assert not any(layer.merged for layer in layers(model))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_low_precision_nothing_is_merged(model: Any, dtype: torch.dtype) -> None:
    """The sum would be rounded."""
    model.to(dtype)
    numbers = model(IDS).logits
    before = {name: weight.data_ptr() for name, weight in model.named_parameters()}
    with merged(model):
        assert not any(layer.merged for layer in layers(model))
        assert torch.equal(model(IDS).logits, numbers)
    assert {name: weight.data_ptr() for name, weight in model.named_parameters()} == before


def test_an_error_inside_leaves_everything_as_it_was(model: Any) -> None:
    """And is passed on."""
    with unchanged(model), pytest.raises(IndexError), merged(model):
        model(torch.tensor([[100_000]]))


def test_an_error_while_merging_leaves_everything_as_it_was(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some layers are merged by then, others not."""

    def fail(**_: Any) -> None:
        raise MemoryError

    with unchanged(model):
        with monkeypatch.context() as patched:
            patched.setattr(layers(model)[3], "merge", fail)
            with pytest.raises(MemoryError), merged(model):
                pytest.fail("the merge did not fail")
        assert not layers(model)[0].merged


def test_weights_that_are_merged_already_stay_so(model: Any) -> None:
    """Adding the adapter a second time would double it."""
    beside = logits(model)
    with merged(model), merged(model):
        assert torch.allclose(logits(model), beside, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("settings", [{"use_dora": True}, {"lora_bias": True, "bias": "none"}], ids=["dora", "bias"])
def test_what_is_no_plain_lora_layer_is_left_alone(settings: dict[str, Any]) -> None:
    """Its own forward knows what to do."""
    model = with_adapter(llama(attention_bias=True, mlp_bias=True), **settings)
    beside = logits(model)
    with unchanged(model), merged(model):
        assert not any(layer.merged for layer in layers(model))
        assert torch.equal(logits(model), beside)


def test_a_model_without_adapters_is_left_alone() -> None:
    """There is nothing to merge."""
    model = llama()
    before = logits(model)
    with unchanged(model), merged(model):
        assert torch.equal(logits(model), before)


def test_an_adapter_on_a_tied_head_does_not_reach_the_embeddings() -> None:
    """Both are one tensor, and the adapter is on one of them only."""
    model = with_adapter(llama(tie_word_embeddings=True), ["lm_head", "q_proj"])
    beside = logits(model)
    with unchanged(model), merged(model):
        assert torch.allclose(logits(model), beside, atol=1e-5, rtol=1e-5)


def test_a_model_can_be_trained_after_it_was_merged(model: Any) -> None:
    """The adapter's weights get their gradients, from the numbers they had before."""
    with merged(model):
        logits(model)
    model(IDS, labels=IDS).loss.backward()
    assert all(layer.lora_A["default"].weight.grad.abs().sum() > 0 for layer in layers(model))
    assert all(layer.get_base_layer().weight.grad is None for layer in layers(model))
