"""`harness constitution import`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.constitution.subject import change, known_principles, said, said_options, subject_of
from harness.cli.options import store_options, store_path
from harness.cli.views import open_store
from harness.constitution.files import as_principles, read_entries


@click.command("import")
@click.argument("name", metavar="RUN")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@said_options
@store_options
def import_(name: str, file: Path, by: str | None, why: str, runs_dir: Path | None, store: Path | None) -> None:
    """Take a file's principles as a run's constitution.

    A principle keeps its evidence by its id, or by its text where it has none. RUN was interrupted or has failed;
    FILE is Markdown or YAML, as `harness constitution export` writes it.
    """
    words = said(by, why)
    entries = read_entries(file)
    reasons = [f"principle {number}: {entry.why}" for number, entry in enumerate(entries, start=1) if entry.why.strip()]
    words["why"] = "; ".join([words["why"], *reasons])
    path = store_path(runs_dir, store)
    with open_store(path) as kept:
        subject = subject_of(kept, name, path=path)
        named = as_principles(entries, known_principles(kept, subject))
        principles = kept.constitutions.with_known_evidence(named)
        change(kept, subject, "import", principles, words, path)
    lost = sum(len(one.evidence) - len(other.evidence) for one, other in zip(named, principles, strict=True))
    if lost:
        click.echo(f"Left out {lost} of the file's evidence: this store does not hold the prompts that it names.")
