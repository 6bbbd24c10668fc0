"""What a user may name a model by: a folder, or a name on the Hugging Face hub such as `ORG/NAME@REVISION`.

Nothing here asks the hub; see `iteralign.loading.resolve` for that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huggingface_hub import constants

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?"
_HUB_NAME = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9_][A-Za-z0-9._/-]*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
GGUF: Final = ".gguf"


@dataclass(frozen=True)
class ModelName:
    """Marks a setting whose text names a model, in `Annotated`: `iteralign.loading.resolve.pinned` finds it by that."""


@dataclass(frozen=True)
class HubName:
    """A model on the hub: `ORG/NAME`, and a branch, tag or commit; an empty revision is the hub's main branch."""

    repo: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}" if self.revision else self.repo

    @property
    def is_commit(self) -> bool:
        """Whether the revision is one commit, which never changes."""
        return bool(_COMMIT.fullmatch(self.revision))

    @property
    def cached(self) -> Path:
        """Where the hub's own client keeps the files of this commit, in HF_HOME; they need not be there."""
        place = f"models--{self.repo.replace('/', '--')}"
        return Path(constants.HF_HUB_CACHE) / place / "snapshots" / self.revision


def hub_name(text: str) -> HubName | None:
    """The name on the hub that a text could be; None where it is a folder's or a file's, which come first."""
    match = _HUB_NAME.fullmatch(text)
    if match is None or text.endswith(GGUF) or Path(text).exists():
        return None
    return HubName(match["repo"], match["revision"] or "")


def could_be_hub_name(text: str) -> bool:
    """Whether the hub may have a model of that name, whatever is on this machine."""
    return bool(_HUB_NAME.fullmatch(text))


def folder_of(text: str) -> Path:
    """The folder of a model's files: the one of that name, or the cache's for a commit on the hub."""
    name = hub_name(text)
    return name.cached if name and name.is_commit else Path(text)


def short_name(text: str) -> str:
    """A model's own name, without the folder or the organisation that it is in, and without its revision."""
    name = hub_name(text)
    return Path(name.repo if name else text).name
