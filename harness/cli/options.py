"""The flags that set something in the configuration, and how they become a RunConfig."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.config.load import LoadedConfig, load_with_origins
from harness_base.errors import ConfigError
from iteralign.oracle.kinds import ORACLES

Function = TypeVar("Function", bound=Callable[..., object])

# A flag's value stays text here: it is read and checked together with the other sources of the configuration.
_FLAGS: dict[str, tuple[str, dict[str, Any]]] = {
    "model.path": (
        "--model",
        {"metavar": "DIR|ORG/NAME[@REV]", "help": "A causal language model: its folder, or its name on the hub."},
    ),
    "red_team.sources": ("--red-team", {"metavar": "FILE|SET", "multiple": True, "help": "Prompts; may be repeated."}),
    "red_team.column": (
        "--red-team-column",
        {"metavar": "NAME", "help": "Column of the prompts, where it is not found by itself."},
    ),
    "oracle.kind": (
        "--oracle",
        {
            "metavar": "embedded|openai|hf:MODEL|…",
            "help": "Who judges and proposes: rules, a server, a local model, or a kind that another package brings.",
        },
    ),
    "oracle.judge": (
        "--judge",
        {"metavar": "form|cascade|KIND", "help": "Who judges, if not the oracle: `form` goes by refusals alone."},
    ),
    "oracle.proposer": ("--proposer", {"metavar": "KIND", "help": "Who proposes principles, if not the oracle."}),
    "oracle.url": ("--oracle-url", {"metavar": "URL", "help": "Address of the server, ending in /v1."}),
    "oracle.model": ("--oracle-model", {"metavar": "NAME", "help": "Model on that server."}),
    "oracle.trust_judge": (
        "--trust-judge",
        {"is_flag": True, "default": None, "help": "Go on with a judge that fails its examination."},
    ),
    "mode": ("--mode", {"metavar": "iteralign|paper", "help": "The method: this program's, or as published."}),
    "constitution.file": ("--constitution", {"metavar": "FILE", "help": "Start from a written constitution."}),
    "constitution.review": (
        "--review",
        {"is_flag": True, "default": None, "help": "Wait for approval of new principles before training."},
    ),
    "gate.tasks": ("--tasks", {"metavar": "A,B,…", "help": "What is measured; `harness tasks` lists them."}),
    "data_dir": ("--data-dir", {"metavar": "DIR", "help": "Folder with the data of the real tasks."}),
    "gate.guards": (
        "--guard",
        {"metavar": "TASK", "multiple": True, "help": "Protect this task too; may be repeated."},
    ),
    "gate.limit": ("--limit", {"metavar": "N", "help": "Items of each task, at most."}),
    "gate.policy": ("--policy", {"metavar": "NAME|FILE", "help": "What the gate improves and protects."}),
    "loop.max_rounds": ("--rounds", {"metavar": "N", "help": "Rounds, at most."}),
    "red_team.batch_size": ("--batch-size", {"metavar": "N", "help": "Prompts drawn a round."}),
    "gate.batch_size": ("--batch-size", {"metavar": "N", "help": "Requests scored at once."}),
    "gate.reuse": (
        "--measure-again",
        {"flag_value": False, "type": bool, "default": None, "help": "Measure even what the store already holds."},
    ),
    "training.weights": ("--full", {"flag_value": "full", "help": "Fine-tune all weights instead of LoRA."}),
    "seed": ("--seed", {"metavar": "N", "help": "Seed of every random choice."}),
    "strict": (
        "--strict",
        {
            "is_flag": True,
            "default": None,
            "help": "Refuse to train on what a task measures, instead of leaving it out.",
        },
    ),
    "name": ("--name", {"metavar": "NAME", "help": "Name of the run; without it, one is made."}),
    "runs_dir": ("--runs-dir", {"metavar": "DIR", "help": "Folder of store and runs.  [default: runs]"}),
    "allow_practice": (
        "--allow-practice",
        {"is_flag": True, "default": None, "help": "Allow the practice parts with any model."},
    ),
}

_OLD_FLAGS = {
    "allow_practice": click.option(
        "--insist-practice", is_flag=True, default=None, hidden=True, help="The old name of --allow-practice."
    )
}
"""What a flag was called before, by the setting of now."""

ALIGN_SETTINGS = tuple(key for key in _FLAGS if key != "gate.batch_size")
EVAL_SETTINGS = (
    "model.path",
    "gate.tasks",
    "oracle.kind",
    "oracle.judge",
    "oracle.url",
    "oracle.model",
    "oracle.trust_judge",
    "data_dir",
    "gate.limit",
    "gate.batch_size",
    "gate.reuse",
    "seed",
    "allow_practice",
)

CHECK_SETTINGS = (*(key for key in EVAL_SETTINGS if key != "gate.tasks"), "gate.policy")


def setting_options(keys: tuple[str, ...]) -> Callable[[Function], Function]:
    """Add the flags of these settings, and the three that every configuration takes.

    A parameter is named after its dotted key with `__` for the dot, as in the environment.
    """
    options = [
        *(click.option(_FLAGS[key][0], key.replace(".", "__"), **_FLAGS[key][1]) for key in keys),
        *(_OLD_FLAGS[key] for key in keys if key in _OLD_FLAGS),
        click.option("--recipe", metavar="NAME", help="Settings that ship with it.  [default: sandbox]"),
        click.option("--config", "file", metavar="FILE", type=click.Path(path_type=Path), help="Your settings, YAML."),
        click.option("--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Any setting; may be repeated."),
    ]

    def add(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def store_options(function: Function) -> Function:
    """Add `--runs-dir` and `--store`, which say where the runs are; see `store_path`."""
    for option in (
        click.option("--store", metavar="FILE", type=click.Path(path_type=Path), help="Store, if it is elsewhere."),
        click.option(
            "--runs-dir",
            metavar="DIR",
            envvar="HARNESS_RUNS_DIR",
            type=click.Path(path_type=Path),
            help="Folder of the runs. [default: runs]",
        ),
    ):
        function = option(function)
    return function


def store_path(runs_dir: Path | None, store: Path | None) -> Path:
    """The store that the flags of `store_options` name. Raises ConfigError when they contradict each other."""
    if runs_dir and store and click.get_current_context().get_parameter_source("runs_dir") is _COMMAND_LINE:
        raise ConfigError("--runs-dir and --store both name a store: give one of them.")
    return store or (runs_dir or Path("runs")) / "harness.db"


_COMMAND_LINE = click.core.ParameterSource.COMMANDLINE


def load(
    recipe: str | None, file: Path | None, assignments: tuple[str, ...], settings: Mapping[str, object]
) -> LoadedConfig:
    """Merge flags with the other sources, and say which old names were used. Raises ConfigError.

    What a run needs is not checked.
    """
    loaded = load_with_origins(recipe, file, flags(assignments, settings), os.environ)
    if loaded.note:
        click.echo(loaded.note, err=True)
    return loaded


def flags(assignments: tuple[str, ...], settings: Mapping[str, object]) -> dict[str, object]:
    """The settings given on the command line, by dotted key. Raises ConfigError for one that is given twice."""
    given = {key.replace("__", "."): value for key, value in settings.items() if value not in (None, ())}
    kind, colon, folder = str(given.get("oracle.kind", "")).partition(":")
    if colon and (kind in ORACLES.own or ORACLES.package(kind)) and (argument := ORACLES.load(kind).argument):
        given |= {"oracle.kind": kind, f"oracle.{argument}": folder}
    if "oracle.kind" in given:  # it sets both roles, whatever a file says of them
        given = {"oracle.judge": None, "oracle.proposer": None} | given
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            # What is no setting's name may be anything, a key among them.
            name = assignment if re.fullmatch(r"[a-z_]{1,30}(\.[a-z_]{1,30})?", assignment) else "of something"
            raise ConfigError(f"--set {name} has no value: write --set KEY=VALUE.")
        if given.get(key) is not None:
            raise ConfigError(f"{key} is set twice on the command line: give it once.")
        given[key] = value
    return given
