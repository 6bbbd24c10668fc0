"""What one setting alone can't tell: that settings fit each other, and that what they need is there."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.practice import practice_notes
from harness.config.schema import OracleConfig, RunConfig
from harness_base.errors import ConfigError, TaskError
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog


def check_run(config: RunConfig) -> None:
    """Check what one setting alone can't tell.

    Raises ConfigError, TaskError where practice parts meet a real model, or MissingKeyError, each with one sentence.
    """
    _check_model(config)
    check_oracle(config.oracle)
    if not config.red_team.sources:
        raise ConfigError("red_team.sources is empty: name a file of red-team prompts with --red-team.")
    tasks = [*(config.gate.tasks or ()), *(config.gate.final_tasks or ()), *config.gate.guards]
    practice_notes(config.model.path, config.oracle.kind, tasks, allowed=config.allow_practice)
    _check_key(config.oracle)


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


def check_oracle(oracle: OracleConfig) -> None:
    """Check that all is named that this kind of oracle needs, and nothing else. Raises ConfigError."""
    needed = {"oracle.url": (oracle.url, "--oracle-url"), "oracle.model": (oracle.model, "--oracle-model")}
    for key, (value, flag) in needed.items():
        if oracle.kind == "openai" and not value:
            raise ConfigError(f"oracle.kind openai needs {key}: give it with {flag}.")
        if oracle.kind != "openai" and value:
            raise ConfigError(f"{key} is set, but oracle.kind is {oracle.kind}, which has none: add --oracle openai.")
    if (oracle.kind == "hf") != (oracle.path is not None):
        raise ConfigError(
            "oracle.kind hf and oracle.path belong together: write --oracle hf:DIR, or leave oracle.path out."
        )
    for cap in ("max_calls", "max_tokens", "max_cost"):
        if oracle.kind != "openai" and getattr(oracle, cap) is not None:
            raise ConfigError(
                f"oracle.{cap} is for --oracle openai: the oracle {oracle.kind} runs here and costs nothing."
            )
    if oracle.max_cost is not None and not (oracle.price_in or oracle.price_out):
        raise ConfigError(
            "oracle.max_cost needs the prices: set oracle.price_in and oracle.price_out, per million tokens."
        )


def _check_judge(config: RunConfig, tasks: Sequence[str]) -> None:
    """The embedded oracle's verdicts are practice, whoever wrote the answers."""
    check_oracle(config.oracle)
    judged = [name for name in catalog.expand(tasks) if name in catalog.TASKS and catalog.TASKS[name].judged]
    real = [name for name in judged if not catalog.TASKS[name].practice]
    if real and config.oracle.kind == "embedded" and not config.allow_practice:
        raise TaskError(
            f"{real[0]} is judged by an oracle, and the embedded one is for practice: give --oracle openai with "
            "--oracle-url and --oracle-model, leave the task out, or allow it with --allow-practice."
        )
    if judged:
        _check_key(config.oracle)


def _check_key(oracle: OracleConfig) -> None:
    """Miss the key before anything is loaded."""
    if oracle.kind == "openai":
        from iteralign.oracle.endpoint import Endpoint

        Endpoint(str(oracle.url), str(oracle.model), key_env=oracle.key_env).key()
