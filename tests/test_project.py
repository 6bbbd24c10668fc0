"""What surrounds the code: the packages' marks, the environments, the workflow, the checks before a commit."""

from __future__ import annotations

import configparser
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from benchmarks.structure.rooms import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHONS = ["3.11", "3.12", "3.13"]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_that_it_has_types_and_is_installed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert package in PROJECT["tool"]["mypy"]["packages"]
    assert package in PROJECT["tool"]["coverage"]["run"]["source"]


def test_the_pythons_that_are_promised_are_those_that_the_workflow_tries() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    [workflow] = WORKFLOWS
    tried = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["tests"]["strategy"]["matrix"]["python"]
    assert promised == tried == PYTHONS
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"


def test_actions_are_pinned_by_hash_with_the_version_beside_it() -> None:
    used = [line for file in WORKFLOWS for line in file.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    foreign = [line for line in used if "uses: ./" not in line]
    assert foreign
    assert all(re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line) for line in foreign)


def test_environments_that_ci_names_exist() -> None:
    """Whether `.ci/run` or the workflow names them."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    known = {name.removeprefix("testenv:") for name in tox.sections()} | {
        f"py{each.replace('.', '')}" for each in PYTHONS
    }
    texts = [path.read_text(encoding="utf-8") for path in [ROOT / ".ci" / "run", *WORKFLOWS]]
    named = [
        name for text in texts for names in re.findall(r"\btox(?: run)? -e ([\w,]+)", text) for name in names.split(",")
    ]
    assert named
    assert set(named) <= known


def test_what_runs_before_a_commit_is_at_hand() -> None:
    """In the environment of the extra `dev`: nothing is fetched."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert all(repo["repo"] == "local" for repo in config["repos"])
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format", "mypy", "generated-docs"}
    assert all(hook["language"] == "system" for hook in hooks)
    beside_python = Path(sys.executable).parent
    assert all((beside_python / hook["entry"].split()[0]).exists() for hook in hooks)
