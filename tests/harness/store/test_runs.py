"""Runs: starting, naming, finding and finishing them, and their pools of prompts."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from harness.store import Store
from harness_base.errors import StoreError
from iteralign.core.records import Prompt

PLAIN: dict[str, Any] = {"model": "m", "oracle": "o", "seed": 0, "config": {}, "environment": {}, "practice": False}


def test_a_run_keeps_its_configuration_and_environment(store: Store) -> None:
    settings = {
        "config": {"seed": 3, "runs_dir": Path("runs")},
        "environment": {"torch": "2.13.0"},
        "notes": ["a note"],
    }
    store.runs.start(name="calm-owl", **{**PLAIN, **settings})
    (row,) = store.views.rows("run_overview")
    assert json.loads(row["config"]) == {"seed": 3, "runs_dir": "runs"}
    assert json.loads(row["environment"]) == {"torch": "2.13.0"}
    assert json.loads(row["notes"]) == ["a note"]


def test_a_run_is_running_until_it_is_finished(store: Store, run_id: int) -> None:
    assert store.views.rows("run_overview")[0]["status"] == "running"
    store.runs.finish(run_id, status="failed", outcome="The oracle went away.")
    (row,) = store.views.rows("run_overview")
    assert (row["status"], row["outcome"]) == ("failed", "The oracle went away.")


def test_a_run_is_found_by_its_name(store: Store, run_id: int) -> None:
    store.runs.start(name="calm-owl", **PLAIN)
    assert store.runs.id_of("quiet-lark") == run_id


def test_latest_is_the_run_that_was_started_last(store: Store, run_id: int) -> None:
    newer = store.runs.start(name="a-name-that-sorts-first", **PLAIN)
    assert store.runs.id_of("latest") == newer


def test_an_unknown_run_is_answered_with_close_names(store: Store, run_id: int) -> None:
    with pytest.raises(StoreError, match="no run named quiet-lrak; did you mean quiet-lark"):
        store.runs.id_of("quiet-lrak")


def test_an_unknown_run_unlike_any_is_answered_with_the_last_ones(store: Store, run_id: int) -> None:
    with pytest.raises(StoreError, match="the last ones are quiet-lark"):
        store.runs.id_of("zzz")


@pytest.mark.parametrize("name", ["latest", "quiet-lark"])
def test_a_store_without_runs_says_so(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="no run yet"):
        store.runs.id_of(name)


def test_a_name_is_given_only_once(store: Store, run_id: int) -> None:
    with pytest.raises(StoreError, match="already has a run named quiet-lark"):
        store.runs.start(name="quiet-lark", **PLAIN)


def test_latest_is_no_name_for_a_run(store: Store) -> None:
    with pytest.raises(StoreError, match="latest"):
        store.runs.start(name="latest", **PLAIN)


def test_a_status_that_does_not_exist_is_refused(store: Store, run_id: int) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.runs.finish(run_id, status="perfect", outcome="")


def test_the_pool_and_what_was_left_out_are_counted(store: Store, run_id: int) -> None:
    prompts = [Prompt("A?", "a.txt"), Prompt("B?", "b.csv")]
    for _ in range(2):  # a run that is resumed tells it again
        store.prompts.record(run_id, prompts, skipped={"too long": 3, "empty": 1})
    (row,) = store.views.rows("run_overview")
    assert (row["prompts"], row["skipped_prompts"]) == (2, 4)
    assert json.loads(row["skipped_reasons"]) == {"empty": 1, "too long": 3}


def test_runs_share_a_prompt_but_not_its_source(store: Store, run_id: int, read: sqlite3.Connection) -> None:
    other = store.runs.start(name="calm-owl", **PLAIN)
    store.prompts.record(run_id, [Prompt("A?", "a.txt")], skipped={})
    store.prompts.record(other, [Prompt("A?", "b.txt")], skipped={})
    assert read.execute("SELECT count(*) FROM prompts").fetchone() == (1,)
    assert read.execute("SELECT run_id, source FROM run_prompts ORDER BY run_id").fetchall() == [
        (run_id, "a.txt"),
        (other, "b.txt"),
    ]


def test_a_view_that_does_not_exist_is_a_bug_of_the_caller(store: Store) -> None:
    with pytest.raises(LookupError):
        store.views.rows("runs; DROP TABLE runs")
