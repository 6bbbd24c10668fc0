"""What one setting alone can't tell: that settings fit each other, and that what they need is there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.practice import practice_notes
from harness.config.schema import RunConfig
from harness_base.errors import ConfigError, TaskError
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog


def check_run(config: RunConfig) -> None:
    """Check what one setting alone can't tell.

    Raises ConfigError, TaskError where practice parts meet a real model, or MissingKeyError, each with one sentence.
    """
    _check_model(config)
    config.oracle.check()
    if not config.red_team.sources:
        raise ConfigError("red_team.sources is empty: name a file of red-team prompts with --red-team.")
    tasks = [*(config.gate.tasks or ()), *(config.gate.final_tasks or ()), *config.gate.guards]
    practice_notes(config.model.path, config.oracle, tasks, allowed=config.allow_practice)
    config.oracle.check_key()


def check_evaluation(config: RunConfig) -> tuple[str, ...]:
    """Check what `harness eval` needs, and give the tasks that it measures. Raises as `check_run` does."""
    _check_model(config)
    tasks = config.gate.tasks
    if tasks is None and config.model.path != PRACTICE_MODEL:
        raise ConfigError(f"No task is named for {config.model.path}: add --tasks; `harness tasks` lists them.")
    tasks = tasks or (catalog.gate_group(practice=True),)
    practice_notes(config.model.path, None, tasks, allowed=config.allow_practice)
    _check_judge(config, tasks)
    return tasks


def _check_model(config: RunConfig) -> None:
    if not config.model.path:
        raise ConfigError("model.path is empty: name the folder of a Hugging Face causal model with --model.")


def _check_judge(config: RunConfig, tasks: Sequence[str]) -> None:
    """A practice oracle's verdicts are practice, whoever wrote the answers."""
    config.oracle.check()
    judged = [name for name in catalog.expand(tasks) if name in catalog.TASKS and catalog.TASKS[name].judged]
    real = [name for name in judged if not catalog.TASKS[name].practice]
    if real and config.oracle.practice and not config.allow_practice:
        raise TaskError(
            f"{real[0]} is judged by an oracle, and the {config.oracle.kind} one is for practice: give --oracle openai "
            "with --oracle-url and --oracle-model, leave the task out, or allow it with --allow-practice."
        )
    if judged:
        config.oracle.check_key()
