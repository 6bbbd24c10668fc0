"""Help is quick, complete and written down."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from harness.cli.lazy import LazyGroup, commands_of
from harness.cli.main import harness as command_line
from harness.config.schema import RunConfig
from harness.config.sources import settings

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = commands_of(command).items() if isinstance(command, click.Group) else []
    return [path, *(found for name, sub in below for found in all_commands(sub, (*path, name)))]


@pytest.mark.parametrize("path", all_commands(command_line), ids=lambda path: " ".join(path) or "harness")
def test_each_command_has_help_that_fits_80_columns(harness, path: tuple[str, ...]) -> None:
    shown = harness(*path, "--help")
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize("path", all_commands(command_line), ids=lambda path: " ".join(path) or "harness")
def test_each_flag_of_each_command_says_what_it_is(path: tuple[str, ...]) -> None:
    command: click.Command = command_line
    for name in path:
        assert isinstance(command, click.Group)
        command = commands_of(command)[name]
    undescribed = [p.opts[0] for p in command.params if isinstance(p, click.Option) and not p.help]
    assert command.help
    assert not undescribed


@pytest.mark.parametrize("path", all_commands(command_line), ids=lambda path: " ".join(path) or "harness")
def test_a_group_says_of_a_command_what_the_command_says_of_itself(path: tuple[str, ...]) -> None:
    command: click.Command = command_line
    for name in path:
        assert isinstance(command, click.Group)
        if isinstance(command, LazyGroup) and name in command.lazy:
            in_the_table, its_own = click.Command(name, help=command.lazy[name].help), commands_of(command)[name]
            assert in_the_table.get_short_help_str(60) == its_own.get_short_help_str(60)
            assert in_the_table.get_short_help_str(1000) == its_own.get_short_help_str(1000)
            assert its_own.name == name
        command = commands_of(command)[name]


def test_the_docs_are_as_the_program_says_them(reference: ModuleType) -> None:
    """When this fails: python docs/make_reference.py"""
    docs = ROOT / "docs"
    configuration = (docs / "configuration.md").read_text(encoding="utf-8")
    assert (docs / "cli.md").read_text(encoding="utf-8") == reference.cli_reference()
    assert configuration == reference.configuration_page(configuration)
    assert (docs / "store.md").read_text(encoding="utf-8") == reference.store_page()


def test_no_command_and_no_setting_is_left_out_of_the_docs(reference: ModuleType) -> None:
    commands = reference.cli_reference()
    assert all(f"## `{' '.join(('harness', *path))}`\n" in commands for path in all_commands(command_line))
    table = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert all(f"| `{key}` |" in table for key in settings(RunConfig))


def test_the_version_is_that_of_the_package(harness) -> None:
    assert harness("--version").stdout.startswith("harness ")


def test_help_loads_nothing_heavy(environ: dict[str, str]) -> None:
    """Not torch, transformers or lm-eval, and nothing else that takes long to load."""
    code = (
        "import json, sys\nfrom harness.cli.main import harness\n"
        "try:\n    harness(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    loaded = set(json.loads(shown.stdout.splitlines()[-1]))
    heavy = {
        "torch",
        "transformers",
        "lm_eval",
        "peft",
        "datasets",
        "numpy",
        "pandas",
        "matplotlib",
        "openai",
        "pydantic",
    }
    assert "click" in loaded
    assert not loaded & heavy


def test_the_help_of_no_command_loads_torch(environ: dict[str, str]) -> None:
    code = (
        "import sys, click\nfrom harness.cli.lazy import commands_of\nfrom harness.cli.main import harness\n"
        "def load(group):\n"
        "    for command in commands_of(group).values():\n"
        "        if isinstance(command, click.Group):\n            load(command)\n"
        "load(harness)\n"
        "print(*({name.partition('.')[0] for name in sys.modules}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert not set(shown.stdout.split()) & {"torch", "transformers", "lm_eval", "peft", "datasets", "matplotlib"}


@pytest.mark.parametrize("arguments", [["config", "check"], ["tasks"], ["runs"]], ids=" ".join)
def test_light_commands_load_no_torch(environ: dict[str, str], tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import json, sys\nfrom harness.cli.main import harness\n"
        f"try:\n    harness({arguments})\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, cwd=tmp_path, check=True
    )
    assert not set(json.loads(shown.stdout.splitlines()[-1])) & {"torch", "transformers", "lm_eval"}
