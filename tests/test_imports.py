"""Which part may know which, and that everything imported is declared."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from benchmarks.structure.imports import circles, imported_names, read_tree
from benchmarks.structure.rooms import PACKAGES, ROOMS

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

FORBIDDEN = {
    "harness_base": {"harness", "iteralign", "reports", "tasks", "torch"},
    "iteralign": {"harness", "reports", "tasks", "click", "rich", "sqlite3", "sqlite_utils", "lm_eval"},
    "reports": {"harness", "iteralign", "tasks", "torch", "transformers", "lm_eval", "sqlite_utils"},
    "tasks": {"harness", "iteralign", "reports"},
    "harness/gate": {"sqlite3", "sqlite_utils", "torch", "lm_eval", "harness.evaluation.evaluator"},
    "harness/store": {"torch", "lm_eval", "reports"},
}
TREE = read_tree(ROOT, PACKAGES)
OPTIONAL = {"sentence_transformers", "trl"}
"""Imported only where the user asked for it, and declared as an extra."""
NOT_IMPORTED = {"accelerate": "transformers' Trainer asks for it, without naming it as a dependency"}


def imports(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it, for the type checker alone too. `from a import b` is `a` and `a.b`."""
    for name, _ in imported_names(path):
        yield from (name, name.rpartition(".")[0])


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def declared(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in requirements}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_no_part_imports_what_stands_above_it(folder: str) -> None:
    def within(name: str, package: str) -> bool:
        return name == package or name.startswith(f"{package}.")

    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(folder)
        for name in imports(path)
        if any(within(name, package) for package in FORBIDDEN[folder])
    ]
    assert not wrong


def test_the_rules_are_about_folders_that_exist() -> None:
    assert all(modules(folder) for folder in FORBIDDEN)
    assert TREE.rooms == set(ROOMS)


def test_no_room_imports_one_that_stands_higher() -> None:
    assert not TREE.upward(ROOMS)


def test_no_file_imports_itself_round_a_circle() -> None:
    assert not circles(TREE.between_modules())
    assert not circles(TREE.between_rooms())


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    distributions = metadata.packages_distributions()
    top = {name.partition(".")[0] for path in modules(*PACKAGES) for name in imports(path) if name}
    foreign = top - set(sys.stdlib_module_names) - set(PACKAGES)
    used = {_normal(distributions[name][0]) for name in foreign - OPTIONAL}
    known_parts = {"pydantic-core"}  # comes with pydantic, in the version that fits it
    assert used - known_parts == declared(PROJECT["dependencies"]) - set(NOT_IMPORTED)


def test_each_dependency_is_explained_and_nothing_else_is() -> None:
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = {_normal(name) for name in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)}
    extras = [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    assert explained == declared([*PROJECT["dependencies"], *extras])


def test_the_tested_versions_cover_each_dependency_and_meet_its_bound() -> None:
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )
    tested = {_normal(name): _version(version) for name, version in pins.items()}
    extras = [requirement for extra in PROJECT["optional-dependencies"].values() for requirement in extra]
    for requirement in [*PROJECT["dependencies"], *extras]:
        name, bound = requirement.split(">=")
        assert tested[_normal(name)] >= _version(bound), requirement
    assert pins["torch"] == "2.13.0"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])
