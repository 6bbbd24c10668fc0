"""The models that a configuration names, found: folders, or commits on the hub, fetched where need be."""

from __future__ import annotations

from typing import TypeVar

from harness.config.schema import ModelConfig
from harness.progress import Progress, stages_of
from iteralign.core.settings import Settings
from iteralign.loading.references import hub_name
from iteralign.loading.resolve import pinned

AnySettings = TypeVar("AnySettings", bound=Settings)


def with_models(config: AnySettings, progress: Progress) -> AnySettings:
    """The configuration with every model that it names as a folder or as a commit on the hub, which is fetched.

    What is stored is then what a later command takes, whatever the hub has by then. Raises ModelError for a name that
    the hub refuses, FetchError where it can't be had.
    """
    return pinned(config, note=progress.note, stages=stages_of(progress))


def provenance(config: ModelConfig) -> list[str]:
    """What must be said of a model from the hub beside its figures: which commit of it was measured."""
    return [f"The model is {config.path} on the hub."] if hub_name(config.path) else []
