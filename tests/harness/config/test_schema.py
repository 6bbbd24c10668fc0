"""The run configuration: how its sources merge, and what is said about each mistake."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.config.checks import check_run
from harness.config.load import eval_config, load_config, load_with_origins, stored_config
from harness.config.renamed import RENAMED
from harness.config.schema import RunConfig
from harness.config.sources import RECIPES, recipe_names, settings
from harness_base.errors import ConfigError, MissingKeyError, TaskError

REAL = {
    "model.path": "/models/some",
    "oracle.kind": "openai",
    "oracle.url": "http://127.0.0.1:1/v1",
    "oracle.model": "judge",
    "red_team.sources": ["prompts.txt"],
}


def load(
    flags: dict[str, Any] | None = None,
    *,
    recipe: str | None = None,
    file: Path | None = None,
    environ: dict[str, str] | None = None,
) -> RunConfig:
    return load_config(recipe, file, flags or {}, environ or {})


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Write a configuration file."""

    def write(text: str) -> Path:
        path = tmp_path / "my.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_later_source_wins_for_each_key_on_its_own(written: Any) -> None:
    file = written("seed: 1\nloop: {max_rounds: 3, patience: 4}\nred_team: {batch_size: 9}\n")
    loaded = load_with_origins(
        "sandbox",
        file,
        {"seed": "5"},
        {"HARNESS_LOOP__MAX_ROUNDS": "7", "HARNESS_SEED": "2"},
    )
    config = loaded.config
    assert (config.seed, config.loop.max_rounds, config.loop.patience, config.red_team.batch_size) == (5, 7, 4, 9)
    assert loaded.origins["seed"] == "the command line"
    assert loaded.origins["loop.max_rounds"] == "HARNESS_LOOP__MAX_ROUNDS"
    assert loaded.origins["loop.patience"] == str(file)
    assert loaded.origins["training.learning_rate"] == "recipe sandbox"
    assert loaded.origins["loop.clean_batches"] == "default"


def test_every_setting_has_an_origin_and_a_description() -> None:
    loaded = load_with_origins(None, None, {}, {})
    assert set(loaded.origins) == set(settings(RunConfig))
    assert all(field.description for field in settings(RunConfig).values())


def test_without_a_recipe_the_practice_model_gets_its_own() -> None:
    assert load_with_origins(None, None, {}, {}).origins["gate.policy"] == "recipe sandbox"


def test_without_a_recipe_a_real_model_gets_the_policy_for_real_models() -> None:
    loaded = load_with_origins(None, None, {"model.path": "/models/some"}, {})
    assert loaded.config.gate.policy == "real"
    assert "recipe sandbox" not in loaded.origins.values()


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_is_read_whole(name: str) -> None:
    values = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    loaded = load_with_origins(name, None, {}, {})
    from_recipe = {key for key, origin in loaded.origins.items() if origin == f"recipe {name}"}
    grouped = {group: keys for group, keys in values.items() if isinstance(keys, dict)}
    written = {f"{group}.{key}" for group, keys in grouped.items() for key in keys}
    assert from_recipe == written | (set(values) - set(grouped))


@pytest.mark.parametrize("name", ["sandbox", "sandbox-overtrained"])
def test_the_practice_recipes_need_nothing_else(name: str) -> None:
    assert load(recipe=name).model.path == "sandbox"


def test_the_single_gpu_recipe_asks_for_model_oracle_and_prompts_in_turn() -> None:
    flags: dict[str, Any] = {}
    for key, hint in (
        ("model.path", "--model"),
        ("oracle.url", "--oracle-url"),
        ("oracle.model", "--oracle-model"),
        ("red_team.sources", "--red-team"),
    ):
        with pytest.raises(ConfigError, match=hint):
            load(flags, recipe="lora-single-gpu")
        flags[key] = REAL[key]
    assert load(flags, recipe="lora-single-gpu").gate.policy == "real"


def test_text_lists_are_split_at_commas() -> None:
    assert load(environ={"HARNESS_GATE__TASKS": "sandbox_hhh_other, sandbox_gate"}).gate.tasks == (
        "sandbox_hhh_other",
        "sandbox_gate",
    )


@pytest.mark.parametrize("text", ["null", "none", ""])
def test_text_can_say_nothing_where_nothing_is_allowed(text: str) -> None:
    assert load({"gate.limit": text}).gate.limit is None


