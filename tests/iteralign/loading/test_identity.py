"""What is in force is named by all that decides an answer, and by nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness_base.errors import ModelError
from iteralign.core.records import Attack, Prompt, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR

QUICK = TrainingSettings(learning_rate=1e-3, epochs=1, batch_size=4)
PAIRS = [TrainingPair(str(n), f"Help me steal hat {n}.", "I can't help with that.", "revision") for n in range(8)]
ASKED = [Attack(Prompt("Tell me about Napoleon.", "test"), "standard", "Tell me about Napoleon.")]
Change = Callable[[Path], None]


def loaded(folder: Path, adapter: Path | None = None) -> CausalModel:
    model = CausalModel.load(ModelSettings(path=str(folder), batch_size=2), folder / "adapters")
    if adapter:
        model.restore_folder(adapter)
    return model


@pytest.fixture(scope="module")
def base() -> str:
    return loaded(PRACTICE_MODEL_DIR).content_hash()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An adapter's folder, and what the model was named that it was trained in."""
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path_factory.mktemp("adapters"))
    candidate = model.fine_tune(PAIRS, QUICK, names=["r1a1"], seed=0)[-1]
    return Path(candidate.path), model.content_hash()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "copy")


def edited(name: str, **values: Any) -> Change:
    """Set values in a JSON file, which is made where there is none."""

    def change(folder: Path) -> None:
        file = folder / name
        content = json.loads(file.read_text()) if file.is_file() else {}
        file.write_text(json.dumps({**content, **values}))

    return change


def in_tokenizer(change: Callable[[Any], None]) -> Change:
    def apply(folder: Path) -> None:
        content = json.loads((folder / "tokenizer.json").read_text())
        change(content)
        (folder / "tokenizer.json").write_text(json.dumps(content))

    return apply


def written(name: str, text: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    return change


def one_bit(name: str) -> Change:
    """Turn the lowest bit of the last byte but three: the last weight, by the least."""

    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[-4] ^= 1
        (folder / name).write_bytes(content)

    return change


@pytest.mark.parametrize(
    "change",
    [
        edited("config.json", rms_norm_eps=1e-5),
        edited("config.json", rope_parameters={"rope_theta": 5000.0, "rope_type": "default"}),
        edited("config.json", hidden_act="gelu"),
        edited("config.json", attn_implementation="eager"),
        edited("config.json", dtype="bfloat16"),
        edited("generation_config.json", eos_token_id=[1, 5]),
        edited("tokenizer_config.json", eos_token="<pad>", pad_token="<eos>"),
        edited("tokenizer_config.json", chat_template="{{ messages[0]['content'] }}"),
        edited("special_tokens_map.json", bos_token="<pad>"),
        written("chat_template.jinja", "{{ messages[0]['content'] }}"),
        in_tokenizer(lambda content: content.update(normalizer={"type": "Lowercase"})),
        in_tokenizer(lambda content: content["pre_tokenizer"].update(add_prefix_space=True)),
        in_tokenizer(lambda content: content["model"]["merges"].pop(3)),
        in_tokenizer(lambda content: content["decoder"].update(type="Fuse")),
        one_bit("model.safetensors"),
    ],
)  # fmt: skip
def test_any_single_change_that_decides_an_answer_gives_another_name(change: Change, copy: Path, base: str) -> None:
    change(copy)
    assert loaded(copy).content_hash() != base


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: None,
        written("README.md", "# A model card"),
        written(".git/HEAD", "ref: refs/heads/main"),
        written("notes.json", "{}"),
        edited("config.json", transformers_version="4.0.0", _name_or_path="elsewhere/model"),
        lambda folder: (folder / "config.json").write_text(
            json.dumps(dict(reversed(json.loads((folder / "config.json").read_text()).items())), indent=7)
        ),
    ],
)
def test_a_copy_with_what_decides_nothing_has_the_same_name(change: Change, copy: Path, base: str) -> None:
    change(copy)
    assert loaded(copy).content_hash() == base


def test_an_adapter_has_the_name_under_which_it_was_trained(trained: tuple[Path, str]) -> None:
    """Whatever it is called, so that what was measured of a candidate stands for the adapter that is released."""
    folder, name = trained
    assert loaded(PRACTICE_MODEL_DIR, folder).content_hash() == name


