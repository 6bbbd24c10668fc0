"""How a configuration comes about: its sources merged, what a mode or a real model sets, and a stored run's.

defaults < recipe < file (--config) < environment (HARNESS_…) < flags
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config.checks import check_evaluation, check_run
from harness.config.kinds import bases, group_of, of_other_packages
from harness.config.renamed import renamed_note
from harness.config.roles import ROLE_KEYS, of_stored_roles
from harness.config.schema import EvalConfig, RunConfig
from harness.config.sources import (
    Source,
    environment_sources,
    file_source,
    flag_source,
    merge,
    recipe_source,
    settings,
    validate,
    variable,
)
from harness.config.yaml_files import read_yaml
from iteralign.core.kinds import KindSettings
from iteralign.core.settings import Settings
from iteralign.oracle.kinds import ORACLES
from iteralign.sandbox import PRACTICE_MODEL

_REAL_MODEL = Source("default for a real model", {"gate.policy": "real"})
"""What is set before all else where the model is not the practice one and no recipe is named."""
_PAPER = Source(
    "mode paper",
    {
        "red_team.batch_size": 20,
        "constitution.discovery": "published",
        "constitution.needed": False,
        "revision.filtered": False,
        "loop.revision_tries": 1,
        "loop.min_evidence": 1,
        "loop.min_revised": 0.0,
        "training.weights": "full",
        "training.learning_rate": 2e-6,
        "training.epochs": 3.0,
        "training.max_steps": None,
        "training.replayed_revisions": 0,
        "training.replayed_harmless": 0,
        "training.replayed_twins": 0,
        "gate.enabled": False,
    },
)
"""What the paper's script does, over a recipe's settings and under those that a user gives. See docs/paper.md."""

KIND_GROUPS = frozenset(bases(RunConfig))
"""The groups of settings that come in kinds."""


class LoadedConfig(Settings):
    """A configuration, for each dotted key where its value came from, and what must be said of the sources.

    `aside` are the values of settings that only another kind has (`oracle.timeout_s` where no server is asked).
    """

    config: RunConfig
    origins: dict[str, str]
    aside: dict[str, Any]
    note: str = ""

    def value(self, key: str) -> Any:
        """The value of a dotted key, as JSON has it; for what only another kind has, what was given or its default."""
        if not _has(self.config, key):
            return self.aside.get(key, settings(RunConfig)[key].default)
        value: Any = self.config.model_dump(mode="json")
        for part in key.split("."):
            value = value[part]
        return value


def load_config(
    recipe: str | None, file: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> RunConfig:
    """Merge and check a run's configuration. Raises ConfigError with one sentence."""
    loaded = load_with_origins(recipe, file, flags, environ)
    check_run(loaded.config)
    return loaded.config


def load_with_origins(
    recipe: str | None, file: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]
) -> LoadedConfig:
    """Merge the sources, each key on its own. `flags` maps dotted keys to values; text is read as in the environment.

    Raises ConfigError for an unknown key, a wrong type or a value out of range. What a run needs is not checked.
    """
    model = of_other_packages(RunConfig, _kinds_asked_for(file, flags, environ))
    given = [file_source(model, file)] if file is not None else []
    given += [*environment_sources(model, environ), flag_source(model, flags)]
    values, origins = merge(model, [*_with_mode(_starting_point(recipe, given), given), *given])
    config = validate(RunConfig, values, origins)
    note = renamed_note({old: new for source in given for old, new in source.renamed.items()})
    aside = {key: value for key, value in values.items() if not _has(config, key)}
    return LoadedConfig(config=config, origins=origins, aside=aside, note=note)


def _kinds_asked_for(file: Path | None, flags: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, object]:
    """The kind of each group that comes in kinds, before anything else is read: its settings are then known."""
    written = read_yaml(file) if file is not None else {}
    groups = {
        name: group if isinstance(group, Mapping) else {} for name in bases(RunConfig) for group in [written.get(name)]
    }
    return {
        name: flags.get(f"{name}.kind", environ.get(variable(f"{name}.kind"), group.get("kind")))
        for name, group in groups.items()
    }


def _has(config: RunConfig, key: str) -> bool:
    """Whether it has the setting of that dotted key, which another kind may have in its place."""
    group, _, name = key.partition(".")
    return not name or hasattr(getattr(config, group), name)


def _with_mode(first: Source, given: list[Source]) -> list[Source]:
    """What the mode sets: over a recipe that knows nothing of it, and under one that is made for it."""
    if first.values.get("mode") == "paper":
        return [_PAPER, first]
    asked, _ = merge(RunConfig, given)
    return [first, _PAPER] if asked.get("mode") == "paper" else [first]


def _starting_point(recipe: str | None, given: list[Source]) -> Source:
    """The recipe asked for; without one, what suits the model that the other sources name."""
    model, _ = merge(RunConfig, given)
    if recipe is None and model.get("model.path", PRACTICE_MODEL) != PRACTICE_MODEL:
        return _REAL_MODEL
    return recipe_source(RunConfig, recipe or PRACTICE_MODEL)


def changeable(values: Mapping[str, Any]) -> frozenset[str]:
    """What may be set anew when the run that was stored with `values` goes on: it only bounds how far the run may go.

    It is what this program's kinds allow, even those that the run does not use, and what the run's kinds of other
    packages do. Raises ConfigError where one of these can't be loaded.
    """
    kinds = [(name, kind) for name, base in bases(RunConfig).items() for kind in base.registry().own_kinds().values()]
    groups = {name: group_of(field) for name, field in _of_stored_kinds(values).model_fields.items()}
    kinds += [(name, group) for name, group in groups.items() if group and issubclass(group, KindSettings)]
    kinds += [(role, kind) for role in ROLE_KEYS for kind in ORACLES.own_kinds().values()]
    return frozenset(f"{name}.{setting}" for name, kind in kinds for setting in kind.changeable)


def _of_stored_kinds(values: Mapping[str, Any]) -> type[RunConfig]:
    stored = {group: values[group].get("kind") for group in bases(RunConfig) if isinstance(values.get(group), Mapping)}
    return of_other_packages(RunConfig, stored)


def stored_config(values: Mapping[str, Any], name: str, changes: Mapping[str, Any] | None = None) -> RunConfig:
    """The configuration that run `name` was stored with, but for `changes`, whose keys are `changeable`.

    Raises ConfigError where this program can't read it, or a change is no value of its setting.
    """
    model = _of_stored_kinds(values)
    sources = [
        Source.of(model, f"the stored run {name}", values),
        flag_source(model, of_stored_roles(changes or {}, values)),
    ]
    values, origins = merge(model, sources)
    return validate(RunConfig, values, origins)


def eval_config(config: RunConfig, *, adapter: Path | None, store: Path | None) -> EvalConfig:
    """What `harness eval` needs of a run's configuration. Raises ConfigError where something is missing."""
    tasks = check_evaluation(config)
    return EvalConfig(
        model=config.model,
        generator=config.generator,
        oracle=config.oracle,
        adapter=adapter,
        tasks=tasks,
        data_dir=config.data_dir,
        cache_dir=config.cache_dir,
        limit=config.gate.limit,
        answer_tokens=config.gate.answer_tokens,
        batch_size=config.gate.batch_size,
        reuse=config.gate.reuse,
        seed=config.seed,
        store=store,
        allow_practice=config.allow_practice,
    )
