"""Generators by name: the one that is shipped, and those of other packages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness_base.errors import ConfigError
from iteralign.generation.kinds import (
    GeneratorConfig,
    GeneratorSettings,
    generator_builder,
    generator_name,
    generator_settings,
)

Install = Callable[..., None]
FIXED = """
from iteralign.generation.kinds import GeneratorKind, GeneratorSettings

class Settings(GeneratorSettings):
    text: str = "Hello."

KIND = GeneratorKind(Settings, "acme_{module}:Fixed")
"""
GROUP = {"iteralign.generators": {"fixed": "acme_kind:KIND"}}


def test_the_one_in_this_process_is_the_default_and_has_no_name_of_its_own() -> None:
    config = GeneratorConfig()
    assert generator_settings(config, 4) == GeneratorSettings(batch_size=4)
    assert generator_name(config) == ""


def test_a_name_that_is_none_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no generator of the name 'typist': choose one of transformers\."):
        generator_settings(GeneratorConfig(kind="typist"), None)


def test_another_package_s_generator_has_its_own_settings_and_a_name(install: Install) -> None:
    install("acme-writer", GROUP, acme_kind=FIXED.format(module="kind"))
    config = GeneratorConfig(kind="fixed", settings={"text": "No."})
    assert generator_settings(config, 4).model_dump() == {"batch_size": 4, "text": "No."}
    assert generator_name(config) == "fixed text='No.'"


def test_a_setting_that_it_has_not_is_one_sentence_with_the_package(install: Install) -> None:
    install("acme-writer", GROUP, acme_kind=FIXED.format(module="kind"))
    with pytest.raises(
        ConfigError, match="The generator fixed of the package acme-writer can't take its setting txt"
    ) as raised:
        generator_settings(GeneratorConfig(kind="fixed", settings={"txt": "secret"}), None)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_one_that_can_not_be_made_is_one_sentence_with_the_package(install: Install) -> None:
    install("acme-writer", GROUP, acme_kind=FIXED.format(module="nowhere"))
    with pytest.raises(ConfigError, match="fixed of the package acme-writer can't be loaded: No module named"):
        generator_builder(GeneratorConfig(kind="fixed"), None)
