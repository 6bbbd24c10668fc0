"""`harness compare`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.options import store_options, store_path
from harness.cli.output import console, fields, heading, print_json, print_notes, safe, table
from harness.cli.views import open_store
from harness.evaluation.baselines import read_file
from harness.progress import show_progress
from harness.release.comparison import Subject
from harness.release.comparison import compare as compare_models
from harness.release.evidence import finite
from harness_base.display import amount, counted, interval, key_label, order, p_value, shift, split_label
from harness_base.errors import ConfigError, DiskError
from harness_base.text import shortened
from reports.data.comparison import ComparedModels, Difference

_FILE = click.Path(path_type=Path, dir_okay=False)
_STORE_END = ".db:"


@click.command()
@click.argument("models", metavar="A B [C]...", nargs=-1, required=True)
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines, flipped items with their texts.")
@click.option("--markdown", "markdown_file", metavar="FILE", type=_FILE, help="Write the table there as Markdown.")
@click.option("--html", "html_file", metavar="FILE", type=_FILE, help="Write a page that needs no other file.")
@click.option(
    "--flips",
    metavar="N",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="Items that came out otherwise, shown for each metric.",
)
def compare(
    models: tuple[str, ...],
    runs_dir: Path | None,
    store: Path | None,
    as_json: bool,
    markdown_file: Path | None,
    html_file: Path | None,
    flips: int,
) -> None:
    """Hold models against the first of them, item by item.

    Each is a run (its result), RUN/SUBJECT (such as RUN/base), an evaluation's number, a baseline, an exported baseline
    file, or any of these in another store: STORE.db:NAME. Where all of them are runs with final items, which no
    decision has seen, those are compared; the heading says whose items they are.
    """
    if len(models) < 2:
        raise ConfigError("One model alone can't be compared: name two or more.")
    if len(set(models)) < len(models):
        raise ConfigError("The same model is named twice: name each once.")
    with show_progress() as progress:
        progress.stage("reading the evaluations", len(models))
        subjects = [_subject(name, store_path(runs_dir, store)) for name in models]
        compared = compare_models(subjects)
    if markdown_file or html_file:
        _write_files(compared, flips, markdown_file, html_file)
    if as_json:
        print_json(finite(asdict(compared)))
    else:
        _print(compared, flips)


def _subject(name: str, default: Path) -> Subject:
    if name.endswith(".json"):
        return Subject(name, read_file(Path(name)).evaluation)
    path, wanted = default, name
    if _STORE_END in name:
        folder, _, wanted = name.rpartition(_STORE_END)
        path = Path(f"{folder}{_STORE_END[:-1]}")
    with open_store(path) as kept:
        if blessed := kept.baselines.named(wanted):
            return Subject(name, blessed.evaluation)
        return Subject(name, kept.evaluations.named(wanted), kept.evaluations.final_named(wanted))


def _write_files(compared: ComparedModels, flips: int, markdown_file: Path | None, html_file: Path | None) -> None:
    from reports.comparison import comparison_html, comparison_markdown  # loads matplotlib

    if markdown_file:
        _write(markdown_file, comparison_markdown(compared, flips))
    if html_file:
        _write(html_file, comparison_html(compared, flips))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DiskError(f"Can't write {path} ({error.strerror}); choose another place.") from error


def _print(compared: ComparedModels, flips: int) -> None:
    out = console()
    for name, differing in compared.settings.items():
        found = [one for one in compared.differences if one.name == name]
        heading(out, str(safe(f"{compared.names[0]} → {name}")))
        _print_tables(found)
        if differing:
            out.print(safe(f"They differ: {'; '.join(differing)}."))
        for one in found:
            _print_flips(one, flips)
    out.print()
    out.print(safe(_LEGEND))
    print_notes(out, compared.notes)


_LEGEND = (
    "A change is the second model's figure less the first's, in points where the figures are percent, with its 95 % "
    "interval; `moved` counts the items that got better and worse; p is two-sided, corrected after Holm."
)


def _print_tables(found: list[Difference]) -> None:
    """A table for the items of each split, the final ones first, and under each why a metric has no change."""
    out = console()
    for split in dict.fromkeys(sorted(one.split for one in found)):
        numbers = ("before", "after", "change", "interval", "moved", "p")
        rows = table(("metric", *numbers), right=numbers, tight=True)
        of_split = [one for one in found if one.split == split]
        for one in sorted(of_split, key=lambda one: order(*one.metric.rpartition("/")[::2])):
            rows.add_row(
                safe(key_label(one.metric)),
                amount(one.before, one.unit),
                amount(one.after, one.unit),
                f"{shift(_points(one.change), one.unit)} {one.direction}".strip(),
                _interval(one),
                _moved(one),
                p_value(one.p),
            )
        out.print(safe(f"On {split_label(split)}:"))
        out.print(rows)
        for one in of_split:
            if one.problem:
                out.print(safe(f"{key_label(one.metric)}: {one.problem}", "yellow"))


def _print_flips(one: Difference, most: int) -> None:
    if not one.flips or not most:
        return
    out = console()
    heading(out, str(safe(f"{key_label(one.metric)}: {counted(len(one.flips), 'item')} came out otherwise")))
    for flip in one.flips[:most]:
        way = "wrong → right" if flip.better else "right → wrong"
        texts = {"item": f"{flip.item} ({way})", "asked": flip.prompt, "before": flip.before, "after": flip.after}
        out.print(fields({name: shortened(text, 160) for name, text in texts.items()}))


def _points(change: float | None) -> float | None:
    return None if change is None else 100.0 * change


def _interval(one: Difference) -> str:
    return "–" if one.change is None else interval(_points(one.change_low), _points(one.change_high), one.unit)


def _moved(one: Difference) -> str:
    return f"+{one.better} −{one.worse}" if one.items else "–"
