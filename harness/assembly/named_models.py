"""The models that a configuration names, found: folders, or commits on the hub, fetched where need be."""

from __future__ import annotations

from typing import TypeVar

from harness.config.schema import EvalConfig, ModelConfig, RunConfig
from harness.progress import Progress, stages_of
from iteralign.core.settings import Settings
from iteralign.loading.references import hub_name
from iteralign.loading.resolve import pinned
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.roles import overlaid

AnyConfig = TypeVar("AnyConfig", RunConfig, EvalConfig)
AnySettings = TypeVar("AnySettings", bound=Settings)


def with_models(config: AnyConfig, progress: Progress) -> AnyConfig:
    """The configuration with every model that it names as a folder or as a commit on the hub, which is fetched.

    What is stored is then what a later command takes, whatever the hub has by then. Raises ModelError for a name that
    the hub refuses, FetchError where it can't be had.
    """
    found = _found(config, progress)
    oracle = with_its_models(found.oracle, progress)
    return found if oracle == found.oracle else found.model_copy(update={"oracle": oracle})


def with_its_models(oracle: OracleKind, progress: Progress) -> OracleKind:
    """The same of an oracle, and of those that judge or propose in its place; raises as `with_models`."""
    found = _found(oracle, progress)
    roles = overlaid(found, lambda kind: _found(kind, progress))
    return found.model_copy(update=roles) if roles else found


def _found(settings: AnySettings, progress: Progress) -> AnySettings:
    return pinned(settings, note=progress.note, stages=stages_of(progress))


def provenance(config: ModelConfig) -> list[str]:
    """What must be said of a model from the hub beside its figures: which commit of it was measured."""
    return [f"The model is {config.path} on the hub."] if hub_name(config.path) else []
