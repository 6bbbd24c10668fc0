"""Model folders: what they hold is loaded, to the bit; what they do not hold is no number."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BertConfig, BertLMHeadModel

from harness_base.errors import ModelError
from iteralign.encoding import chat
from iteralign.loading import fitting
from iteralign.loading.models import Loaded, load_folder
from iteralign.sandbox import PRACTICE_MODEL_DIR

IDS = torch.tensor([[44, 18, 25, 300, 301, 302, 9]])
Tensors = dict[str, torch.Tensor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "model")


def load(folder: Path, dtype: str = "auto") -> Loaded:
    return load_folder(folder, dtype=dtype, device="cpu")


def edit(file: Path, **settings: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))


def reweigh(folder: Path, change: Callable[[Tensors], Tensors]) -> None:
    tensors = change({name: tensor.clone() for name, tensor in load_file(folder / "model.safetensors").items()})
    save_file({name: one.contiguous() for name, one in tensors.items()}, folder / "model.safetensors", {"format": "pt"})


def logits(network: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(network(input_ids=IDS).logits)


def untied(tensors: Tensors) -> Tensors:
    return tensors | {"lm_head.weight": tensors["model.embed_tokens.weight"] * 0.5}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("tied", [True, False])
def test_logits_are_those_of_transformers_to_the_bit(dtype: str, tied: bool, folder: Path) -> None:
    if not tied:
        edit(folder / "config.json", tie_word_embeddings=False)
        reweigh(folder, untied)
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    assert torch.equal(logits(load(folder, dtype).network), logits(plain))


def test_weights_under_other_names_are_no_model(folder: Path) -> None:
    reweigh(folder, lambda tensors: {f"inner.{name}": tensor for name, tensor in tensors.items()})
    with pytest.raises(ModelError, match=r"lacks weights .*random ones.*\(\d+×?\d*\)"):
        load(folder)


def test_a_missing_weight_is_named_with_its_size(folder: Path) -> None:
    reweigh(folder, lambda tensors: {name: one for name, one in tensors.items() if "layers.3.mlp.up" not in name})
    with pytest.raises(ModelError, match=r"asks for.*model\.layers\.3\.mlp\.up_proj\.weight \(384×128\)"):
        load(folder)


def test_a_weight_of_another_size_is_named_with_both_sizes(folder: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    reweigh(folder, lambda tensors: tensors | {name: tensors[name][1:]})
    with pytest.raises(
        ModelError, match=r"don't fit its config\.json: .*up_proj\.weight is 383×128 in place of 384×128"
    ):
        load(folder)


def test_a_weight_that_has_no_place_is_said_and_nothing_else_changes(folder: Path) -> None:
    before = logits(load(folder).network)
    reweigh(folder, lambda tensors: tensors | {"score.weight": torch.zeros(2, 128)})
    loaded = load(folder)
    assert torch.equal(logits(loaded.network), before)
    assert len(loaded.notes) == 1
    assert "they are not used: score.weight (2×128)" in loaded.notes[0]


def test_a_weight_that_the_architecture_ignores_on_purpose_is_not_said(folder: Path) -> None:
    reweigh(folder, lambda tensors: tensors | {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.zeros(16)})
    assert load(folder).notes == ()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"hidden_size": 10**9}, r"describes [\d,]+ weights, but the folder holds 984,192"),
        ({"num_hidden_layers": 10**9}, "more than any model has"),
        ({"num_hidden_layers": 5}, r"lacks weights .*layers\.4"),
        ({"num_hidden_layers": 0}, "says num_hidden_layers: 0, which no model has"),
        ({"rms_norm_eps": float("nan")}, "says rms_norm_eps: nan, which no model has"),
        ({"attention_dropout": -1.0}, "says attention_dropout: -1.0, which no model has"),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": -5.0}}, "not finite from weights that are"),
        ({"max_position_embeddings": 0}, "says max_position_embeddings: 0, which is no window"),
        ({"max_position_embeddings": -5}, "says max_position_embeddings: -5, which is no window"),
        ({"model_type": "no_such_type"}, "can't be read"),
        ({"is_encoder_decoder": True}, "an encoder with a decoder"),
        ({"quantization_config": {"quant_method": "none"}}, "Unknown quantization type"),
        ({"architectures": "LlamaForCausalLM"}, "no list of names"),
    ],
)
def test_a_configuration_that_is_not_of_these_weights_is_refused(
    settings: dict[str, Any], says: str, folder: Path
) -> None:
    edit(folder / "config.json", **settings)
    with pytest.raises(ModelError, match=says):
        load(folder)


@pytest.mark.parametrize("dtype", [torch.int8, torch.bool, torch.complex64])
def test_whole_numbers_are_no_weights(dtype: torch.dtype, folder: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    reweigh(folder, lambda tensors: tensors | {name: (tensors[name] * 10).to(dtype)})
    with pytest.raises(ModelError, match=r"no real numbers.*layers\.0\.mlp\.up_proj\.weight \("):
        load(folder)


def test_whole_numbers_that_are_no_weights_are_no_fault(folder: Path) -> None:
    reweigh(folder, lambda tensors: tensors | {"model.layers.0.self_attn.mask": torch.ones(2, dtype=torch.uint8)})
    assert logits(load(folder).network).isfinite().all()


def test_an_encoder_is_no_causal_model_though_transformers_runs_it_as_one(folder: Path) -> None:
    config = BertConfig(
        vocab_size=1024, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertLMHeadModel(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="reads what comes later, as an encoder does"):
        load(folder)


def test_weights_that_are_not_finite_are_loaded_since_measuring_says_so_itself(folder: Path) -> None:
    reweigh(folder, lambda tensors: tensors | {"model.norm.weight": tensors["model.norm.weight"] * torch.nan})
    assert logits(load(folder).network).isnan().all()


def test_a_model_with_an_adapter_in_its_folder_is_two_things(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="holds a model and an adapter"):
        load(folder)


def test_an_adapter_s_folder_in_place_of_a_model_is_told_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match="it is an adapter's folder; give it as --adapter"):
        load(tmp_path)


def test_code_in_the_folder_is_never_run_nor_asked_about(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # asking would fail
    planted = f"open({str(folder / 'ran')!r}, 'w').close()\n"
    (folder / "planted.py").write_text(planted)
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(planted)
    edit(folder / "config.json", auto_map={"AutoModelForCausalLM": "planted.Planted", "AutoConfig": "planted.Config"})
    edit(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": [None, "planted.Planted"]})
    load(folder)
    assert not (folder / "ran").exists()


def test_padding_beyond_the_embeddings_is_replaced(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", pad_token="<of no vocabulary>")
    loaded = load(folder)
    assert loaded.tokenizer.pad_token_id < 1024
    assert loaded.tokenizer.pad_token_id != loaded.tokenizer.eos_token_id


def test_an_end_token_beyond_the_embeddings_is_refused(folder: Path) -> None:
    edit(folder / "tokenizer_config.json", eos_token="<of no vocabulary>")
    with pytest.raises(ModelError, match=r"makes token 1024 of the end token .* only 1024 tokens"):
        load(folder)


def test_a_token_beyond_the_embeddings_is_refused_where_a_text_has_it(folder: Path) -> None:
    loaded = load(folder)
    loaded.tokenizer.add_tokens(["<added>"])
    ids = torch.tensor([loaded.tokenizer("Hello <added>")["input_ids"]])
    with pytest.raises(ModelError, match="makes token 1024 of a text, but the model has only 1024 tokens"):
        loaded.network(input_ids=ids)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for message in messages %}", "chat template of .* can't be used"),
        ("{{ messages + 5 }}", "chat template of .* can't be used"),
        ("{{ raise_exception('no') }}", "can't be used: no; correct it"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "not done after 0.3 seconds",
        ),
        ("", "makes no tokens of a text"),
    ],
)
def test_a_chat_template_that_fails_or_does_not_end_is_refused(
    template: str, says: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "_LONGEST", 0.3)
    edit(folder / "tokenizer_config.json", chat_template=template or "{# nothing #}")
    with pytest.raises(ModelError, match=says):
        load(folder)


def test_a_pattern_that_tries_every_split_is_the_tokenizer_s_fault(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    split = {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}
    edit(folder / "tokenizer.json", pre_tokenizer=split)
    with pytest.raises(ModelError, match=r"The tokenizer in .* can't be used"):
        load(folder)
    assert "panicked" not in capfd.readouterr().err


def test_a_fault_of_our_own_shows_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what fails inside a library is the folder's fault."""
    monkeypatch.setattr(fitting, "known_tokens", lambda network: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load(folder)