@pytest.mark.parametrize(
    "change",
    [
        edited("adapter_config.json", lora_alpha=400),
        edited("adapter_config.json", use_rslora=True),
        edited("adapter_config.json", alpha_pattern={"q_proj": 64}),
        edited("adapter_config.json", layers_to_transform=[0, 1]),
        edited("adapter_config.json", target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "gate_proj"]),
        one_bit("adapter_model.safetensors"),
    ],
)  # fmt: skip
def test_any_single_change_of_an_adapter_gives_another_name(
    change: Change, trained: tuple[Path, str], tmp_path: Path
) -> None:
    folder, name = trained
    changed = shutil.copytree(folder, tmp_path / "changed")
    change(changed)
    with suppress(ModelError):  # what is refused is measured under no name
        assert loaded(PRACTICE_MODEL_DIR, changed).content_hash() != name


def test_what_only_says_where_an_adapter_was_made_is_no_part_of_its_name(
    trained: tuple[Path, str], tmp_path: Path
) -> None:
    folder, name = trained
    moved = shutil.copytree(folder, tmp_path / "moved")
    edited("adapter_config.json", base_model_name_or_path="another/place", peft_version="0.1", revision="main")(moved)
    written("README.md", "# Another card")(moved)
    assert loaded(PRACTICE_MODEL_DIR, moved).content_hash() == name


def adapter_with(tmp_path: Path, **settings: Any) -> Path:
    """An adapter of peft's on the practice model, its weights drawn at random."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    network = AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR)
    adapted = get_peft_model(network, LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **settings))
    adapted.save_pretrained(tmp_path / "made")
    return tmp_path / "made"


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{"target_modules": ["embed_tokens"]}, {"target_modules": ["q_proj"], "modules_to_save": ["norm"]}]
)
def test_every_tensor_of_an_adapter_is_part_of_its_name(settings: dict[str, Any], tmp_path: Path) -> None:
    """Those of adapted embeddings too, whose names end in the adapter's."""
    made = adapter_with(tmp_path, **settings)
    name = loaded(PRACTICE_MODEL_DIR, made).content_hash()
    tensors = load_file(made / "adapter_model.safetensors")
    for number, tensor in enumerate(tensors):
        changed = shutil.copytree(made, tmp_path / str(number))
        save_file({**tensors, tensor: tensors[tensor] * 1.5}, changed / "adapter_model.safetensors")
        assert loaded(PRACTICE_MODEL_DIR, changed).content_hash() != name, tensor


def test_weights_that_are_overwritten_in_their_file_are_not_those_that_run(copy: Path) -> None:
    """safetensors maps its files into memory."""
    model, weights = loaded(copy), copy / "model.safetensors"
    before = model.generate(ASKED)[0].text
    size = weights.stat().st_size
    with weights.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(size - 4096))
    assert model.generate(ASKED)[0].text == before
    with pytest.raises(ModelError, match=r"model\.safetensors was changed since it was loaded"):
        model.check_folders()


def test_an_adapter_s_weights_that_are_overwritten_in_their_file_are_not_those_that_run(
    trained: tuple[Path, str], tmp_path: Path
) -> None:
    folder = shutil.copytree(trained[0], tmp_path / "adapter")
    model, weights = loaded(PRACTICE_MODEL_DIR, folder), folder / "adapter_model.safetensors"
    before = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    with weights.open("r+b") as file:
        file.seek(8192)
        file.write(bytes(weights.stat().st_size - 8192))
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.network.state_dict().items())
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors was changed"):
        model.check_folders()


def test_an_accepted_adapter_that_was_changed_is_not_trained_further(tmp_path: Path) -> None:
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path)
    candidate = model.fine_tune(PAIRS, QUICK, names=["r1a1"], seed=0)[-1]
    model.accept(candidate)
    edited("adapter_config.json", lora_alpha=400)(Path(candidate.path))
    with pytest.raises(ModelError, match=r"adapter_config\.json was changed since it was loaded"):
        model.fine_tune(PAIRS, QUICK, names=["r2a1"], seed=1)


def test_full_weights_have_the_same_name_when_they_are_loaded_again(tmp_path: Path) -> None:
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path)
    full = TrainingSettings(weights="full", learning_rate=1e-4, epochs=1, batch_size=4)
    candidate = model.fine_tune(PAIRS, full, names=["r1a1"], seed=0)[-1]
    again = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path)
    again.restore("r1a1", Path(candidate.path), "full")
    assert again.content_hash() == model.content_hash()
    assert again.content_hash() != loaded(PRACTICE_MODEL_DIR).content_hash()
