"""`harness constitution edit`."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from harness.cli.constitution.printing import made
from harness.cli.constitution.subject import change, flags, known_principles, said, said_options, subject_of
from harness.cli.options import store_options, store_path
from harness.cli.views import open_store
from harness.constitution.files import as_principles, parse_entries, write_constitution
from harness_base.errors import DiskError, HarnessError, StoreError


@click.command()
@click.argument("name", metavar="RUN")
@said_options
@store_options
def edit(name: str, by: str | None, why: str, runs_dir: Path | None, store: Path | None) -> None:
    """Open a run's constitution in your editor ($EDITOR).

    What you save becomes its next version; closed without a change, nothing happens. A text with a mistake is kept in
    a file. RUN was interrupted or has failed.
    """
    words = said(by, why)
    path = store_path(runs_dir, store)
    with open_store(path) as kept:
        subject = subject_of(kept, name, path=path)
    heading = {"run": subject.run}
    if subject.base:
        heading |= {"version": str(subject.base.version), "made": made(subject.base)}
    text = write_constitution(subject.principles, "markdown", heading).encode("utf-8")
    with _draft(path, text, subject.run) as draft:
        click.edit(filename=str(draft))
        content = _written(draft, text)
        if not content:
            click.echo("Nothing changed: the text was closed as it was, or empty.")
            return
        entries = parse_entries(content, "markdown", "the edited text")
        with open_store(path) as kept:
            now = subject_of(kept, name, path=path)
            if now != subject:
                raise StoreError(
                    f"The constitution of {subject.run} was changed while you edited it: look at it again."
                )
            change(kept, now, "edit", as_principles(entries, known_principles(kept, now)), words, path)


@contextmanager
def _draft(store: Path, text: bytes, run: str) -> Iterator[Path]:
    """A file to edit beside the store, which goes again unless an error would lose what was written in it.

    An error then says where the file is, and how the run can take it.
    """
    folder = store.parent
    try:
        handle, name = tempfile.mkstemp(prefix="constitution-", suffix=".md", dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
    except OSError as error:
        raise DiskError(f"Can't write a file to edit in {folder} ({error.strerror}); free some space there.") from error
    draft = folder / Path(name).name
    try:
        yield draft
    except (HarnessError, click.ClickException) as error:
        if _written(draft, text):
            raise _kept(error, draft, run, store) from None
        draft.unlink(missing_ok=True)
        raise
    draft.unlink(missing_ok=True)


def _written(draft: Path, text: bytes) -> bytes:
    """What the editor left, or nothing where it left the text as it was or removed the file."""
    content = draft.read_bytes() if draft.exists() else b""
    return b"" if content == text else content


def _kept(error: HarnessError | click.ClickException, draft: Path, run: str, store: Path) -> HarnessError:
    said_so = error.format_message() if isinstance(error, click.ClickException) else str(error)
    kind = StoreError if isinstance(error, click.ClickException) else type(error)
    taking_it = f"harness constitution import {shlex.quote(run)} {shlex.quote(str(draft))} --why TEXT{flags(store)}"
    return kind(f"{said_so.rstrip('.')}; your text is kept in {draft}: mend it there and take it with `{taking_it}`.")
