"""Generators by name: the one that is shipped, and those of other packages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.assembly.model import load_model
from harness.config.load import load_config, load_with_origins, stored_config
from harness.config.schema import ModelConfig, RunConfig
from harness.config.sources import settings
from harness_base.errors import ConfigError
from iteralign.generation.kinds import GENERATORS, default_generator
from iteralign.generation.transformers_kind import TransformersKind

FIXED = """
from typing import Literal
from pydantic import Field
from iteralign.generation.kinds import GeneratorKind

class FixedKind(GeneratorKind):
    kind: Literal["fixed"] = "fixed"
    text: str = Field("Hello.", description="the answer to everything")

    def build(self, subject):
        import acme_nowhere
"""


@pytest.fixture
def _fixed(install: Callable[..., None]) -> None:
    install("acme-writer", {"iteralign.generators": {"fixed": "acme_kind:FixedKind"}}, acme_kind=FIXED)


def test_the_one_in_this_process_is_the_default_and_has_no_name_of_its_own() -> None:
    assert default_generator() == TransformersKind() == load_config(None, None, {}, {}).generator
    assert default_generator().writer_name() == ""


def test_a_name_that_is_none_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"generator\.kind must be 'transformers', not 'typist'"):
        load_config(None, None, {"generator.kind": "typist"}, {})
    with pytest.raises(ConfigError, match=r"no generator of the name 'typist': choose one of transformers\."):
        GENERATORS.load("typist")


@pytest.mark.usefixtures("_fixed")
class TestAnotherPackages:
    def test_its_settings_come_from_every_source(self, tmp_path: Path) -> None:
        file = tmp_path / "my.yaml"
        file.write_text('generator: {kind: fixed, text: "No."}', encoding="utf-8")
        by_file = load_config(None, file, {}, {})
        environ = {"HARNESS_GENERATOR__KIND": "fixed", "HARNESS_GENERATOR__TEXT": "No."}
        by_environment = load_with_origins(None, None, {}, environ)
        by_flags = load_config(None, None, {"generator.kind": "fixed", "generator.text": "No."}, {})
        assert by_file == by_environment.config == by_flags
        assert by_environment.origins["generator.text"] == "HARNESS_GENERATOR__TEXT"

    def test_its_settings_tell_its_answers_from_those_of_the_network(self) -> None:
        config = load_config(None, None, {"generator.kind": "fixed", "generator.text": "No."}, {})
        assert config.generator.writer_name() == "acme-writer 1.0: fixed text='No.'"

    def test_what_is_stored_is_read_back(self) -> None:
        config = load_config(None, None, {"generator.kind": "fixed", "generator.text": "No."}, {})
        assert stored_config(config.model_dump(mode="json"), "some-run") == config

    def test_a_setting_that_it_does_not_have_is_one_sentence_with_the_package(self) -> None:
        with pytest.raises(ConfigError, match="that the generator fixed of the package acme-writer does not") as raised:
            load_config(None, None, {"generator.kind": "fixed", "generator.txt": "secret"}, {})
        assert "secret" not in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_its_settings_are_not_there_where_it_was_not_chosen(self) -> None:
        with pytest.raises(ConfigError, match=r"a setting generator\.text that does not exist"):
            load_config(None, None, {"generator.text": "No."}, {})

    def test_one_that_can_not_be_built_is_one_sentence_with_the_package(self, tmp_path: Path) -> None:
        config = load_config(None, None, {"generator.kind": "fixed"}, {})
        with pytest.raises(ConfigError, match="fixed of the package acme-writer can't be built: No module named"):
            load_model(ModelConfig(), tmp_path, generator=config.generator)


def test_those_that_are_shipped_have_no_settings_but_their_kind() -> None:
    assert [key for key in settings(RunConfig) if key.startswith("generator.")] == ["generator.kind"]
