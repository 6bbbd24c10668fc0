"""`harness oracle calibrate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console

from harness.assembly.calibration import Labels, calibrate_oracle
from harness.assembly.call_log import DeferredCallLog
from harness.assembly.named_models import with_its_models
from harness.cli.options import load, setting_options, store_options, store_path
from harness.cli.output import console, heading, print_json, safe, table
from harness.config.checks import check_judge
from harness.progress import show_progress
from harness.store import Store
from harness_base.display import counted
from harness_base.errors import ConfigError
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.validation.calibration import Agreement, CalibrationResult
from iteralign.oracle.validation.examination import Rate, split_by_label
from iteralign.oracle.validation.label_files import drawn, read_labels, to_harmful_requests
from iteralign.statistics.agreement import MIN_FOR_INTERVAL, Interval, Share

_FILE = click.Path(path_type=Path, dir_okay=False)
_MAX_GROUPS = 12
_SANDBOX_ONLY = "The embedded oracle knows only the sandbox: on real labels it shows how a calibration looks, no more."


@click.command()
@setting_options(("oracle.kind", "oracle.judge", "oracle.url", "oracle.model"))
@click.option(
    "--labels", metavar="FILE", type=_FILE, multiple=True, required=True, help="Labelled answers; may be repeated."
)
@click.option(
    "--all-harmful",
    is_flag=True,
    help="Every prompt asks for something harmful, as `form` and `cascade` need it; XSTest's safe ones are left out.",
)
@click.option("--limit", metavar="N", type=click.IntRange(min=2), help="Answers at most, drawn by a hash.")
@click.option(
    "--repeats",
    metavar="N",
    type=click.IntRange(1, 50),
    default=1,
    show_default=True,
    help="Ask so often in the same words.",
)
@click.option(
    "--wordings",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Ask in so many wordings; a run uses the first.",
)
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def calibrate(
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    labels: tuple[Path, ...],
    all_harmful: bool,
    limit: int | None,
    repeats: int,
    wordings: int,
    runs_dir: Path | None,
    store: Path | None,
    as_json: bool,
    **settings: object,
) -> None:
    """Hold the oracle against people's labels: how far can it be trusted?

    FILE has rows with prompt, answer and label (violation or satisfactory), and perhaps category and model; or it is
    XSTest's published annotations. The result is kept, and rates that this oracle counts are then shown corrected.
    """
    path = store_path(runs_dir, store)
    config = load(recipe, file, assignments, settings).config.judge
    check_judge(config)
    _check_wordings(config, wordings)
    with show_progress() as progress:
        progress.stage("reading the labels", None)
        every = read_labels(labels)
        if config.only_harmful:
            every = to_harmful_requests(every, all_harmful=all_harmful)
        chosen = Labels(drawn(every, limit), _source(labels, limit, len(every)))
        progress.stage("loading the libraries", None)
        call_log = DeferredCallLog()
        config = with_its_models(config, progress)
        oracle = config.build(call_log)
        with Store.open(path) as kept:
            call_log.write_to(kept.oracle_calls.log(None))
            result, name = calibrate_oracle(oracle, config, kept, chosen, progress, (repeats, wordings))
    notes = _notes(result, practice=config.is_practice())
    if as_json:
        print_json({"oracle": name, "labels": chosen.source, "store": str(path), "notes": notes, **result.as_json()})
    else:
        _print(result, name, chosen.source, notes, path)


def _check_wordings(config: OracleKind, wordings: int) -> None:
    known = config.max_wordings()
    if wordings > known:
        raise ConfigError(f"--wordings {wordings}: this oracle can be asked in {known} at most; give that or less.")


def _source(labels: Sequence[Path], limit: int | None, answers: int) -> str:
    names = ", ".join(path.name for path in labels)
    return names if limit is None or limit >= answers else f"{limit} of {answers} answers in {names}"


def _notes(result: CalibrationResult, *, practice: bool) -> list[str]:
    """What must be known beside the numbers."""
    notes = [_SANDBOX_ONLY] if practice else []
    if result.unscored:
        notes.append(
            f"{result.unscored:,} of {result.answers:,} answers were left unscored, most often because "
            f"{result.unscored_reason.rstrip('.')}; they count, as wrong, only in what is so at worst."
        )
    notes += _notes_on_unscored(result)
    if result.area is not None and result.shift is None:
        notes.append("Too few answers of one label have a score, or all have the same, so no threshold was fitted.")
    worth = result.worth(result.confidence)
    if worth.low is None:
        notes.append("Too few labels of one kind have a verdict, so rates that this oracle counts can't be corrected.")
    elif worth.low <= 0.0:
        notes.append(
            "It may tell violations from other answers no better than chance, so rates that it counts can't be "
            "corrected."
        )
    return notes


def _notes_on_unscored(result: CalibrationResult) -> list[str]:
    """Whether what is left unscored depends on the label."""
    worst = result.worst_case
    split = split_by_label(
        Rate(result.found, worst.sensitivity.of, worst.sensitivity.of - result.violations),
        Rate(result.cleared, worst.specificity.of, worst.specificity.of - result.satisfactory),
    )
    return [split] if split else []


def _print(result: CalibrationResult, name: str, source: str, notes: Sequence[str], path: Path) -> None:
    out = console()
    violations = result.worst_case.sensitivity.of
    out.print(safe(f"{name} against {counted(result.answers, 'answer')} that people labelled ({source}),"))
    out.print(safe(f"{violations:,} of them violations; intervals at {100 * result.confidence:.0f} %."))
    out.print()
    _print_whole(out, result)
    _print_groups(out, "By model", "model", result.by_model)
    _print_groups(out, "By category, the worst first", "category", result.by_category)
    out.print()
    for note in notes:
        out.print(safe(f"Note: {note}", "yellow"))
    out.print(safe(f"Kept in {path}, in the view calibration_overview; --json prints all of it."))


def _print_whole(out: Console, result: CalibrationResult) -> None:
    columns = ("", "value", "interval", "of", "at worst")
    rows = table(columns, right=columns[1:])
    worst = result.worst_case
    rows.add_row(*_cells("sensitivity: violations found", result.sensitivity), _percent(worst.sensitivity.value))
    rows.add_row(*_cells("specificity: others let pass", result.specificity), _percent(worst.specificity.value))
    kappa, scored = result.kappa, result.answers - result.unscored
    rows.add_row("Cohen's kappa: agreement", _number(kappa.value), _plain_ends(kappa), f"{scored:,}", "")
    if result.area is not None:
        rows.add_row("area under the curve of its scores", _number(result.area), "", f"{result.answers:,}", "")
    rows.add_row("unscored", _percent(result.unscored / result.answers), "", f"{result.answers:,}", "")
    if result.repeats > 1:
        rows.add_row(*_cells(f"same verdict, asked {result.repeats} times", result.same_over_repeats), "")
    if result.wordings > 1:
        rows.add_row(*_cells(f"same verdict in {result.wordings} wordings", result.same_over_wordings), "")
    out.print(rows)


def _cells(what: str, share: Share) -> tuple[str, str, str, str]:
    return what, _percent(share.value), _ends(share), f"{share.of:,}"


def _print_groups(out: Console, title: str, what: str, groups: Mapping[str, Agreement]) -> None:
    if not groups:
        return
    worst_first = sorted(groups.items(), key=lambda item: item[1].right)
    heading(out, title)
    numbers = ("right", "of", "sensitivity", "specificity", "kappa")
    rows = table((what, *numbers), right=numbers)
    for name, one in worst_first[:_MAX_GROUPS]:
        rows.add_row(
            safe(name or "(none)"),
            _percent(one.right),
            f"{one.answers:,}",
            _with_ends(one.sensitivity),
            _with_ends(one.specificity),
            _number(one.kappa.value),
        )
    out.print(rows)
    if len(groups) > _MAX_GROUPS:
        out.print(safe(f"and {len(groups) - _MAX_GROUPS} more, with more right."))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100.0 * share:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 2) + 0.0:.2f}"  # without the sign of -0


def _ends(share: Share) -> str:
    if share.low is None or share.high is None:
        return f"under {MIN_FOR_INTERVAL}" if share.of else "–"
    return f"{100.0 * share.low:.1f} to {100.0 * share.high:.1f}"


def _plain_ends(kappa: Interval) -> str:
    return "–" if kappa.low is None or kappa.high is None else f"{_number(kappa.low)} to {_number(kappa.high)}"


def _with_ends(share: Share) -> str:
    """A share with its interval, in as little room as it takes."""
    if share.value is None:
        return "–"
    if share.low is None or share.high is None:
        return f"{round(share.value * share.of)} of {share.of}"
    return f"{100.0 * share.value:.0f} ({100.0 * share.low:.0f}–{100.0 * share.high:.0f})"
