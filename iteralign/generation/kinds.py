"""The generators by name, each with its own settings. Nothing here loads torch, so that a configuration can be checked.

Another package brings one by an entry point of the group `iteralign.generators` that names a `GeneratorKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeGuard, cast

from pydantic import Field

from iteralign.core.kind_settings import kind_settings, maker
from iteralign.core.libraries import JsonValue
from iteralign.core.registry import Registry
from iteralign.core.settings import Settings
from iteralign.generation.generator import Generator, Subject

BuildGenerator = Callable[[Subject], Generator]
"""Makes what writes a model's answers, once the model is loaded."""


class GeneratorSettings(Settings):
    """What can be set of every generator; a kind with more extends this."""

    batch_size: int | None = Field(
        None, ge=1, description="answers generated at once, at most; null: as the memory allows"
    )


class GeneratorConfig(Settings):
    """What writes the model's answers."""

    kind: str = Field("transformers", description="`transformers`, in this process; or one of another package's")
    settings: dict[str, JsonValue] = Field(
        {}, description="settings of that kind, as JSON; `transformers` has none more"
    )


@dataclass(frozen=True)
class GeneratorKind:
    """One way to write answers.

    `settings` is the class of its settings, and `makes` names, as "module:attribute", what makes the generator of a
    subject and its settings; it is imported when a model is loaded. `own_network` says that the answers are those of
    the network that was loaded, whose identity names them.
    """

    settings: type[GeneratorSettings]
    makes: str
    own_network: bool = False


def _is_kind(kind: object) -> TypeGuard[GeneratorKind]:
    return isinstance(kind, GeneratorKind)


GENERATORS: Registry[GeneratorKind] = Registry(
    "generator",
    "iteralign.generators",
    {
        "transformers": GeneratorKind(
            GeneratorSettings, "iteralign.generation.in_process:TransformersGenerator", own_network=True
        )
    },
    _is_kind,
)


def generator_settings(config: GeneratorConfig, batch_size: int | None) -> GeneratorSettings:
    """The settings of the generator that is named. Raises ConfigError for a name or a setting that there is not."""
    kind = GENERATORS.load(config.kind)
    values: Mapping[str, JsonValue] = {"batch_size": batch_size, **config.settings}
    return kind_settings(GENERATORS, config.kind, kind.settings, values)


def generator_builder(config: GeneratorConfig, batch_size: int | None) -> BuildGenerator:
    """What makes the generator that is named. Raises ConfigError as `generator_settings`."""
    make = maker(GENERATORS, config.kind, GENERATORS.load(config.kind).makes)
    return cast("BuildGenerator", partial(make, settings=generator_settings(config, batch_size)))


def generator_name(config: GeneratorConfig) -> str:
    """What tells its answers from the loaded network's own, for a fingerprint; empty where they are those."""
    if GENERATORS.load(config.kind).own_network:
        return ""
    return " ".join([config.kind, *(f"{key}={value!r}" for key, value in sorted(config.settings.items()))])