def test_a_rate_may_be_written_with_an_exponent(written: Any) -> None:
    assert load(file=written("training: {learning_rate: 2e-3}")).training.learning_rate == 0.002


def test_the_configuration_is_frozen() -> None:
    with pytest.raises(ValidationError):
        load().seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"lerning_rate": "1"}, "did you mean training.learning_rate?"),
        ({"loop.max_round": "1"}, "did you mean loop.max_rounds?"),
        ({"qqqqqqqq": "1"}, "`harness config check` lists all"),
        ({"seed": "x"}, "seed must be a whole number, not text (from the command line)."),
        ({"seed": "2.5"}, "seed must be a whole number"),
        ({"loop.max_rounds": "0"}, "loop.max_rounds must be at least 1, not '0'"),
        ({"loop.max_unscored": "1.5"}, "must be at most 1"),
        ({"training.learning_rate": "0"}, "must be above 0"),
        ({"training.learning_rate": "1"}, "must be below 1"),
        ({"training.learning_rate": "nan"}, "training.learning_rate must be a finite number"),
        ({"training.epochs": "inf"}, "training.epochs must be a finite number"),
        ({"oracle.kind": "opnai"}, "oracle.kind must be 'embedded', 'openai', 'hf', 'form' or 'cascade', not 'opnai'"),
        ({"red_team.templates": "cot,x"}, "must be 'standard', 'cot', 'cou' or 'suffix', not 'x'"),
        ({"red_team.templates": ""}, "red_team.templates must name at least one"),
        ({"red_team.sources": ""}, "red_team.sources is empty"),
        ({"allow_practice": "maybe"}, "allow_practice must be true or false"),
        ({"name": "a/b"}, "name must be 1 to 64 letters"),
        ({"name": ".."}, "name must be 1 to 64 letters"),
        ({"name": "latest"}, "and not `latest`"),
        ({"oracle.url": "ftp://x"}, "must be a URL that starts with http"),
        ({"oracle.url": "http://x/v1"}, "oracle.url is set, but oracle.kind is embedded"),
        ({"oracle.kind": "openai"}, "oracle.kind openai needs oracle.url: give it with --oracle-url."),
        ({"model.path": ""}, "model.path is empty"),
    ],
)
def test_each_mistake_is_one_sentence(flags: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(flags)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1", "has a setting a that does not exist"),
        ("loop: {max_rouns: 2}", "did you mean loop.max_rounds?"),
        ("loop: 3", "loop in"),
        ("seed: true", "seed can't be true"),
        ("seed: {a: 1}", "seed must be a whole number, not a group"),
        ("name: 2024", "name must be text, not a number"),
        ("gate: {tasks: one}", "gate.tasks must be a list, not text"),
        ("red_team: {sources: [1]}", "each of red_team.sources must be text, not a number"),
        ("1: 2", "has a setting 1 that"),
        ("seed: 1\nseed: 2", "the key seed stands twice (line 2, column 1)"),
        ("loop:\n  patience: 1\n  patience: 2", "the key patience stands twice (line 3, column 3)"),
        ("seed: [1\n", "is not valid YAML: "),
        ("\tseed: 1", "(line 1, column 1)"),
        ("seed: \x00", "a character that YAML does not allow"),
        ("? [a]\n: 1", "is not valid YAML"),
        ("- seed", "must hold settings"),
        ("seed: !!python/name:os.system", "is not valid YAML"),
    ],
)
def test_each_mistake_in_a_file_names_the_file(written: Any, text: str, says: str) -> None:
    path = written(text)
    with pytest.raises(ConfigError) as caught:
        load(file=path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_empty_file_sets_nothing(written: Any) -> None:
    assert load(file=written("# nothing yet\n")) == load()


def test_a_missing_file_and_one_that_is_not_utf8_are_told_apart(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: gl\u00fccklich".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(file=latin)
    with pytest.raises(ConfigError, match="No such file"):
        load(file=tmp_path / "none.yaml")


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match="choose one of lora-single-gpu, paper-llama2-7b, sandbox, sandbox-overtrained"
    ):
        load(recipe="sandbix")


def test_an_unknown_variable_is_an_error_and_others_are_none() -> None:
    assert load(environ={"HOME": "/root", "HARNES_SEED": "1"}).seed == 0
    with pytest.raises(
        ConfigError, match=r"HARNESS_LOOP__MAX_ROUND names no setting: did you mean HARNESS_LOOP__MAX_R"
    ):
        load(environ={"HARNESS_LOOP__MAX_ROUND": "1"})


def test_a_key_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"oracle.key_env": "sk-12345"})
    assert "sk-12345" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://me:secret@host/v1", "http://host/v1?key=secret", "http://host/v1#key=secret", "http://host/v1;key=secret",
     "http://host/v1?api-version=1&key=secret"],
)  # fmt: skip
def test_a_secret_in_the_oracles_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="written to the store") as caught:
        load({"oracle.url": url})
    assert "secret" not in str(caught.value)


