"""The written constitutions that ship with the program, beside its recipes: `constitution.file` may name one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness_base.errors import DataError

_FOLDER: Final = Path(__file__).resolve().parents[2] / "recipes" / "constitutions"


def shipped_names() -> list[str]:
    """Their names, sorted."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


def file_named(file: Path) -> Path:
    """The file of that name, or the shipped constitution where `file` is a name without an ending.

    Raises DataError for such a name that is none, listing those that are.
    """
    if file.suffix or file.exists() or len(file.parts) > 1:
        return file
    if str(file) not in shipped_names():
        raise DataError(
            f"There is no constitution {str(file)!r}: name a file of yours, ending in .md or .yaml, or one that ships "
            f"with the program ({', '.join(shipped_names())})."
        )
    return _FOLDER / f"{file}.yaml"
