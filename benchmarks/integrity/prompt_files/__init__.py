"""Tries files of red-team prompts as people keep them: each gives the prompts expected, or is refused by file and row.

The files are made here, the prompts expected of each are written by hand. Those to be refused are tried through the
command itself, which has to end with exit code 2 and one sentence that names the file and the row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Figure
from benchmarks.integrity.prompt_files.chats import CHATS
from benchmarks.integrity.prompt_files.forms import Form
from benchmarks.integrity.prompt_files.jsons import JSON_FORMS
from benchmarks.integrity.prompt_files.refused import REFUSED, Refused
from benchmarks.integrity.prompt_files.tables import TABLES
from benchmarks.integrity.prompt_files.texts import TEXTS

One = TypeVar("One", Form, Refused)

_READ: tuple[Form, ...] = (*CHATS, *JSON_FORMS, *TABLES, *TEXTS)


def figures(*, quick: bool) -> Iterator[Figure]:
    read, refused = (_READ[::3], REFUSED[::6]) if quick else (_READ, REFUSED)
    with tempfile.TemporaryDirectory() as folder:
        given = _missed(Path(folder), read, _gives_what_is_expected)
        said = _missed(Path(folder), refused, _is_refused_by_the_command)
    forms, missed = len(read) + len(refused), [*given, *said]
    yield Figure("forms of prompt files", forms, "forms", ">=", 0 if quick else 60)
    named = f" (not: {', '.join(missed)})" if missed else ""
    yield Figure(
        f"read as a person would, or refused by file and row{named}", forms - len(missed), "forms", "==", forms
    )


def _missed(folder: Path, forms: Sequence[One], holds: Callable[[Path, One], bool]) -> list[str]:
    missed = []
    for number, form in enumerate(forms):
        place = folder / f"{holds.__name__}{number}"
        place.mkdir()
        if not holds(place, form):
            missed.append(form.file)
    return missed


def _gives_what_is_expected(folder: Path, form: Form) -> bool:
    from harness_base.errors import UserError
    from iteralign.red_team import load_prompts

    path = folder / form.file
    path.write_bytes(form.content)
    try:
        loaded = load_prompts([path], form.column)
    except UserError:
        return False
    prompts = tuple(prompt.text for prompt in loaded.prompts)
    said = "\n".join(loaded.notes)
    return prompts == form.prompts and loaded.skipped == form.skipped and all(word in said for word in form.says)


def _is_refused_by_the_command(folder: Path, form: Refused) -> bool:
    from click.testing import CliRunner

    from harness.cli.main import harness

    path = folder / form.file
    path.write_bytes(form.content)
    column = ["--red-team-column", form.column] if form.column else []
    runs = folder / "runs"
    result = CliRunner().invoke(harness, ["align-and-eval", "--red-team", str(path), "--runs-dir", str(runs), *column])
    # One sentence, whatever lines it is shown on.
    said = " ".join(result.output.split())
    told = form.file in said.replace(" ", "") and form.names.replace(" ", "") in said.replace(" ", "")
    return result.exit_code == 2 and told and "Traceback" not in said and not runs.exists()
