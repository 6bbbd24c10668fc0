"""A source of prompts that is asked for by its name: what is known of it, and how its prompts are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from iteralign.red_team.files import PromptFile


@dataclass(frozen=True)
class DataFolders:
    """Where data is: in the folder that the user named, else in the cache; None is the user's own cache."""

    data_dir: str | None = None
    cache_dir: str | None = None


def _nothing(_: str) -> bool:
    return False


def _untyped(_: str) -> str:
    return ""


@dataclass(frozen=True)
class PromptSource:
    """A source of red-team or of harmless prompts.

    `about` describes it. `read` gives its prompts, under the name that is stored with each; it raises DataError for
    prompts that can't be read and FetchError for those that can't be had. `all_harmful` says that every prompt is known
    to be harmful, so that an answer which plainly complies contradicts the verdict "satisfactory". `is_kept` tells the
    prompts that tasks keep to measure on: they are never drawn. `type_of` says of a harmless prompt which kind of harm
    it looks like, or `iteralign.core.records.PLAIN`; it is empty where nobody has sorted them.
    """

    about: str
    read: Callable[[DataFolders], PromptFile]
    all_harmful: bool = False
    is_kept: Callable[[str], bool] = _nothing
    type_of: Callable[[str], str] = _untyped


def is_prompt_source(kind: object) -> TypeGuard[PromptSource]:
    """Whether that is what an entry point for sources has to name."""
    return isinstance(kind, PromptSource)
