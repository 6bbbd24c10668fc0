"""Which tasks a run measures, and that their data is there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.assembly.red_team import RED_TEAM_SETS, data_folders
from harness.config.schema import EvalConfig, RunConfig
from harness.gate.policy import Policy, tasks_of
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog
from tasks.data.resolver import load

_REAL_TASKS = ("iteralign_gate",)


def gate_tasks(config: RunConfig, policy: Policy) -> tuple[str, ...]:
    """The tasks of every gate decision: the configured ones, or what fits the model, and the guards.

    Whatever else the policy decides by is among them, since what is missing would be rejected.
    """
    fitting = ("sandbox_gate",) if config.model.path == PRACTICE_MODEL else _REAL_TASKS
    wanted = catalog.expand([*(config.gate.tasks or fitting), *config.gate.guards])
    return tuple(dict.fromkeys([*wanted, *tasks_of(policy)]))


def final_tasks(config: RunConfig) -> tuple[str, ...]:
    """The tasks for base and result only; none by default for a real model."""
    if config.gate.final_tasks is not None:
        return config.gate.final_tasks
    return ("sandbox_final",) if config.model.path == PRACTICE_MODEL else ()


def check_data(tasks: Sequence[str], config: RunConfig | EvalConfig) -> None:
    """Miss the data of our own tasks and of named red-team sets before a model is loaded, which may take minutes.

    Raises DataError or FetchError; see `tasks.data.resolver.load`.
    """
    needed = [catalog.TASKS[task].data for task in catalog.expand(tasks) if task in catalog.TASKS]
    if isinstance(config, RunConfig):
        needed += [source for source in config.red_team.sources if source in RED_TEAM_SETS]
    for name in dict.fromkeys(filter(None, needed)):
        load(name, **data_folders(config))
