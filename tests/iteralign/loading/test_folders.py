"""Files as they should not be, and what is said of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from harness_base.errors import ModelError
from iteralign.loading import folders


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "can't be read as JSON"),
        (b'{"a": 1', "can't be read as JSON"),
        (b"[1]", "holds no JSON object but a list"),
        (b"null", "holds no JSON object but null"),
        (b"5", "holds no JSON object but a number"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
        ("{}".encode("utf-16"), "is not text in UTF-8"),
        (b'{"a": "\xff"}', r"is not text in UTF-8 \(byte 8\)"),
        (b'{"a":' * 100_000, "nests too deeply"),
        (b'{"a": {"b": 1, "b": 2}}', "'b' stands in one object twice"),
    ],
)
def test_what_is_no_json_object_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=rf"config\.json.*{says}" if "stands" in says else says):
        folders.read_object(file)


def test_an_object_is_read() -> None:
    assert folders.read_object(Path(__file__).parents[3] / "iteralign/sandbox/model/config.json")["hidden_size"] == 128


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokenizer.json")
    with pytest.raises(ModelError, match=r"tokenizer\.json is no ordinary file"):
        folders.check_files(tmp_path)


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to("nowhere")
    with pytest.raises(ModelError, match=r"model\.safetensors can't be read: No such file"):
        folders.check_files(tmp_path)


def test_a_link_to_a_file_elsewhere_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "blob").write_text("{}")
    (tmp_path / "config.json").symlink_to("blob")
    folders.check_files(tmp_path)


def test_a_file_that_no_library_reads_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "trainer_state.json").write_text('{"a": 1, "a": 2}')
    folders.check_files(tmp_path)


@pytest.mark.parametrize("name", ["../elsewhere.safetensors", "/etc/passwd", "weights.bin", "absent.safetensors"])
def test_an_index_leads_nowhere_but_to_safetensors_beside_it(name: str, tmp_path: Path) -> None:
    (tmp_path.parent / "elsewhere.safetensors").write_text("")
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(ModelError, match=r"put it there|put the file there"):
        folders.weight_files(tmp_path)


def test_a_pickle_is_never_read_and_the_sentence_says_why(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ModelError, match="a pickle may run code"):
        folders.weight_files(tmp_path)


def test_sizes_are_read_from_headers(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(5, dtype=torch.bfloat16)}, tmp_path / "one.safetensors")
    found = folders.tensors([tmp_path / "one.safetensors"])
    assert {name: (one.shape, one.numbers) for name, one in found.items()} == {"a": ((2, 3), 6), "b": ((5,), 5)}


def test_a_cut_file_is_no_safetensors(tmp_path: Path) -> None:
    file = tmp_path / "one.safetensors"
    save_file({"a": torch.zeros(2, 3)}, file)
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ModelError, match="can't be read as safetensors"):
        folders.tensors([file])
