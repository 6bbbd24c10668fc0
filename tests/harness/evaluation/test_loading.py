"""From task names to task objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evaluation.loading import TaskLibrary
from harness_base.errors import FetchError, OutsideError, TaskError
from tasks import catalog


def test_a_group_becomes_its_tasks(items_dir: Path) -> None:
    """In the catalogue's order."""
    assert tuple(TaskLibrary(items_dir=items_dir).load(["sandbox_gate"])) == catalog.GROUPS["sandbox_gate"]


def test_a_task_is_built_once(items_dir: Path) -> None:
    """The same object comes back, by its own name or its group's."""
    library = TaskLibrary(items_dir=items_dir)
    name = "sandbox_hhh_other"
    assert library.load([name])[name] is library.load(["sandbox_gate"])[name]


def test_real_data_that_is_nowhere_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    """Neither a folder nor the cache has it, and the hub can't be reached."""
    with pytest.raises(FetchError, match="run `harness data prefetch truthfulqa"):
        TaskLibrary(cache_dir=tmp_path).load(["truthfulqa_mc1"])


def test_no_task_at_all_is_an_error() -> None:
    """An empty evaluation would pass anything."""
    with pytest.raises(TaskError, match="No task is named"):
        TaskLibrary().load([])


@pytest.mark.slow
def test_an_unknown_task_is_held_against_lm_evals_own_names_too() -> None:
    """Both kinds of misspelling get the closest name."""
    library = TaskLibrary()
    with pytest.raises(TaskError, match=r"no task 'sandbox_hhh_harmles'.*did you mean sandbox_hhh_harmless"):
        library.load(["sandbox_hhh_harmles"])
    with pytest.raises(TaskError, match=r"did you mean .*arc_easy"):
        library.load(["arc_esy"])


@pytest.mark.slow
def test_a_task_of_lm_evals_own_without_its_data_is_no_mistake_of_the_users() -> None:
    """The hub can't be reached here."""
    with pytest.raises(OutsideError, match="lm-eval's own task arc_easy can't get its data here"):
        TaskLibrary().load(["arc_easy"])


def test_answers_of_our_tasks_can_be_cut_and_are_never_made_longer(items_dir: Path) -> None:
    name = "sandbox_over_refusal"
    lengths = {
        tokens: TaskLibrary(items_dir=items_dir, answer_tokens=tokens)
        .load([name])[name]
        .config.generation_kwargs["max_gen_toks"]
        for tokens in (None, 8, 1000)
    }
    assert lengths == {None: 48, 8: 8, 1000: 48}
