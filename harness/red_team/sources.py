"""Which sources of red-team and of harmless prompts there are: by name, or else as a file of the user's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from harness_base.errors import DataError
from iteralign.core.registry import Registry
from iteralign.red_team import everyday
from iteralign.red_team.columns import asked
from iteralign.red_team.files import PromptFile, read_prompts
from iteralign.red_team.sources import DataFolders, PromptSource, is_prompt_source
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL, RED_TEAM_FILE
from tasks import catalog
from tasks.data.resolver import load
from tasks.data.sets import SETS, DataSet, RedTeamUse
from tasks.data.split import side


def _practice(file: Path) -> PromptSource:
    """The practice prompts in a file that ships with the program; how it was read is nothing that a user must know."""
    return PromptSource("the practice prompts", lambda _: replace(read_prompts(file), notes=()))


def _of_set(dataset: DataSet, use: RedTeamUse) -> PromptSource:
    """A public set as a source, by the facts on its record."""

    def read(folders: DataFolders) -> PromptFile:
        cells = [row[use.column] for row in load(dataset.name, **asdict(folders))]
        prompts = [asked(cell, use.column) for cell in cells]
        return PromptFile(dataset.name, [prompt.text if prompt else "" for prompt in prompts])

    def is_kept(text: str) -> bool:
        return use.half_measured and side(text) == "measure"

    return PromptSource(dataset.about, read, use.all_harmful, is_kept)


def public_sources(sets: Iterable[DataSet]) -> dict[str, PromptSource]:
    """A source for each of the sets whose record says how it serves as red-team prompts, under the set's name."""
    return {dataset.name: _of_set(dataset, dataset.red_team) for dataset in sets if dataset.red_team}


PUBLIC_SETS = public_sources(SETS.values())
"""The public sets that attack. A new one is a record in `tasks.data.sets`, and nothing here."""
RED_TEAM = Registry(
    "red-team source", "iteralign.red_team", {PRACTICE_MODEL: _practice(RED_TEAM_FILE), **PUBLIC_SETS}, is_prompt_source
)
HARMLESS = Registry(
    "source of harmless prompts",
    "iteralign.harmless",
    {everyday.EVERYDAY: everyday.SOURCE, PRACTICE_MODEL: _practice(HARMLESS_FILE)},
    is_prompt_source,
)


def red_team_source(name: str, column: str | None = None) -> PromptSource:
    """The red-team source of that name, or the file at that path with its prompts in `column`, where that is named.

    Raises DataError where there is neither, and ConfigError for a source of another package that can't be used.
    """
    names = RED_TEAM.names()
    if name in names:
        return RED_TEAM.load(name)
    if not Path(name).is_file():
        raise DataError(f"There is no red-team file {name}{catalog.close(name, names) or ': check its name.'}")
    return _file(partial(read_prompts, Path(name), column))


def harmless_source(name: str) -> PromptSource:
    """The source of harmless prompts of that name, or else the file at that path.

    Raises ConfigError for a source of another package that can't be used.
    """
    if name in HARMLESS.names():
        return HARMLESS.load(name)
    return _file(partial(read_prompts, Path(name), what="file of harmless prompts"))


def _file(read: Callable[[], PromptFile]) -> PromptSource:
    return PromptSource("a file of the user's", lambda _: read())


def all_harmful(source: str) -> bool:
    """Whether all prompts that are stored under that source are known to be harmful.

    A user's own file, and the sandbox's, may hold others.
    """
    return source in RED_TEAM.names() and RED_TEAM.load(source).all_harmful
