"""Adapters of every sort that peft saves: what they compute is held against peft itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import IA3Config, LoHaConfig, LoraConfig, PeftModel, PromptTuningConfig, VeraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from harness.evaluation.lm import SharedPrefixLM
from harness.evaluation.quiet import quiet
from harness_base.errors import ModelError
from iteralign.encoding.decoding import until_end
from iteralign.generation.generator import Decoding, RenderedPrompt
from iteralign.loading import adapters
from iteralign.loading.adapters import switch_adapters
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings, Precision
from iteralign.sandbox import PRACTICE_MODEL_DIR

PROMPT = "Human: Tell me about Napoleon.\n\nAssistant:"
KINDS: dict[str, Callable[[], Any]] = {
    "lora": lambda: LoraConfig(r=4, target_modules=["q_proj"]),
    "dora": lambda: LoraConfig(r=4, target_modules=["q_proj", "v_proj"], use_dora=True),
    "patterns": lambda: LoraConfig(
        r=4, target_modules=["q_proj", "v_proj"], rank_pattern={"v_proj": 8}, alpha_pattern={"v_proj": 32}
    ),
    "rslora": lambda: LoraConfig(r=4, target_modules=["q_proj"], use_rslora=True),
    "biases": lambda: LoraConfig(r=4, target_modules=["q_proj"], lora_bias=True),
    "some layers": lambda: LoraConfig(r=4, target_modules=["q_proj"], layers_to_transform=[1, 2]),
    "a pattern of modules": lambda: LoraConfig(r=4, target_modules=r".*\.(q|v)_proj"),
    "embeddings": lambda: LoraConfig(r=4, target_modules=["q_proj", "embed_tokens"]),
    "saved embeddings": lambda: LoraConfig(r=4, target_modules=["q_proj"], modules_to_save=["embed_tokens"]),
    "the head": lambda: LoraConfig(r=4, target_modules=["q_proj", "lm_head"]),
    "a saved head": lambda: LoraConfig(r=4, target_modules=["q_proj"], modules_to_save=["lm_head"]),
    "a saved norm": lambda: LoraConfig(r=4, target_modules=["q_proj"], modules_to_save=["norm"]),
    "some tokens": lambda: LoraConfig(r=4, target_modules=["q_proj"], trainable_token_indices=[5, 6, 7]),
    "ia3": lambda: IA3Config(target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "loha": lambda: LoHaConfig(r=4, target_modules=["q_proj"]),
    "vera": lambda: VeraConfig(r=8, target_modules=["q_proj"]),
}


def base(dtype: torch.dtype = torch.float32) -> Any:
    return AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR, dtype=dtype)


def saved(config: Any, folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """An adapter in which everything that is trained was moved at random."""
    torch.manual_seed(0)
    config.task_type = "CAUSAL_LM"
    adapted = get_peft_model(base(dtype), config)
    with torch.no_grad():
        for weight in adapted.parameters():
            if weight.requires_grad:
                weight += 0.05 * torch.randn_like(weight)
    adapted.save_pretrained(folder)
    return folder


def loaded(tmp_path: Path, dtype: Precision = "float32") -> CausalModel:
    return CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), dtype=dtype), tmp_path / "adapters")


def logits(network: Any, model: CausalModel) -> torch.Tensor:
    ids = torch.tensor([model.tokenizer(PROMPT)["input_ids"]])
    with torch.inference_mode():
        return torch.as_tensor(network(input_ids=ids).logits)


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_computes_what_peft_computes_also_once_lm_eval_has_the_model(kind: str, tmp_path: Path) -> None:
    folder = saved(KINDS[kind](), tmp_path / "adapter")
    model = loaded(tmp_path)
    expected = logits(PeftModel.from_pretrained(base(), folder).eval(), model)
    model.restore_folder(folder)
    assert torch.equal(logits(model.network, model), expected)
    with quiet():
        SharedPrefixLM(model.network, tokenizer=model.tokenizer, batch_size=1)
    assert torch.equal(logits(model.network, model), expected)


@pytest.mark.parametrize("kind", ["lora", "a saved head", "saved embeddings", "the head"])
def test_in_bfloat16_an_adapter_computes_peft_s_numbers_to_the_bit(kind: str, tmp_path: Path) -> None:
    folder = saved(KINDS[kind](), tmp_path / "adapter", torch.bfloat16)
    model = loaded(tmp_path, "bfloat16")
    expected = logits(PeftModel.from_pretrained(base(torch.bfloat16), folder).eval(), model)
    model.restore_folder(folder)
    assert torch.equal(logits(model.network, model), expected)


@pytest.mark.parametrize("kind", ["a saved head", "the head", "saved embeddings", "some tokens"])
def test_log_likelihoods_and_answers_are_those_of_the_adapter_s_head(kind: str, tmp_path: Path) -> None:
    from lm_eval.api.instance import Instance

    folder = saved(KINDS[kind](), tmp_path / "adapter")
    model = loaded(tmp_path)
    reference = PeftModel.from_pretrained(base(), folder).eval()
    model.restore_folder(folder)
    with quiet():
        lm = SharedPrefixLM(model.network, tokenizer=model.tokenizer, batch_size=1)
    context, choice = PROMPT, " He was a general."
    request = Instance("loglikelihood", {}, (context, choice), 0, metadata=("task", 0, 1))
    [(found, _)] = lm.loglikelihood([request])
    before, whole = (model.tokenizer(text)["input_ids"] for text in (context, context + choice))
    with torch.inference_mode():
        scores = reference(input_ids=torch.tensor([whole])).logits[0].log_softmax(-1)
    places = range(len(before), len(whole))
    assert found == pytest.approx(sum(float(scores[place - 1, whole[place]]) for place in places), abs=1e-3)
    written = reference.generate(input_ids=torch.tensor([before]), max_new_tokens=8, do_sample=False)[0, len(before) :]
    [answer] = model.write([RenderedPrompt(tuple(before))], Decoding(8))
    assert list(answer.tokens) == until_end(written.tolist(), [model.tokenizer.eos_token_id])[0]


def test_an_adapter_that_is_taken_off_leaves_the_base_and_back_on_is_what_it_was(tmp_path: Path) -> None:
    folder = saved(KINDS["a saved head"](), tmp_path / "adapter")
    model = loaded(tmp_path)
    plain = logits(model.network, model)
    model.restore_folder(folder)
    adapted = logits(model.network, model)
    switch_adapters(model.network, on=False)
    assert torch.equal(logits(model.network, model), plain)
    switch_adapters(model.network, on=True)
    assert torch.equal(logits(model.network, model), adapted)
    assert not torch.equal(adapted, plain)


def edited(folder: Path, **settings: Any) -> Path:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))
    return folder


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"r": 10**7}, "size mismatch for .*lora_A.* from checkpoint"),
        ({"r": 5}, "size mismatch for .*lora_A"),
        ({"r": "4"}, "says r: .4., which is no such setting"),
        ({"target_modules": ["q_proj", "k_proj"]}, r"it lacks .*k_proj\.lora_A \(4×128\).* and 5 more"),
        ({"target_modules": ["v_proj"]}, "there is no place for its .*q_proj"),
        ({"target_modules": r"(([a-z0-9_.]+)+)+!"}, "not done after 0.5 seconds"),
        ({"use_dora": True}, r"it lacks .*q_proj\.lora_magnitude_vector \(128\)"),
        ({"lora_alpha": float("nan")}, "says lora_alpha: nan, which is no such setting"),
        ({"lora_alpha": float("inf")}, "says lora_alpha: inf, which is no such setting"),
        ({"alpha_pattern": {"q_proj": float("nan")}}, "says alpha_pattern: .*nan.*, which is no such setting"),
        ({"use_dora": "no"}, "says use_dora: 'no', which is no such setting"),
        ({"target_modules": "(("}, "does not fit"),
        ({"peft_type": "NO_SUCH"}, "can't be read"),
    ],
)
def test_a_configuration_that_does_not_go_with_the_weights_is_refused(
    settings: dict[str, Any], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters, "LONGEST", 0.5)
    folder = edited(saved(KINDS["lora"](), tmp_path / "adapter"), **settings)
    model = loaded(tmp_path)
    plain = logits(model.network, model)
    with pytest.raises(ModelError, match=says):
        model.restore_folder(folder)
    assert torch.equal(logits(model.network, model), plain)


def test_a_prompt_that_is_learned_is_no_adapter_of_layers_and_refused(tmp_path: Path) -> None:
    folder = saved(PromptTuningConfig(num_virtual_tokens=4), tmp_path / "adapter")
    with pytest.raises(ModelError, match="of the kind PROMPT_TUNING, which can't be measured here"):
        loaded(tmp_path).restore_folder(folder)


def test_an_adapter_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    folder = saved(KINDS["lora"](), tmp_path / "adapter")
    zero = {name: torch.zeros_like(one) for name, one in load_file(folder / "adapter_model.safetensors").items()}
    save_file(zero, folder / "adapter_model.safetensors")
    with pytest.raises(ModelError, match="changes nothing in"):
        loaded(tmp_path).restore_folder(folder)


def test_whole_numbers_are_no_adapter(tmp_path: Path) -> None:
    folder = saved(KINDS["lora"](), tmp_path / "adapter")
    codes = {name: (one * 100).to(torch.int8) for name, one in load_file(folder / "adapter_model.safetensors").items()}
    save_file(codes, folder / "adapter_model.safetensors")
    with pytest.raises(ModelError, match=r"no real numbers: .*lora_A\.weight \(I8\)"):
        loaded(tmp_path).restore_folder(folder)


def test_a_configuration_that_is_gone_when_a_run_goes_on_is_named(tmp_path: Path) -> None:
    folder = saved(KINDS["lora"](), tmp_path / "r1a1")
    (folder / "adapter_config.json").unlink()
    with pytest.raises(ModelError, match=r"r1a1 holds no adapter_config\.json"):
        loaded(tmp_path).restore("r1a1", folder, "lora")
