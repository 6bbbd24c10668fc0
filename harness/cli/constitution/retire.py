"""`harness constitution retire`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.constitution.subject import Subject, change, said, said_options, subject_of
from harness.cli.options import store_options, store_path
from harness.cli.views import open_store
from harness_base.errors import ConfigError, StoreError
from iteralign.core.records import Principle

_SHORTEST_ID = 4


@click.command()
@click.argument("name", metavar="RUN")
@click.argument("principle_id", metavar="ID")
@said_options
@store_options
def retire(name: str, principle_id: str, by: str | None, why: str, runs_dir: Path | None, store: Path | None) -> None:
    """Take one principle out of a run's constitution.

    ID is as `harness constitution show` prints it, or its beginning, of 4 characters at least. RUN was interrupted or
    has failed.
    """
    words = said(by, why)
    path = store_path(runs_dir, store)
    with open_store(path) as kept:
        subject = subject_of(kept, name, path=path)
        retired = _found(subject, principle_id.lower())
        change(kept, subject, "retire", [one for one in subject.principles if one != retired], words, path)


def _found(subject: Subject, beginning: str) -> Principle:
    if len(beginning) < _SHORTEST_ID:
        raise ConfigError(f"{beginning!r} is too short to name a principle: give {_SHORTEST_ID} characters at least.")
    found = [principle for principle in subject.principles if principle.id.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(principle.id for principle in found)
        raise StoreError(f"{beginning} begins the ids of several principles of {subject.run} ({ids}): give more of it.")
    raise StoreError(
        f"No principle of {subject.run} has an id that begins with {beginning}; `harness constitution show "
        f"{subject.run}` lists them."
    )