def test_a_missing_key_is_missed_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        load(REAL | {"oracle.url": "http://192.0.2.1/v1"})


def test_practice_parts_are_refused_with_a_real_model_unless_insisted() -> None:
    with pytest.raises(TaskError, match="--allow-practice"):
        load(REAL | {"gate.tasks": ["sandbox_hhh_other"]})
    assert load(REAL | {"gate.tasks": ["sandbox_hhh_other"], "allow_practice": True}).allow_practice


def test_what_is_stored_is_read_back() -> None:
    config = load({"seed": "4", "gate.tasks": "sandbox_gate", "runs_dir": "elsewhere"})
    assert stored_config(config.model_dump(mode="json"), "some-run") == config


def test_a_stored_configuration_from_elsewhere_is_named() -> None:
    with pytest.raises(ConfigError, match="the stored run some-run has a setting magic"):
        stored_config({"magic": 1}, "some-run")


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_the_old_name_of_a_setting_goes_on_working_and_is_said_once(written: Any, old: str, new: str) -> None:
    values = {
        "allow_practice": "true",
        "objective.kind": "supervised",
        "training.retry_scale": "0.25",
        "training.weights": "full",
    }
    value = values.get(new, "7")
    group, _, name = old.rpartition(".")
    file = written(f"{group}:\n  {name}: {value}\n" if group else f"{name}: {value}\n")
    variable = "HARNESS_" + old.replace(".", "__").upper()
    expected = load_with_origins(None, None, {new: value}, {})
    assert expected.note == ""
    for loaded in (
        load_with_origins(None, file, {}, {}),
        load_with_origins(None, None, {old: value}, {}),
        load_with_origins(None, None, {}, {variable: value}),
    ):
        assert loaded.config == expected.config
        assert loaded.origins[new] != "default"
        assert loaded.note.startswith((f"{old} is {new} now", f"{variable} is HARNESS_"))
        assert "\n" not in loaded.note
    stored = expected.config.model_dump(mode="json")
    new_group, _, new_name = new.rpartition(".")
    now_in = stored[new_group] if new_group else stored
    (stored[group] if group else stored)[name] = now_in.pop(new_name)
    assert stored_config(stored, "some-run") == expected.config


def test_a_setting_under_both_of_its_names_is_refused(written: Any) -> None:
    for call in (
        lambda: load(file=written("insist_practice: true\nallow_practice: false\n")),
        lambda: load({"insist_practice": "true", "allow_practice": "true"}),
        lambda: load(environ={"HARNESS_INSIST_PRACTICE": "true", "HARNESS_ALLOW_PRACTICE": "true"}),
    ):
        with pytest.raises(ConfigError, match="old name"):
            call()


def test_two_old_names_are_one_note() -> None:
    note = load_with_origins(None, None, {"insist_practice": "true", "training.gentler": "0.3"}, {}).note
    assert note == (
        "insist_practice is allow_practice now, training.gentler is training.retry_scale now: "
        "the old names go on working."
    )


def test_the_mode_lies_over_a_recipe_and_under_what_is_asked_for() -> None:
    loaded = load_with_origins("sandbox", None, {"mode": "paper", "training.learning_rate": "0.001"}, {}).config
    assert (loaded.red_team.batch_size, loaded.gate.enabled, loaded.training.learning_rate) == (20, False, 0.001)
    assert load_with_origins("sandbox", None, {}, {}).config.gate.enabled


