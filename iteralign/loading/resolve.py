"""From what the user names to a folder of files: a folder of that name, else one commit of a model on the hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness_base.errors import ModelError
from iteralign.core.protocols import Stages, no_stages
from iteralign.core.settings import Settings
from iteralign.loading.references import GGUF, HubName, ModelName, could_be_hub_name, hub_name

AnySettings = TypeVar("AnySettings", bound=Settings)


@dataclass(frozen=True)
class Resolved:
    """`name` is what was given, with the commit where it is the hub's: the same files whenever it is resolved again.

    `note` is what the user must hear of how it was found; empty where there is nothing to say.
    """

    name: str
    folder: Path
    note: str = ""


def resolve(given: str, stages: Stages = no_stages) -> Resolved:
    """What a name stands for. A folder of that name wins over the hub; a revision is resolved once, to a commit.

    What is no folder and no name on the hub comes back as a path, for `check_folder` to say what is wrong with it.
    Raises ModelError for a GGUF file and for a name that the hub refuses, FetchError where the hub can't be had.
    """
    refuse_gguf(given)
    name = hub_name(given)
    if name is None:
        wins = could_be_hub_name(given) and Path(given).is_dir()
        return Resolved(given, Path(given), f"{given} is a folder here, so the hub is not asked." if wins else "")
    from iteralign.loading import hub  # the hub's client, which takes half a second that a folder need not wait for

    fetched = hub.fetch(name, stages)
    pinned = str(HubName(name.repo, fetched.commit))
    return Resolved(pinned, fetched.folder, _note(name, fetched.commit, fetched.offline))


def _note(name: HubName, commit: str, offline: str) -> str:
    if offline:
        return (
            f"The hub can't be asked for {name} ({offline.rstrip('.')}): it is taken from the cache, at the commit at "
            f"which it last stood, {commit}."
        )
    return "" if name.is_commit else f"{name} is commit {commit} on the hub."


def refuse_gguf(given: str) -> None:
    """Raise ModelError for a GGUF file: its quantized weights can be read, but neither trained nor saved."""
    path = Path(given)
    if path.suffix.lower() == GGUF and path.is_file():
        raise ModelError(f"{path} is a GGUF file: run `harness model import {path} --to DIR`, and give DIR.")


def pinned(
    settings: AnySettings, *, note: Callable[[str], None] = lambda _: None, stages: Stages = no_stages
) -> AnySettings:
    """The same settings, in which every model that is named, in whatever group, is a folder or a commit on the hub.

    Such settings are marked `Annotated[…, ModelName()]`. `note` is told how each was found. Raises as `resolve` does.
    """
    changes: dict[str, object] = {}
    for field, declared in type(settings).model_fields.items():
        value = getattr(settings, field)
        if isinstance(value, Settings):
            changes[field] = pinned(value, note=note, stages=stages)
        elif value is not None and any(isinstance(mark, ModelName) for mark in declared.metadata):
            resolved = resolve(str(value), stages)
            if resolved.note:
                note(resolved.note)
            changes[field] = type(value)(resolved.name)
    changed = {field: value for field, value in changes.items() if value != getattr(settings, field)}
    return settings.model_copy(update=changed) if changed else settings
