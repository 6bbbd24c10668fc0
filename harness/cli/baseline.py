"""`harness baseline`: bless, list, show, retire, export, import."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.output import console, print_notes, safe, table
from harness.cli.views import open_store
from harness.evaluation.baselines import Baseline, check_name, check_worth, export_text, read_file
from harness.evaluation.notes import notes_on
from harness.store import Store
from harness.store.rows import now
from harness_base.display import amount
from harness_base.errors import BaselineError, ConfigError, DiskError
from harness_base.text import for_terminal


@click.group()
def baseline() -> None:
    """Named evaluations that releases are held against; never replaced, only retired."""


_BY = click.option("--by", metavar="WHO", help="Who says so.  [default: the user of this machine]")


@baseline.command()
@click.argument("source", metavar="RUN|EVALUATION")
@click.option("--name", required=True, metavar="NAME", help="What the baseline is called from now on.")
@click.option("--reason", required=True, metavar="TEXT", help="Why this one.")
@_BY
@store_options
def bless(source: str, name: str, reason: str, by: str | None, runs_dir: Path | None, store: Path | None) -> None:
    """Make an evaluation a baseline: a run's result (RUN), another of its models (RUN/r2a1), or a number.

    Numbers are those of the view `evaluation_overview`; `harness eval --store` makes such evaluations.
    """
    check_name(name)
    with open_store(store_path(runs_dir, store)) as kept:
        evaluation = kept.evaluations.named(source)
        check_worth(evaluation, source)
        kept.baselines.bless(Baseline(name, source, _said(reason), _who(by), now(), evaluation))
    click.echo(f"{name} is a baseline now: {len(evaluation.scores)} scores of {source}.")


@baseline.command("list")
@store_options
def list_(runs_dir: Path | None, store: Path | None) -> None:
    """Show the baselines, retired ones too."""
    with open_store(store_path(runs_dir, store)) as kept:
        rows = kept.views.rows("baseline_overview")
    if not rows:
        click.echo("No baseline yet: `harness baseline bless RUN --name NAME --reason TEXT` makes one.")
        return
    found = table(("name", "from", "blessed", "by", "reason", "retired"))
    for row in rows:
        retired = row["retired_reason"] or ""
        cells = (row["name"], row["run"], row["blessed_at"][:10], row["blessed_by"], row["reason"], retired)
        found.add_row(*(safe(str(cell)) for cell in cells))
    console().print(found)


@baseline.command()
@click.argument("name")
@store_options
def show(name: str, runs_dir: Path | None, store: Path | None) -> None:
    """Show a baseline's scores, and what they were measured with."""
    with open_store(store_path(runs_dir, store)) as kept:
        found = _found(kept, name)
    out = console()
    out.print(
        safe(f"{found.name}: {found.source}, blessed by {found.blessed_by} at {found.blessed_at}: {found.reason}")
    )
    if found.retired_reason is not None:
        out.print(safe(f"Retired: {found.retired_reason}", "yellow"))
    scores = table(("score", "value", "items"), right=("value", "items"))
    for score in found.evaluation.scores:
        scores.add_row(safe(score.key), amount(score.value, score.unit), str(score.items))
    out.print(scores)
    print_notes(out, notes_on(found.evaluation))
    fingerprint = table(("measured with", ""))
    for key, value in found.evaluation.fingerprint.items():
        if ":" not in key:
            fingerprint.add_row(safe(key.replace("_", " ")), safe(value[:40]))
    out.print(fingerprint)


@baseline.command()
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is not to be used any more.")
@_BY
@store_options
def retire(name: str, reason: str, by: str | None, runs_dir: Path | None, store: Path | None) -> None:
    """Have a baseline refused from now on; it stays in the store."""
    with open_store(store_path(runs_dir, store)) as kept:
        kept.baselines.retire(name, by=_who(by), reason=_said(reason))
    click.echo(f"{name} is retired.")


@baseline.command("export")
@click.argument("name")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@store_options
def export_(name: str, file: Path, runs_dir: Path | None, store: Path | None) -> None:
    """Write a baseline as one JSON file, which a repository can carry: outcomes and a hash, no texts."""
    with open_store(store_path(runs_dir, store)) as kept:
        found = _found(kept, name)
    if found.retired_reason is not None:
        raise BaselineError(f"The baseline {name} is retired ({found.retired_reason}): a file would bring it back.")
    try:
        file.write_text(export_text(found), encoding="utf-8")
    except OSError as error:
        raise DiskError(f"Can't write {file} ({error.strerror}); choose another place.") from error
    click.echo(f"Wrote {file}.")


@baseline.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@store_options
def import_(file: Path, runs_dir: Path | None, store: Path | None) -> None:
    """Take an exported baseline into a store, after its hash was checked."""
    found = read_file(file)
    with Store.open(store_path(runs_dir, store)) as kept:
        kept.baselines.bless(found)
    click.echo(for_terminal(f"{found.name} is a baseline of this store now: {found.reason}"))


def _found(kept: Store, name: str) -> Baseline:
    found = kept.baselines.named(name)
    if found is None:
        raise BaselineError(f"There is no baseline {name}; `harness baseline list` shows those that there are.")
    return found


def _who(by: str | None) -> str:
    try:
        return _said(by) if by is not None else getpass.getuser()
    except (OSError, KeyError):
        raise ConfigError("This machine does not say who you are: add --by WHO.") from None


def _said(text: str) -> str:
    if not text.strip():
        raise ConfigError("A reason or a name that is empty says nothing: write a few words.")
    return text.strip()
