"""Which tasks a run measures, and that their data is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from harness.assembly.red_team import data_folders
from harness.config.schema import EvalConfig, RunConfig
from harness.gate.policy import Policy, tasks_of
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog
from tasks.data.resolver import load


def gate_tasks(config: RunConfig, policy: Policy) -> tuple[str, ...]:
    """The tasks of every gate decision: the configured ones, or what fits the model, and the guards.

    Whatever else the policy decides by is among them, since what is missing would be rejected.
    """
    fitting = catalog.gate_group(practice=config.model.path == PRACTICE_MODEL)
    wanted = catalog.expand([*(config.gate.tasks or [fitting]), *config.gate.guards])
    return tuple(dict.fromkeys([*wanted, *tasks_of(policy)]))


def final_tasks(config: RunConfig) -> tuple[str, ...]:
    """The tasks for base and result only; none by default for a real model."""
    if config.gate.final_tasks is not None:
        return config.gate.final_tasks
    return catalog.final_groups(practice=config.model.path == PRACTICE_MODEL)


def check_data(tasks: Sequence[str], config: RunConfig | EvalConfig) -> None:
    """Miss the data of our own tasks before a model is loaded, which may take minutes.

    Raises DataError or FetchError; see `tasks.data.resolver.load`.
    """
    needed = [catalog.TASKS[task].data for task in catalog.expand(tasks) if task in catalog.TASKS]
    for name in dict.fromkeys(filter(None, needed)):
        load(name, **asdict(data_folders(config)))
