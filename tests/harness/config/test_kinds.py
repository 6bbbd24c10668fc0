"""A kind of oracle that another package brings, and settings of kinds that were not chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.config.load import changeable, load_config, load_with_origins, stored_config
from harness.config.schema import RunConfig
from harness.config.sources import settings
from harness_base.errors import ConfigError

ACME = """
from typing import ClassVar, Literal

from pydantic import Field

from iteralign.core.records import Verdict
from iteralign.oracle.kinds import OracleKind


class Words:
    def __init__(self, words):
        self.words = words

    def judge(self, items, *, advance=None):
        bad = [any(word in answer for word in self.words) for _, answer in items]
        return [Verdict("violation" if one else "satisfactory") for one in bad]

    def propose(self, groups, *, round_number):
        return [[] for _ in groups]

    def judge_as(self, items, *, repeat=0, wording=0, advance=None):
        return self.judge(items)


class AcmeOracle(OracleKind):
    kind: Literal["acme"] = "acme"
    words: tuple[str, ...] = Field(("bad",), description="words that no answer may hold")
    temperature: bool = Field(False, description="of another type than the one of openai")

    changeable: ClassVar[tuple[str, ...]] = ("words",)

    def judge_name(self, oracle):
        return f"acme {', '.join(self.words)}"

    def build(self, call_log=None, *, max_principles=12):
        return Words(self.words)
"""


@pytest.fixture
def _acme(install: Callable[..., None]) -> None:
    install("acme-judges", {"iteralign.oracles": {"acme": "acme_judges:AcmeOracle"}}, acme_judges=ACME)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.usefixtures("_acme")
class TestAKindOfAnotherPackage:
    def test_it_is_configured_built_and_judges(self) -> None:
        config = load_config(None, None, {"oracle.kind": "acme", "oracle.words": "rude, mean"}, {})
        oracle = config.oracle.build()
        verdicts = oracle.judge([("Hi?", "how rude"), ("Hi?", "how kind")])
        assert [verdict.label for verdict in verdicts] == ["violation", "satisfactory"]
        assert config.oracle.stored_name(oracle) == "acme-judges 1.0: acme rude, mean"

    def test_its_settings_come_from_every_source(self, written: Callable[[str], Path]) -> None:
        by_file = load_with_origins(None, written("oracle: {kind: acme, words: [rude], temperature: true}"), {}, {})
        environ = {
            "HARNESS_ORACLE__KIND": "acme",
            "HARNESS_ORACLE__WORDS": "rude",
            "HARNESS_ORACLE__TEMPERATURE": "true",
        }
        by_environment = load_with_origins(None, None, {}, environ)
        assert by_file.config == by_environment.config
        assert type(by_file.config) is RunConfig
        assert by_file.value("oracle.words") == ["rude"]
        assert by_environment.origins["oracle.words"] == "HARNESS_ORACLE__WORDS"

    def test_what_is_stored_is_read_back(self) -> None:
        config = load_config(None, None, {"oracle.kind": "acme", "oracle.words": "rude"}, {})
        assert stored_config(config.model_dump(mode="json"), "some-run") == config

    def test_what_it_lets_be_changed_may_be_changed_when_its_run_goes_on(self) -> None:
        acme = load_config(None, None, {"oracle.kind": "acme"}, {}).model_dump(mode="json")
        assert "oracle.words" in changeable(acme)
        assert "oracle.words" not in changeable(load_config(None, None, {}, {}).model_dump(mode="json"))
        assert stored_config(acme, "some-run", {"oracle.words": "rude"}).oracle.model_dump()["words"] == ("rude",)

    @pytest.mark.parametrize("key", ["wrods", "url", "max_calls"])
    def test_a_setting_that_it_does_not_have_is_one_sentence_with_the_package(
        self, written: Callable[[str], Path], key: str
    ) -> None:
        for call in (
            lambda: load_config(None, None, {"oracle.kind": "acme", f"oracle.{key}": "1"}, {}),
            lambda: load_config(None, written(f"oracle: {{kind: acme, {key}: 1}}"), {}, {}),
            lambda: load_config(None, None, {"oracle.kind": "acme"}, {f"HARNESS_ORACLE__{key.upper()}": "1"}),
        ):
            with pytest.raises(
                ConfigError, match=f"oracle.{key} that the oracle acme of the package acme-judges does not"
            ):
                call()

    def test_a_value_out_of_range_is_said_as_of_any_setting(self) -> None:
        with pytest.raises(ConfigError, match=r"oracle\.temperature must be true or false, not text"):
            load_config(None, None, {"oracle.kind": "acme", "oracle.temperature": "hot"}, {})

    def test_the_command_line_takes_it_by_name(self, harness: Callable[..., Any]) -> None:
        shown = harness("config", "check", "--oracle", "acme", "--set", "oracle.words=rude", "--json")
        assert shown.returncode == 0
        assert '"oracle.words": {' in shown.stdout

    def test_others_are_as_they_are_without_it(self) -> None:
        assert "oracle.words" not in settings(RunConfig)
        assert load_config(None, None, {}, {}).oracle.kind == "embedded"
        with pytest.raises(
            ConfigError, match="must be 'embedded', 'openai', 'hf', 'form', 'cascade' or 'acme', not 'acne'"
        ):
            load_config(None, None, {"oracle.kind": "acne"}, {})


def test_a_kind_that_can_not_be_loaded_is_one_sentence_with_the_package(install: Callable[..., None]) -> None:
    install(
        "acme-judges", {"iteralign.oracles": {"acme": "acme_judges:AcmeOracle"}}, acme_judges="import no_such_thing"
    )
    with pytest.raises(
        ConfigError, match="The oracle acme of the package acme-judges can't be loaded: No module named"
    ):
        load_config(None, None, {"oracle.kind": "acme"}, {})
    assert load_config(None, None, {}, {}).oracle.kind == "embedded"


@pytest.mark.parametrize(
    ("setting", "value"), [("oracle.concurrency", "4"), ("oracle.reuse", "false"), ("oracle.timeout_s", "3")]
)
def test_a_setting_of_a_kind_that_was_not_chosen_is_checked_and_left_aside(setting: str, value: str) -> None:
    """So that a file of one's own goes with `--oracle embedded` too."""
    loaded = load_with_origins(None, None, {setting: value}, {})
    assert loaded.config == load_with_origins(None, None, {}, {}).config
    assert (loaded.value(setting), loaded.origins[setting]) == (
        value if value != "false" else False,
        "the command line",
    )
    with pytest.raises(ConfigError, match=setting):
        load_with_origins(None, None, {setting: "what"}, {})


def test_a_run_that_was_stored_with_all_settings_in_one_group_is_read_back() -> None:
    """As they were before kinds had their own."""
    stored: dict[str, Any] = RunConfig().model_dump(mode="json")
    stored["oracle"] |= {"path": None, "url": None, "model": None, "key_env": "OPENAI_API_KEY", "max_calls": None}
    assert stored_config(stored, "some-run") == RunConfig()
