"""The catalogue of tasks, and the YAML that lm-eval reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from lm_eval.tasks import TaskManager

import tasks
from harness.evaluation.loading import TaskLibrary
from tasks import catalog
from tasks.data.sets import SETS

FOLDER = Path(tasks.__file__ or "").parent


@pytest.fixture(scope="module")
def manager() -> Any:
    return TaskManager(include_path=str(FOLDER), include_defaults=False)


@pytest.fixture(scope="module")
def loaded(manager: Any) -> dict[str, Any]:
    """Every practice task, with the items that are shipped."""
    return dict(manager.load([name for name, info in catalog.TASKS.items() if info.practice])["tasks"])


@pytest.fixture(scope="module")
def real(shared_data: Path) -> dict[str, Any]:
    """Every real task, with the data beside the checkout."""
    return TaskLibrary(data_dir=shared_data).load([name for name, info in catalog.TASKS.items() if not info.practice])


def test_the_catalogue_names_what_lm_eval_finds(manager: Any) -> None:
    """No task without its YAML, and no YAML without its entry."""
    assert set(manager.all_subtasks) == set(catalog.TASKS)
    assert set(manager.all_groups) == set(catalog.GROUPS)


@pytest.mark.parametrize("group", catalog.GROUPS)
def test_a_group_has_the_same_members_in_both(group: str) -> None:
    """In the same order."""
    (file,) = (path for path in FOLDER.rglob("_group*.yaml") if yaml.safe_load(path.read_text())["group"] == group)
    assert tuple(yaml.safe_load(file.read_text())["task"]) == catalog.GROUPS[group]


def test_every_group_says_what_it_is_for() -> None:
    assert set(catalog.GROUP_ABOUT) == set(catalog.GROUPS)


@pytest.mark.parametrize("name", [name for name, info in catalog.TASKS.items() if info.practice])
def test_metrics_and_kind_agree_with_the_yaml(loaded: dict[str, Any], name: str) -> None:
    """But for those that come from the oracle's verdict, which lm-eval does not know."""
    check_agreement(name, loaded[name])


@pytest.mark.parametrize("name", [name for name, info in catalog.TASKS.items() if not info.practice])
def test_so_they_do_for_the_real_tasks(real: dict[str, Any], name: str) -> None:
    """With their data."""
    check_agreement(name, real[name])


def check_agreement(name: str, task: Any) -> None:
    info = catalog.TASKS[name]
    assert info.judged == any(metric.from_verdicts for metric in info.metrics)
    assert task.higher_is_better() == {
        metric.name: metric.higher_is_better for metric in info.metrics if not metric.from_verdicts
    }
    kinds = {"generate": "generate_until", "read": "loglikelihood_rolling", "multiple_choice": "multiple_choice"}
    assert kinds[info.kind] == task.OUTPUT_TYPE
    assert len(task.eval_docs) >= (250 if info.practice else 43)


def test_generation_is_greedy_and_ends_with_the_turn(loaded: dict[str, Any]) -> None:
    """At most 48 tokens, as everywhere in the sandbox."""
    settings = loaded["sandbox_over_refusal"].config.generation_kwargs
    assert (settings["until"], settings["max_gen_toks"], settings["do_sample"]) == (["\nHuman:"], 48, False)


def test_two_forms_of_one_question_are_one_family() -> None:
    """So that nothing counts them twice; the two splits are different rows."""
    family = {name: info.family for name, info in catalog.TASKS.items()}
    assert family["truthfulqa_mc1"] == family["truthfulqa_mc2"] == "truthfulqa"
    assert family["sandbox_truthfulqa_mc1"] != family["sandbox_final_truthfulqa_mc1"]


def test_hhh_is_one_evidence_under_two_protocols() -> None:
    """A gate that counts both as improved would count one piece of evidence twice."""
    keys = ["hhh_harmless/acc", "bigbench_hhh_harmless/acc", "bigbench_hhh_other/acc", "arc_easy/acc"]
    assert catalog.families(keys) == {
        "hhh_harmless": ["hhh_harmless/acc", "bigbench_hhh_harmless/acc"],
        "hhh_other": ["bigbench_hhh_other/acc"],
        "arc_easy": ["arc_easy/acc"],
    }


def test_every_set_that_a_task_names_is_registered() -> None:
    """And what needs none is shipped."""
    named = {info.data for info in catalog.TASKS.values()} - {""}
    assert named == set(SETS) - {"hh_rlhf"}
    assert catalog.TASKS["benign_nll"].data == ""


def test_a_metric_is_found_by_its_key() -> None:
    """A metric or a task that is not ours has none."""
    found = catalog.metric_of("benign_nll/nll")
    assert found is not None
    assert (found.name, found.unit) == ("nll", "nats")
    assert (
        catalog.metric_of("benign_nll/acc") is catalog.metric_of("arc_easy/acc") is catalog.metric_of("pool:x") is None
    )


def test_every_deciding_practice_metric_has_its_twin_on_unseen_items() -> None:
    """Other metrics are their own."""
    for name in catalog.GROUPS["sandbox_gate"]:
        for key in catalog.TASKS[name].metric_keys:
            unseen = catalog.final_key(key)
            assert unseen.partition("/")[0] in catalog.GROUPS["sandbox_final"]
            assert catalog.metric_of(unseen) == catalog.metric_of(key)
    assert catalog.final_key("hhh_other/acc") == "hhh_other/acc"


def test_a_group_is_practice_where_its_tasks_are() -> None:
    """A name that is not ours is none."""
    practice = ("sandbox_gate", "sandbox_final", "sandbox_final_over_refusal")
    assert all(map(catalog.is_practice, practice))
    assert not any(map(catalog.is_practice, ("hhh", "iteralign_gate", "benign_nll", "sandbox_unknown", "arc_easy")))


@pytest.mark.parametrize("practice", [True, False])
def test_what_is_measured_without_being_named_is_a_group_of_its_kind(practice: bool) -> None:
    for group in (catalog.gate_group(practice=practice), *catalog.final_groups(practice=practice)):
        assert catalog.is_practice(group) == practice


def test_groups_expand_in_order_and_each_task_once() -> None:
    """Names that are not ours are left alone."""
    found = catalog.expand(["sandbox_over_refusal", "sandbox_gate", "arc_easy"])
    assert found[0] == "sandbox_over_refusal"
    assert found[-1] == "arc_easy"
    assert len(found) == len(set(found)) == len(catalog.GROUPS["sandbox_gate"]) + 1


def test_a_misspelt_name_gets_the_closest() -> None:
    """A name that resembles nothing gets none."""
    assert "did you mean sandbox_hhh_harmless" in catalog.did_you_mean("sandbox_hhh_harmles")
    assert catalog.did_you_mean("qqqqqqqq") == ""


def test_the_catalogue_loads_nothing_heavy() -> None:
    """`harness tasks` and shell completion read it."""
    heavy = "('torch', 'transformers', 'lm_eval', 'datasets')"
    code = f"import sys, tasks.catalog; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)
    assert ran.stdout.strip() == "[]"
