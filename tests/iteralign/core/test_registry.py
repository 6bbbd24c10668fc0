"""Kinds by name, with real installed packages in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard

import pytest

from harness_base.errors import ConfigError
from iteralign.core.registry import Registry

Install = Callable[..., None]


def is_path_class(kind: object) -> TypeGuard[type[Path]]:
    return isinstance(kind, type) and issubclass(kind, Path)


@pytest.fixture
def shapes() -> Registry[type[Path]]:
    return Registry("shape", "test.shapes", {"plain": "pathlib:Path", "pure": "pathlib:PosixPath"}, is_path_class)


def test_our_own_kinds_are_loaded_by_name(shapes: Registry[type[Path]]) -> None:
    assert shapes.names() == ("plain", "pure")
    assert shapes.load("plain") is Path
    assert shapes.package("plain") is None


def test_a_kind_may_stand_in_the_table_itself() -> None:
    assert Registry[type[Path]]("shape", "test.shapes", {"plain": Path}, is_path_class).load("plain") is Path


def test_an_unknown_name_names_those_there_are(shapes: Registry[type[Path]]) -> None:
    with pytest.raises(ConfigError, match=r"There is no shape of the name 'round': choose one of plain, pure\."):
        shapes.load("round")


def test_another_package_brings_a_kind(shapes: Registry[type[Path]], install: Install) -> None:
    install("acme-shapes", {"test.shapes": {"odd": "acme_shapes:Odd"}}, acme_shapes="from pathlib import Path as Odd")
    assert shapes.names() == ("plain", "pure", "odd")
    assert shapes.load("odd") is Path
    assert shapes.package("odd") == "acme-shapes"


@pytest.mark.parametrize(
    ("code", "value", "says"),
    [
        ("import nothing_of_the_kind", "acme_bad:Odd", "can't be loaded: No module named 'nothing_of_the_kind'"),
        ("", "acme_bad:Odd", "has no attribute 'Odd'"),
        ("raise RuntimeError('no device')", "acme_bad:Odd", "can't be loaded: no device; mend or uninstall acme-bad."),
        ("def f(:", "acme_bad:Odd", "can't be loaded"),
        ("Odd = 3", "acme_bad:Odd", "acme_bad:Odd is not what the group test.shapes is for"),
    ],
)
def test_what_can_not_be_loaded_is_one_sentence_with_the_package(
    shapes: Registry[type[Path]], install: Install, code: str, value: str, says: str
) -> None:
    install("acme-bad", {"test.shapes": {"odd": value}}, acme_bad=code)
    with pytest.raises(ConfigError, match=says) as caught:
        shapes.load("odd")
    assert str(caught.value).startswith("The shape odd of the package acme-bad ")
    assert "\n" not in str(caught.value)
    assert shapes.load("plain") is Path


def test_two_kinds_of_one_name_are_neither(shapes: Registry[type[Path]], install: Install) -> None:
    install("acme-one", {"test.shapes": {"odd": "acme_one:Odd", "plain": "acme_one:Odd"}}, acme_one="Odd = 1")
    install("acme-two", {"test.shapes": {"odd": "acme_two:Odd"}}, acme_two="Odd = 2")
    with pytest.raises(
        ConfigError, match="odd is in more than one package: uninstall all of acme-one and acme-two but one"
    ):
        shapes.load("odd")
    with pytest.raises(ConfigError, match="all of iteralign-harness and acme-one but one"):
        shapes.load("plain")
