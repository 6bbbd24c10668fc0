"""The formats in which training pairs are exported: which columns a row has, and what kind of file holds the rows.

A new one is a module like those named here, and its line in one of the two tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from harness.export import jsonl, parquet, preference, prompt_completion
from harness.export.pairs import Pair
from harness_base.errors import ConfigError
from harness_base.types import Row


class Form(Protocol):
    """From pairs to rows: bare texts, or with `conversational` lists of messages, for a model with a chat template."""

    def __call__(self, pairs: Sequence[Pair], *, conversational: bool) -> list[Row]: ...


class Writer(Protocol):
    """From rows to the content of a file."""

    def __call__(self, rows: Sequence[Row]) -> bytes: ...


FORMS: Final[Mapping[str, Form]] = {
    "preference": preference.rows,
    "prompt-completion": prompt_completion.rows,
}
"""By name, the default first."""

FILES: Final[Mapping[str, Writer]] = {
    ".jsonl": jsonl.content,
    ".parquet": parquet.content,
}
"""By the ending of the file's name."""


def writer_for(path: Path) -> Writer:
    """What turns rows into the content of a file with the ending of `path`. Raises ConfigError for an unknown one."""
    writer = FILES.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(f"Pairs can't be written to {path}: end its name with one of {' or '.join(FILES)}.")
    return writer


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise ConfigError where a file would be written over without being asked to."""
    if path.exists() and not overwrite:
        raise ConfigError(f"{path} exists already: name another file, or add --overwrite.")