def test_a_recipe_made_for_the_mode_has_its_own_word() -> None:
    loaded = load_with_origins("paper-llama2-7b", None, {}, {})
    assert loaded.config.mode == "paper"
    assert loaded.origins["loop.max_rounds"] == "recipe paper-llama2-7b"
    assert loaded.origins["constitution.discovery"] == "mode paper"


REMOTE = {"oracle.kind": "openai", "oracle.url": "http://127.0.0.1:1/v1", "oracle.model": "m"}


def test_a_local_oracle_needs_its_folder_and_a_cap_on_cost_its_prices() -> None:
    for flags, wanted in (
        ({"oracle.kind": "hf"}, "--oracle hf:DIR"),
        ({"oracle.path": "/models/judge"}, "--oracle hf:DIR"),
        ({"oracle.max_cost": "2", **REMOTE}, "oracle.price_in"),
        ({"oracle.max_calls": "2"}, "--oracle openai"),
    ):
        with pytest.raises(ConfigError, match=wanted):
            load(flags)


def test_an_evaluation_of_the_practice_model_measures_the_gates_tasks_by_default() -> None:
    evaluation = eval_config(load({"gate.limit": "5"}), adapter=None, store=None)
    assert (evaluation.tasks, evaluation.limit) == (("sandbox_gate",), 5)


def test_an_evaluation_of_a_real_model_needs_tasks() -> None:
    config = load_with_origins(None, None, {"model.path": "/models/some"}, {}).config
    with pytest.raises(ConfigError, match="add --tasks"):
        eval_config(config, adapter=None, store=None)


def test_an_evaluation_needs_no_oracle() -> None:
    """What only a run needs is not asked for."""
    flags = {"model.path": "/models/some", "gate.tasks": "truthfulqa_mc1"}
    config = load_with_origins(None, None, flags, {}).config
    with pytest.raises(TaskError):
        check_run(config)
    assert eval_config(config, adapter=None, store=None).tasks == ("truthfulqa_mc1",)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(sorted(settings(RunConfig))),
)
def test_any_value_for_any_setting_is_either_taken_or_one_config_error(value: Any, key: str) -> None:
    with suppress(ConfigError):
        assert load_with_origins(None, None, {key: value}, {}).origins[key] == "the command line"


KEY = "sk-proj-0123456789abcdef"


@pytest.mark.parametrize(
    "setting",
    ["seed", "loop.max_rounds", "oracle.kind", "oracle.key_env", "oracle.url", "oracle.timeout_s", "oracle.json_schema",
     "oracle.temperature", "allow_practice", "red_team.templates", "training.epochs"],
)  # fmt: skip
def test_a_value_of_a_wrong_type_is_never_repeated(setting: str) -> None:
    """It may be a key that was put in the wrong place, also as one of a list or a group."""
    for value in (KEY, [KEY], {"a": KEY}, {KEY: 1}):
        with pytest.raises(ConfigError) as caught:
            load({setting: value})
        assert KEY not in str(caught.value)
        assert len(str(caught.value)) < 300


def test_a_huge_value_is_never_shown_whole() -> None:
    for flags in ({"seed": "9" * 5_000}, {"loop.max_rounds": "-" + "1" * 500}, {"x" * 5_000: "1"}):
        with pytest.raises(ConfigError) as caught:
            load(flags)
        assert len(str(caught.value)) < 300


def test_an_address_is_taken_as_people_paste_it() -> None:
    url = " http://127.0.0.1:1/v1/chat/completions?api-version=2024-10-21\n"
    assert load(REMOTE | {"oracle.url": url}).oracle.url == "http://127.0.0.1:1/v1?api-version=2024-10-21"


def test_extra_fields_are_given_as_json() -> None:
    """As text from flags and the environment, and never those that are the harness's own."""
    given = load(REMOTE | {"oracle.extra_body": '{"top_p": 0.9, "provider": {"only": ["a"]}}'})
    assert given.oracle.extra_body == {"top_p": 0.9, "provider": {"only": ["a"]}}
    for wrong, says in (
        ('{"stream": true}', "must not hold stream"),
        ('{"api_key": "x"}', "must not hold a key"),
        ("[1]", "a group of fields"),
        ("x", "not text"),
    ):
        with pytest.raises(ConfigError, match=says):
            load(REMOTE | {"oracle.extra_body": wrong})
