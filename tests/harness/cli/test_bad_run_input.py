"""Mistakes that only show once the libraries are loaded, through the real command line in this process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.exit_codes import ExitCode
from harness.cli.main import harness as command
from iteralign.sandbox import PRACTICE_MODEL_DIR

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-that-must-not-show")
    return lambda *arguments: CliRunner().invoke(command, [str(argument) for argument in arguments])


def assert_refused(result: Result, says: str, code: ExitCode = ExitCode.USER) -> None:
    assert result.exit_code == code, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert "a-key-that-must-not-show" not in result.output
    assert [line for line in result.stderr.splitlines() if line.startswith("Error: ")] == [
        result.stderr.splitlines()[-1]
    ]


def align(invoke: Invoke, *arguments: object) -> Result:
    return invoke("align-and-eval", *arguments)


@pytest.fixture
def broken_weights(tmp_path: Path) -> Path:
    folder = shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"not weights")
    return folder


def test_a_folder_that_is_no_model(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(align(invoke, "--model", "empty", "--allow-practice"), "holds no config.json")
    assert not (tmp_path / "runs").exists()


def test_weights_that_are_no_weights(invoke: Invoke, broken_weights: Path, tmp_path: Path) -> None:
    assert_refused(
        align(invoke, "--model", broken_weights, "--allow-practice", "--policy", "sandbox", "--tasks", "sandbox_gate"),
        "can't be read as safetensors",
    )
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "empty.txt"),
        ("latin.txt", "Wie geht das, Müller?".encode("latin-1"), "UTF-8"),
        ("prompts.xlsx", b"PK\x03\x04", "prompts.xlsx"),
        ("rows.jsonl", b'{"prompt": "a"}\n{"prompt": ', "2"),
        ("long.txt", ("why " * 600).encode(), "None of the 1 red-team prompts fits"),
    ],
)
def test_a_red_team_file_that_can_t_be_used(
    invoke: Invoke, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert_refused(align(invoke, "--red-team", name), says)
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_an_unknown_task(invoke: Invoke, tmp_path: Path) -> None:
    assert_refused(align(invoke, "--tasks", "sandbox_hhh_harmles"), "sandbox_hhh_harmless")
    assert not (tmp_path / "runs").exists()


def test_a_name_that_is_taken(invoke: Invoke, tmp_path: Path) -> None:
    from harness.store import Store

    with Store.open(tmp_path / "runs" / "harness.db") as store:
        store.runs.start(
            name="mine", model="sandbox", oracle="embedded", seed=0, config={}, environment={}, practice=True
        )
    assert_refused(align(invoke, "--name", "mine"), "already has a run named mine")


def test_an_oracle_that_can_t_be_reached(invoke: Invoke, tmp_path: Path) -> None:
    remote = ("--oracle", "openai", "--oracle-url", "http://127.0.0.1:9/v1", "--oracle-model", "judge")
    result = align(invoke, *remote, "--set", "oracle.retries=0", "--limit", 5, "--name", "lost")
    assert_refused(result, "http://127.0.0.1:9/v1", ExitCode.OUTSIDE)
    assert "lost" in invoke("runs").output  # what was done is kept


def test_an_adapter_without_weights(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA"}))
    result = invoke("eval", "--adapter", "adapter", "--tasks", "sandbox_hhh_harmless")
    assert_refused(result, "holds no adapter_model.safetensors")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk(invoke: Invoke, tiny_disk: Path) -> None:
    result = align(invoke, "--runs-dir", tiny_disk, "--limit", 40, "--name", "full")
    assert_refused(result, "disk", ExitCode.OUTSIDE)
