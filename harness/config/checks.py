"""What one setting alone can't tell: that settings fit each other, and that what they need is there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.practice import practice_notes
from harness.config.schema import RedTeamConfig, RunConfig
from harness.red_team.sources import RED_TEAM
from harness_base.errors import ConfigError, TaskError
from iteralign.oracle.kinds import OracleKind
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog


def check_run(config: RunConfig) -> None:
    """Check what one setting alone can't tell.

    Raises ConfigError, TaskError where practice parts meet a real model, or MissingKeyError, each with one sentence.
    """
    _check_model(config)
    judge, proposer = config.judge, config.proposer
    judge.check()
    if config.constitution.discovery != "off":
        check_proposer(proposer)
    if not config.red_team.sources:
        raise ConfigError("red_team.sources is empty: name a file of red-team prompts with --red-team.")
    tasks = [*(config.gate.tasks or ()), *(config.gate.final_tasks or ()), *config.gate.guards]
    practice_notes(config.model.path, (judge, proposer), tasks, allowed=config.allow_practice)
    check_sources(judge, config.red_team)
    check_tasks(judge, tasks)
    _check_objective(config)
    judge.check_key()
    proposer.check_key()


def check_evaluation(config: RunConfig) -> tuple[str, ...]:
    """Check what `harness eval` needs, and give the tasks that it measures. Raises as `check_run` does."""
    _check_model(config)
    tasks = config.gate.tasks
    if tasks is None and config.model.path != PRACTICE_MODEL:
        raise ConfigError(f"No task is named for {config.model.path}: add --tasks; `harness tasks` lists them.")
    tasks = tasks or (catalog.gate_group(practice=True),)
    practice_notes(config.model.path, (), tasks, allowed=config.allow_practice)
    _check_judge(config, tasks)
    return tasks


def check_judge(judge: OracleKind) -> None:
    """Check what a judge alone needs. Raises ConfigError or MissingKeyError."""
    judge.check()
    judge.check_key()


def check_proposer(proposer: OracleKind) -> None:
    """Raise ConfigError for an oracle that can't propose principles, or whose settings don't fit each other."""
    if not proposer.proposes:
        raise ConfigError(
            f"The oracle {proposer.kind} can't propose principles, since it only sees whether an answer refuses: name "
            "another with --proposer (oracle.proposer), or do without proposals (constitution.discovery: off)."
        )
    proposer.check()


def check_sources(judge: OracleKind, red_team: RedTeamConfig) -> None:
    """Raise ConfigError where a judge of answers to harmful requests would be given others by the red team."""
    if not judge.only_harmful:
        return
    for name in red_team.sources:
        named = name in RED_TEAM.names()
        if RED_TEAM.load(name).all_harmful if named else red_team.all_harmful:
            continue
        to_do = "name other prompts" if named else "set red_team.all_harmful if every prompt in it is"
        raise ConfigError(
            f"The judge {judge.kind} judges answers to harmful requests alone, and the prompts of {name} are not known "
            f"to be all harmful: {to_do}, or take another judge."
        )


def check_tasks(judge: OracleKind, tasks: Sequence[str]) -> None:
    """Raise ConfigError where a task would give it others."""
    judged = [task for task in map(catalog.TASKS.get, catalog.expand(tasks)) if task and task.judged]
    mixed = next((task.name for task in judged if not task.all_harmful), "")
    if judge.only_harmful and mixed:
        raise ConfigError(
            f"The judge {judge.kind} judges answers to harmful requests alone, and the requests of {mixed} are not all "
            "harmful: leave the task out, or take another judge."
        )


def _check_model(config: RunConfig) -> None:
    if not config.model.path:
        raise ConfigError("model.path is empty: name the folder of a Hugging Face causal model with --model.")


def _check_objective(config: RunConfig) -> None:
    if config.objective.needs_base and config.training.weights != "lora":
        raise ConfigError(
            f"objective.kind {config.objective.kind} keeps to the base model, which training.weights "
            f"{config.training.weights} overwrites: choose training.weights lora, or another objective."
        )


def _check_judge(config: RunConfig, tasks: Sequence[str]) -> None:
    """A practice oracle's verdicts are practice, whoever wrote the answers."""
    judge = config.judge
    judge.check()
    check_tasks(judge, tasks)
    judged = [name for name in catalog.expand(tasks) if name in catalog.TASKS and catalog.TASKS[name].judged]
    real = [name for name in judged if not catalog.TASKS[name].practice]
    if real and judge.is_practice() and not config.allow_practice:
        raise TaskError(
            f"{real[0]} is judged by an oracle, and the {judge.kind} one is for practice: give --oracle openai "
            "with --oracle-url and --oracle-model, leave the task out, or allow it with --allow-practice."
        )
    if judged:
        judge.check_key()
