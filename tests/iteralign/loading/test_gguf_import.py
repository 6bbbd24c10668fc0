"""GGUF files as model folders, held against the model that a file was written from, and the format's own library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness_base.errors import ModelError
from iteralign.loading import gguf_import
from iteralign.loading.gguf_files import read_header
from iteralign.loading.gguf_import import import_gguf
from iteralign.loading.models import load_folder
from iteralign.sandbox import PRACTICE_MODEL_DIR
from tests.small_gguf import TEMPLATE, write

TEXT = "Human: Who was Napoleon? Tell me in 12 words.\n\nAssistant:"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("gguf") / "practice.gguf")


def logits(network: Any, tokenizer: Any) -> torch.Tensor:
    with torch.inference_mode():
        return torch.as_tensor(network(input_ids=torch.tensor([tokenizer(TEXT)["input_ids"]])).logits).float()


@pytest.fixture(scope="module")
def original() -> tuple[Any, Any]:
    return (
        AutoModelForCausalLM.from_pretrained(PRACTICE_MODEL_DIR, dtype=torch.float32),
        AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR),
    )


def test_the_folder_computes_what_the_model_behind_the_file_does(
    file: Path, original: tuple[Any, Any], tmp_path: Path
) -> None:
    imported = import_gguf(file, tmp_path / "new" / "model")
    loaded = load_folder(imported.folder, dtype="auto", device="cpu")
    assert (logits(loaded.network, loaded.tokenizer) - logits(*original)).abs().max() <= 1e-5
    assert loaded.tokenizer(TEXT)["input_ids"] == original[1](TEXT)["input_ids"]
    assert loaded.tokenizer.chat_template == TEMPLATE
    assert loaded.tokenizer.eos_token == "<eos>"
    assert loaded.network.dtype == torch.float32
    assert imported.difference <= 1e-5
    assert imported.notes == ()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model"]


def test_in_bfloat16_the_weights_are_those_rounded_and_the_difference_is_told(
    file: Path, original: tuple[Any, Any], tmp_path: Path
) -> None:
    imported = import_gguf(file, tmp_path / "model", dtype="bfloat16")
    loaded = load_folder(imported.folder, dtype="auto", device="cpu")
    weights = loaded.network.state_dict()
    assert all(torch.equal(weights[name], weight.bfloat16()) for name, weight in original[0].state_dict().items())
    assert 0 < imported.difference < 1


def test_packed_weights_are_those_that_the_format_s_own_library_unpacks(tmp_path: Path) -> None:
    file = write(tmp_path / "packed.gguf", packed=gguf.GGMLQuantizationType.Q8_0)
    import_gguf(file, tmp_path / "model")
    [down] = [tensor for tensor in gguf.GGUFReader(file).tensors if tensor.name == "blk.2.ffn_down.weight"]
    expected = torch.tensor(gguf.quants.dequantize(down.data, down.tensor_type))
    network = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert torch.equal(network.model.layers[2].mlp.down_proj.weight, expected)


def test_the_card_says_where_it_came_from_and_quotes_what_the_file_says(file: Path, tmp_path: Path) -> None:
    import_gguf(file, tmp_path / "model")
    text = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(text.split("---")[1])
    assert front["license"] == "apache-2.0"
    assert "practice.gguf" in text
    assert gguf_import.gguf_files.sha256(file, lambda _what, _total: lambda _: None) in text
    assert "<b>" not in text
    assert "F32" in text
    assert "gguf 0." in text


def test_progress_counts_tensors_and_ends_where_it_said(file: Path, tmp_path: Path) -> None:
    counts: dict[str, list[int]] = {}

    def stages(what: str, total: int) -> Any:
        counts[what] = [total, 0]

        def advance(n: int) -> None:
            counts[what][1] += n

        return advance

    import_gguf(file, tmp_path / "model", stages=stages)
    assert counts["unpacking the weights"] == [read_header(file).tensors] * 2
    assert all(total == done for total, done in counts.values())


def test_a_rule_of_splitting_that_is_not_followed_is_told(tmp_path: Path) -> None:
    imported = import_gguf(write(tmp_path / "other.gguf", split="smollm"), tmp_path / "model")
    assert "by the rule 'smollm', which transformers does not know" in imported.notes[0]


def _cut(path: Path, share: float) -> Path:
    content = write(path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path, "There is no file"),
        (lambda path: Path(path.write_text("{}") and path), "is no GGUF file"),
        (lambda path: Path(path.write_bytes(b"GGUF") and path), "can't be read as GGUF"),
        (lambda path: _cut(path, 0.002), "can't be read as GGUF"),
        (lambda path: _cut(path, 0.5), "it may be cut off, so give the whole file"),
        (lambda path: _cut(path, 0.999), "it may be cut off, so give the whole file"),
        (lambda path: write(path, architecture="rwkv7"), "(architecture rwkv7) can't be read by transformers"),
        (lambda path: write(path, tokenizer=False), "holds no tokenizer"),
        (lambda path: write(path, parts=3), "is one of 3 parts"),
        (lambda path: write(path, without=("blk.1.ffn_up.weight",)), "lacks weights"),
    ],
)
def test_a_file_that_is_none_is_one_sentence_and_leaves_nothing(make: Any, words: str, tmp_path: Path) -> None:
    file = make(tmp_path / "model.gguf")
    with pytest.raises(ModelError) as error:
        import_gguf(file, tmp_path / "model")
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert {path.name for path in tmp_path.iterdir()} <= {"model.gguf"}


def test_a_folder_that_is_there_is_left_alone(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is there already; name a folder that is not"):
        import_gguf(file, tmp_path)


def test_what_does_not_come_back_as_it_was_is_an_error_and_goes(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(*args: Any, **settings: Any) -> Any:
        loaded = load_folder(*args, **settings)
        with torch.no_grad():
            loaded.network.model.norm.weight += 0.001
        return loaded

    monkeypatch.setattr(gguf_import, "load_folder", spoilt)
    with pytest.raises(ModelError, match=r"weights differ \(model.norm.weight\); nothing was kept"):
        import_gguf(file, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
