"""`harness config check`."""

from __future__ import annotations

import json
from pathlib import Path

from harness.config.schema import RunConfig
from harness.config.sources import settings


def test_each_setting_is_shown_with_its_value_and_its_origin(harness, tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("loop: {patience: 3}\n")
    shown = harness(
        "config", "check", "--config", "my.yaml", "--seed", "7", "--full", "--json", env={"HARNESS_GATE__LIMIT": "9"}
    )
    found = json.loads(shown.stdout)
    assert set(found) == set(settings(RunConfig))
    assert found["loop.patience"] == {"value": 3, "from": "my.yaml"}
    assert found["seed"] == {"value": 7, "from": "the command line"}
    assert found["training.weights"] == {"value": "full", "from": "the command line"}
    assert found["gate.limit"] == {"value": 9, "from": "HARNESS_GATE__LIMIT"}
    assert found["red_team.batch_size"] == {"value": 160, "from": "recipe sandbox"}


def test_red_team_files_may_be_named_one_by_one(harness) -> None:
    shown = harness("config", "check", "--red-team", "a.txt", "--red-team", "b, c.txt", "--json")
    assert json.loads(shown.stdout)["red_team.sources"]["value"] == ["a.txt", "b, c.txt"]


def test_the_table_fits_80_columns_and_says_null_and_false(harness) -> None:
    lines = harness("config", "check").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    rows = {words[0]: words[1] for words in map(str.split, lines) if len(words) > 1}
    assert (rows["gate.tasks"], rows["allow_practice"]) == ("null", "false")


def test_what_a_run_lacks_is_said_after_the_settings(harness) -> None:
    shown = harness("config", "check", "--recipe", "lora-single-gpu")
    assert shown.returncode == 2
    assert "bfloat16" in shown.stdout
    assert shown.stderr.startswith("Error: model.path is empty")


def test_nothing_is_written(harness, tmp_path: Path) -> None:
    harness("config", "check")
    assert not list(tmp_path.iterdir())


def test_a_key_in_the_wrong_place_is_not_shown(harness) -> None:
    """Neither in the table nor in the sentence that says where it was put."""
    key = "sk-test-0123456789"
    flags = ("--oracle", "openai", "--oracle-url", "http://127.0.0.1:1/v1", "--oracle-model", key)
    for more in ((), ("--json",)):
        shown = harness("config", "check", *flags, *more, env={"OPENAI_API_KEY": key})
        assert shown.returncode == 2
        assert "oracle.model holds the key" in shown.stderr
        assert key not in shown.stdout + shown.stderr
