"""What data is on this machine, for `harness data`: where each set is, and whether it is what it should be."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness_base.errors import ConfigError, DataError
from tasks import catalog
from tasks.data.manifest import read_manifest, record
from tasks.data.reading import ACCEPTED, FoundSet, find, read_set
from tasks.data.sets import SETS, DataSet

State = Literal["ready", "accepted", "not checked", "missing", "changed", "flawed"]


@dataclass(frozen=True)
class SetStatus:
    """One set in one folder.

    "accepted" is what is not as published and was recorded as meant; `problem` says what is wrong and what to do.
    """

    name: str
    about: str
    licence: str
    source: str
    revision: str
    rows: int
    state: State
    file: str = ""
    sha256: str = ""
    problem: str = ""


def listed(folder: Path) -> list[SetStatus]:
    """Every set and whether its file is in the folder; nothing is read."""
    return [
        _status(dataset, "not checked" if find(dataset, folder) else "missing", folder) for dataset in SETS.values()
    ]


def verified(folder: Path, names: Sequence[str], *, accept: bool = False) -> list[SetStatus]:
    """Every named set read and checked row by row and as a whole; `accept` records what is there as what is meant.

    Raises DataError for a manifest that can't be read.
    """
    read_manifest(folder)
    return [_verified(SETS[name], folder, accept) for name in names]


def chosen(names: Sequence[str], tasks: Sequence[str]) -> list[str]:
    """The sets named, those behind the tasks named, or else those behind the groups for a real model.

    Raises ConfigError for a name that is neither.
    """
    known = {*SETS, *catalog.TASKS, *catalog.GROUPS}
    for name in names:
        if name not in known:
            raise ConfigError(
                f"There is no data set {name!r}{catalog.close(name, known) or '.'} See `harness data list`."
            )
    if unknown := catalog.unknown(tasks):
        raise ConfigError(
            f"{unknown[0]} is no task of ours{catalog.did_you_mean(unknown[0]) or '.'} See `harness tasks`."
        )
    sets = [name for name in names if name in SETS]
    of_tasks = [*tasks, *(name for name in names if name not in SETS)]
    if not names and not tasks:
        of_tasks = [*catalog.REAL_GROUPS]
    return list(dict.fromkeys([*sets, *filter(None, (catalog.TASKS[name].data for name in catalog.expand(of_tasks)))]))


def _status(
    dataset: DataSet, state: State, folder: Path, *, rows: int = 0, sha256: str = "", problem: str = ""
) -> SetStatus:
    file = find(dataset, folder)
    return SetStatus(
        name=dataset.name,
        about=dataset.about,
        licence=dataset.licence,
        source=dataset.origin,
        revision=dataset.source.revision,
        rows=rows or dataset.rows,
        state=state,
        file=str(file) if file else "",
        sha256=sha256,
        problem=problem,
    )


def _verified(dataset: DataSet, folder: Path, accept: bool) -> SetStatus:
    if find(dataset, folder) is None:
        problem = f"it is not in {folder}: run `harness data prefetch {dataset.name}`, or copy it there"
        return _status(dataset, "missing", folder, problem=problem)
    try:
        found = read_set(dataset, folder)
    except DataError as error:
        return _status(dataset, "flawed", folder, problem=str(error).rstrip("."))
    rows, sha256 = len(found.rows), found.sha256
    if accept and not found.is_as_expected:
        file = str(found.file.relative_to(folder))
        record(folder, dataset.name, file=file, rows=rows, sha256=sha256, source=ACCEPTED, revision="")
        found = read_set(dataset, folder)
    if found.is_as_expected:
        return _status(dataset, "accepted" if found.rows.accepted else "ready", folder, rows=rows, sha256=sha256)
    return _status(dataset, "changed", folder, rows=rows, sha256=sha256, problem=_changed(dataset, found, folder))


def _changed(dataset: DataSet, found: FoundSet, folder: Path) -> str:
    rows, sha256 = found.expected or (0, "")
    command = f"harness data verify --data-dir {shlex.quote(str(folder))} --accept {dataset.name}"
    return (
        f"{len(found.rows):,} rows with hash {found.sha256}, expected {rows:,} with {sha256 or 'any hash'}; if the "
        f"change is meant, record it with `{command}`"
    )
