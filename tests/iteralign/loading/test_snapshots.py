"""A folder that was loaded is held against what it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness_base.errors import ModelError
from iteralign.loading.snapshots import Snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_text("a model")
    return tmp_path


def test_an_untouched_folder_passes(folder: Path) -> None:
    Snapshot(folder).fix().check()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_of_the_same_size_and_time_is_still_told_from_what_it_was(folder: Path, name: str) -> None:
    seen, file = Snapshot(folder).fix(), folder / name
    before = file.stat()
    file.write_bytes(b"[]" if name == "config.json" else b"WEIGHTS")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ModelError, match=f"{name} was changed since it was loaded"):
        seen.check()


@pytest.mark.parametrize(
    "name",
    [
        "chat_template.jinja", "generation_config.json", "special_tokens_map.json", "added_tokens.json",
        "adapter_config.json", "additional_chat_templates/tools.jinja", "tokenizer.model",
        "model.safetensors.index.json",
    ],
)  # fmt: skip
def test_a_file_that_would_be_read_at_load_may_not_appear(folder: Path, name: str) -> None:
    seen = Snapshot(folder).fix()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("{}")
    with pytest.raises(ModelError, match=f"{name} was added since it was loaded"):
        seen.check()


@pytest.mark.parametrize("name", ["README.md", "notes.txt", "trainer_state.json", ".gitattributes", "plot.png"])
def test_what_is_not_read_at_load_may_appear_and_change(folder: Path, name: str) -> None:
    seen = Snapshot(folder).fix()
    (folder / name).write_text("of another day")
    seen.check()


def test_a_file_that_is_gone_is_named(folder: Path) -> None:
    seen = Snapshot(folder).fix()
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match=r"config\.json was taken away since it was loaded"):
        seen.check()


def test_a_folder_that_is_gone_is_named_by_its_first_file(folder: Path) -> None:
    seen = Snapshot(folder).fix()
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(ModelError, match=r"config\.json was taken away"):
        seen.check()


def test_a_change_while_it_is_being_loaded_is_told(folder: Path) -> None:
    seen = Snapshot(folder)
    (folder / "config.json").write_text('{"changed": true}')
    with pytest.raises(ModelError, match=r"config\.json was changed while it was being loaded"):
        seen.fix()


def test_a_file_that_was_only_written_again_is_no_change(folder: Path) -> None:
    seen = Snapshot(folder).fix()
    content = (folder / "config.json").read_text()
    (folder / "config.json").unlink()
    (folder / "config.json").write_text(content)
    seen.check()
