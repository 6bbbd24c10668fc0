"""What data is on this machine, for `harness data`: where each set is, and whether it is what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness_errors import ConfigError, DataError
from tasks import catalog
from tasks.data.manifest import read_manifest, record
from tasks.data.reading import find, read_set
from tasks.data.sets import SETS, DataSet

State = Literal["ready", "not checked", "missing", "changed", "flawed"]


@dataclass(frozen=True)
class SetStatus:
    """One set in one folder. `problem` is the sentence behind a state that is neither ready nor not checked."""

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
    return [_status(one, "not checked" if find(one, folder) else "missing", folder) for one in SETS.values()]


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
    for name in names:
        if name not in SETS:
            raise ConfigError(
                f"There is no data set {name!r}{catalog.close(name, SETS) or '; '}see `harness data list`."
            )
    if unknown := catalog.unknown(tasks):
        raise ConfigError(
            f"{unknown[0]} is no task of ours{catalog.did_you_mean(unknown[0]) or '; see `harness tasks`.'}"
        )
    if names and not tasks:
        return list(names)
    wanted = catalog.expand(tasks or ("iteralign_gate", "iteralign_paper"))
    return list(dict.fromkeys([*names, *(catalog.TASKS[name].data for name in wanted if catalog.TASKS[name].data)]))


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
        return _status(dataset, "missing", folder, problem=f"{dataset.name} is not in {folder}")
    try:
        found = read_set(dataset, folder)
    except DataError as error:
        return _status(dataset, "flawed", folder, problem=str(error))
    rows, sha256 = len(found.rows), found.sha256
    if accept and not _is_recorded(folder, dataset.name, rows, sha256):
        file = str(found.file.relative_to(folder))
        record(folder, dataset.name, file=file, rows=rows, sha256=sha256, source="accepted by hand", revision="")
    elif not found.is_as_expected:
        expected_rows, expected = found.expected or (0, "")
        problem = f"{rows:,} rows with hash {sha256}, expected {expected_rows:,} with {expected}"
        return _status(dataset, "changed", folder, rows=rows, sha256=sha256, problem=problem)
    return _status(dataset, "ready", folder, rows=rows, sha256=sha256)


def _is_recorded(folder: Path, name: str, rows: int, sha256: str) -> bool:
    """Whether the manifest says so already: then what it says of where the set came from stays."""
    entry = read_manifest(folder).get(name)
    return entry is not None and (entry.rows, entry.sha256) == (rows, sha256)
