"""The models that a configuration names, found: folders, or commits on the hub, fetched where need be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.config.schema import ModelConfig
from harness.progress import Progress, stages_of
from iteralign.core.settings import Settings
from iteralign.loading.references import hub_name
from iteralign.loading.resolve import pinned
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.roles import overlaid

AnySettings = TypeVar("AnySettings", bound=Settings)


def with_models(config: AnySettings, progress: Progress) -> AnySettings:
    """The configuration with every model that it names as a folder or as a commit on the hub, which is fetched.

    What is stored is then what a later command takes, whatever the hub has by then. Raises ModelError for a name that
    the hub refuses, FetchError where it can't be had.
    """

    def pin(settings: OracleKind) -> OracleKind:
        return pinned(settings, note=progress.note, stages=stages_of(progress))

    return _in_roles(pinned(config, note=progress.note, stages=stages_of(progress)), pin)


def _in_roles(config: AnySettings, pin: Callable[[OracleKind], OracleKind]) -> AnySettings:
    """The same for the oracles that are laid over another one's settings."""
    if isinstance(config, OracleKind):
        return config.model_copy(update=overlaid(config, pin))
    oracle = getattr(config, "oracle", None)
    if not isinstance(oracle, OracleKind):
        return config
    return config.model_copy(update={"oracle": oracle.model_copy(update=overlaid(oracle, pin))})


def provenance(config: ModelConfig) -> list[str]:
    """What must be said of a model from the hub beside its figures: which commit of it was measured."""
    return [f"The model is {config.path} on the hub."] if hub_name(config.path) else []
