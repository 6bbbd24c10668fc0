"""Judge and proposer as two settings: what each comes to, from every source, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.cli.options import flags as command_line
from harness.config.load import changeable, eval_config, load_config, load_with_origins, stored_config
from harness.config.schema import RunConfig
from harness_base.errors import ConfigError
from iteralign.oracle.roles import label

SERVER = {"oracle.kind": "openai", "oracle.url": "http://127.0.0.1:1/v1", "oracle.model": "cheap"}


def loaded(flags: dict[str, Any], environ: dict[str, str] | None = None) -> RunConfig:
    return load_with_origins(None, None, flags, environ or {}).config


def roles(config: RunConfig) -> tuple[str, str]:
    return config.judge.label(), config.proposer.label()


def test_the_oracle_has_both_roles_unless_others_are_named() -> None:
    config = loaded(SERVER)
    assert config.judge == config.proposer == config.oracle
    assert label(config.oracle) == "cheap"


def test_one_setting_of_a_role_is_laid_over_the_oracles() -> None:
    config = loaded(SERVER | {"oracle.proposer.model": "strong", "oracle.retries": "7"})
    assert roles(config) == ("cheap", "strong")
    assert config.proposer.model_dump()["retries"] == 7
    assert label(config.oracle) == "cheap judges, strong proposes"


def test_the_same_comes_of_a_file_the_environment_and_flags(tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text("oracle: {judge: {kind: hf, path: models/judge}}")
    by_file = load_with_origins(None, file, {}, {}).config
    assert by_file == loaded({"oracle.judge": "hf:models/judge"})
    environ = {"HARNESS_ORACLE__JUDGE__KIND": "hf", "HARNESS_ORACLE__JUDGE__PATH": "models/judge"}
    assert by_file.judge == loaded({}, environ).judge
    assert roles(by_file) == ("models/judge", "embedded")


def test_a_role_takes_what_the_oracles_own_kind_has_no_use_for() -> None:
    config = loaded(SERVER | {"oracle.kind": "form", "oracle.proposer": "openai"})
    assert roles(config) == ("form", "cheap")


@pytest.mark.parametrize(
    "given",
    [
        {"oracle.judge": "cascade"},
        {"oracle.kind": "cascade", "oracle.rest": "openai"},
        {"oracle.judge": "cascade:openai"},
    ],
)
def test_a_cascade_asks_the_oracle_or_the_one_that_it_names(given: dict[str, str]) -> None:
    config = loaded(SERVER | given)
    assert roles(config) == ("form, then cheap", "cheap")
    assert config.judge.caps == config.proposer.caps


def test_a_setting_of_a_role_does_not_replace_the_others() -> None:
    config = loaded(SERVER | {"oracle.judge": "cascade", "oracle.judge.form_error": "0.1"})
    assert config.judge.model_dump()["form_error"] == 0.1


def test_the_flag_of_the_oracle_sets_both_roles(tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text("oracle: {judge: form}")
    given = command_line((), {"oracle__kind": "hf:models/judge"})
    assert roles(load_with_origins(None, file, given, {}).config) == ("models/judge", "models/judge")
    given = command_line((), {"oracle__kind": "hf:models/judge", "oracle__judge": "form"})
    assert roles(load_with_origins(None, file, given, {}).config) == ("form", "models/judge")


@pytest.mark.parametrize("judge", ["form", "cascade:hf:models/judge"])
def test_what_is_stored_is_read_back(judge: str) -> None:
    config = loaded(SERVER | {"oracle.judge": judge})
    again = stored_config(config.model_dump(mode="json"), "some-run")
    assert (again, again.judge) == (config, config.judge)


def test_a_cap_of_a_role_may_be_raised_when_a_run_goes_on() -> None:
    given = {"oracle.kind": "form", "oracle.proposer": "openai", "oracle.max_calls": "5"}
    stored = loaded(SERVER | given).model_dump(mode="json")
    for key in ("oracle.proposer.max_calls", "oracle.max_calls"):
        assert key in changeable(stored)
        assert stored_config(stored, "some-run", {key: "9"}).proposer.caps.calls == 9


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"oracle.judge": "nobody"}, "There is no oracle of the name 'nobody'"),
        ({"oracle.judge.retries": "many"}, "oracle.judge.retries must be a whole number, not text (from the command"),
        ({"oracle.judge.modle": "x"}, "has a setting oracle.judge.modle that this kind of oracle does not have"),
        ({"oracle.judge.proposer": "form"}, "oracle.judge can't have a proposer of its own"),
        ({"oracle.jugde": "form"}, "did you mean oracle.judge?"),
    ],
)
def test_each_mistake_is_one_sentence(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(SERVER | given)
    assert says in str(caught.value)


class TestAJudgeOfHarmfulRequests:
    @pytest.mark.parametrize("judge", ["form", "cascade"])
    @pytest.mark.parametrize("source", ["sandbox", "hh_rlhf"])
    def test_a_mixed_source_is_refused(self, judge: str, source: str) -> None:
        with pytest.raises(ConfigError, match=f"the prompts of {source} are not known to be all harmful: name other"):
            load_config("sandbox", None, {"oracle.judge": judge, "red_team.sources": source}, {})

    def test_a_file_is_taken_where_the_user_says_that_it_is_harmful(self) -> None:
        given = {"oracle.judge": "form", "red_team.sources": "mine.txt"}
        with pytest.raises(ConfigError, match=r"the prompts of mine\.txt .* set red_team.all_harmful if every"):
            load_config("sandbox", None, given, {})
        assert load_config("sandbox", None, given | {"red_team.all_harmful": "true"}, {}).judge.form_alone

    def test_a_named_set_is_taken_at_its_word_and_no_users(self) -> None:
        load_config("sandbox", None, {"oracle.judge": "form", "red_team.sources": "dangerousqa"}, {})
        given = {"oracle.judge": "form", "red_team.sources": "hh_rlhf", "red_team.all_harmful": "true"}
        with pytest.raises(ConfigError, match="the prompts of hh_rlhf"):
            load_config("sandbox", None, given, {})

    def test_form_can_not_propose_but_where_nothing_is_proposed(self) -> None:
        given = {"oracle.kind": "form", "red_team.sources": "dangerousqa"}
        with pytest.raises(ConfigError, match=r"form can't propose principles.* name another with --proposer"):
            load_config("sandbox", None, given, {})
        load_config("sandbox", None, given | {"constitution.discovery": "off"}, {})

    def test_an_evaluation_needs_no_proposer(self) -> None:
        config = eval_config(loaded({"oracle.kind": "form", "gate.tasks": "sandbox_gate"}), adapter=None, store=None)
        assert config.judge.kind == "form"
