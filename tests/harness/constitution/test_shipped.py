"""Constitutions that ship with the program are file_named by name, and are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.constitution.files import read_constitution
from harness.constitution.shipped import file_named, shipped_names
from harness_base.errors import DataError


@pytest.mark.parametrize("name", shipped_names())
def test_each_principle_says_what_it_forbids_and_leaves_alone_and_shows_both(name: str) -> None:
    principles = read_constitution(file_named(Path(name)))
    assert principles
    for principle in principles:
        assert ";" in principle.text
        assert {example.forbidden for example in principle.examples} == {True, False}
        assert "helpful" not in principle.text


def test_a_file_is_taken_as_it_is() -> None:
    assert file_named(Path("mine.md")) == Path("mine.md")
    assert file_named(Path("folder/everyday-harms")) == Path("folder/everyday-harms")


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match=r"no constitution 'nobody'.*everyday-harms"):
        file_named(Path("nobody"))


def test_a_file_of_that_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "everyday-harms").write_text("")
    monkeypatch.chdir(tmp_path)
    assert file_named(Path("everyday-harms")) == Path("everyday-harms")
