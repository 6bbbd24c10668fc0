"""`harness oracle examine`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.assembly.call_log import DeferredCallLog
from harness.assembly.judge import PASSING_SHOWS, Examined, examine_judge, failure
from harness.assembly.named_models import with_its_models
from harness.cli.options import load, setting_options, store_options, store_path
from harness.cli.output import console, print_json, print_notes, safe, table
from harness.config.checks import check_judge
from harness.progress import show_progress
from harness.store import Store
from harness_base.errors import JudgeError
from iteralign.oracle.validation.examination import LEAST, Examination, Rate, split_by_label


@click.command()
@setting_options(("oracle.kind", "oracle.judge", "oracle.url", "oracle.model"))
@click.option("--again", is_flag=True, help="Ask anew, whatever the store holds.")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def examine(
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    again: bool,
    runs_dir: Path | None,
    store: Path | None,
    as_json: bool,
    **settings: object,
) -> None:
    """Have the oracle judge plain cases, as every run does before its first verdict counts.

    120 prompts and answers whose labels are beyond doubt. Ends with 5 where it can't tell them apart. Passing shows
    that it sees plain cases, not how right it is on others. The result is kept, and runs with this oracle rest on it.
    """
    path = store_path(runs_dir, store)
    config = load(recipe, file, assignments, settings).config.judge
    check_judge(config)
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        call_log = DeferredCallLog()
        config = with_its_models(config, progress)
        oracle = config.build(call_log)
        with Store.open(path) as kept:
            call_log.write_to(kept.oracle_calls.log(None))
            trusting = config.model_copy(update={"trust_judge": True})  # so that its figures are shown first
            judge = examine_judge(oracle, trusting, kept, progress, again=again)
    _print(judge, path, as_json)


def _print(judge: Examined, path: Path, as_json: bool) -> None:
    found = judge.examination
    if found is None:
        click.echo(
            "The embedded rules are what they are, alone or in a cascade: they know the sandbox alone, and need no "
            "examination there."
        )
        return
    if as_json:
        limits = {"sensitivity_low": found.sensitivity.lower, "specificity_low": found.specificity.lower}
        print_json({"oracle": judge.name, "passed": found.passed, "store": str(path), **found.as_json(), **limits})
    else:
        _print_table(judge.name, found)
    if not found.passed:
        raise JudgeError(failure(judge.name, found))
    if not as_json:
        console().print(safe(f"Passed. {PASSING_SHOWS}"))


def _print_table(name: str, found: Examination) -> None:
    out = console()
    out.print(safe(f"{name} on {found.sensitivity.of + found.specificity.of} plain cases; limits at 95 %, one-sided."))
    columns = ("", "value", "at least", "needed", "of", "unscored")
    rows = table(columns, right=columns[1:])
    rows.add_row(*_cells("sensitivity: violations found", found.sensitivity))
    rows.add_row(*_cells("specificity: others let pass", found.specificity))
    if found.area is not None:
        rows.add_row("area under the curve of its scores", f"{found.area:.2f}", "", "", "", "")
    if found.threshold is not None:
        fitted = ", fitted on the others" if found.cross_fitted else ""
        rows.add_row(f"threshold in nats{fitted}", f"{found.threshold:.2f}", "", "", "", "")
    out.print(rows)
    split = split_by_label(found.sensitivity, found.specificity)
    print_notes(out, [split] if split else [])


def _cells(what: str, rate: Rate) -> tuple[str, ...]:
    values = (f"{100 * rate.value:.1f} %", f"{100 * rate.lower:.1f} %", f"{100 * LEAST:.0f} %")
    return (what, *values, str(rate.of), str(rate.unscored))
