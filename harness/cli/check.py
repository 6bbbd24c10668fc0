"""`harness check`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.exit_codes import ExitCode, say_why
from harness.cli.options import CHECK_SETTINGS, load, setting_options, store_options, store_path
from harness.cli.output import console, print_notes, safe, table
from harness.cli.quiet import quiet_libraries
from harness.config.load import eval_config
from harness.config.schema import EvalConfig, RunConfig
from harness.evaluation.baselines import Baseline
from harness.gate.policy import Policy, judged_by_form, load_policy, tasks_of
from harness.progress import show_progress
from harness.release.evidence import Evidence, as_json
from harness.release.junit import junit
from harness.release.markdown import comment, summary
from harness.release.wording import amount, interval, moved
from harness_base.display import duration, key_label
from harness_base.errors import DiskError

if TYPE_CHECKING:
    from harness.release.check import Checked

_FILE = click.Path(path_type=Path, dir_okay=False)
_EXITS = {"accept": ExitCode.DONE, "reject": ExitCode.REJECTED, "inconclusive": ExitCode.INCONCLUSIVE}


@click.command()
@setting_options(CHECK_SETTINGS)
@click.option("--adapter", metavar="DIR", type=click.Path(path_type=Path), help="LoRA weights to put on the model.")
@click.option("--baseline", "reference", required=True, metavar="NAME|RUN|FILE", help="What to hold the model against.")
@store_options
@click.option("--json", "json_file", metavar="FILE", type=_FILE, help="Write the evidence there, as JSON.")
@click.option("--junit", "junit_file", metavar="FILE", type=_FILE, help="Write a test case a metric there.")
@click.option("--comment", "comment_file", metavar="FILE", type=_FILE, help="Write a few lines for a pull request.")
@click.option("--dry-run", is_flag=True, help="Say what would be measured, and how long it should take.")
@click.pass_context
def check(
    ctx: click.Context,
    /,
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    adapter: Path | None,
    reference: str,
    runs_dir: Path | None,
    store: Path | None,
    json_file: Path | None,
    junit_file: Path | None,
    comment_file: Path | None,
    dry_run: bool,
    **settings: object,
) -> None:
    """Hold a model against a baseline: GO (exit code 0), NO-GO (3) or INCONCLUSIVE (4).

    A baseline is a blessed name, a run (then its result), or an exported file. What the store has measured of the very
    same content is reused. In a GitHub job the summary page gets the verdict with its table.
    """
    config, policy = _config(recipe, file, assignments, settings)
    path = store_path(runs_dir, store)
    quiet_libraries()
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        from harness.assembly.measurement import sizes
        from harness.release.check import baseline_in, check_release
        from harness.store.store import Store

        # Before what is needed to measure: whoever named the wrong baseline is told that, and not what else is missing.
        baseline = baseline_in(path, reference, config.gate.tasks or ())
        measured = eval_config(config, adapter=adapter, store=path)
        if dry_run:
            items = sizes(measured.tasks, data_dir=measured.data_dir, limit=measured.limit)
        else:
            with Store.open(path) as kept:
                checked = check_release(measured, policy, baseline, kept, name=_name(measured), progress=progress)
    if dry_run:
        _print_plan(items, baseline, policy)
        return
    _write_all(checked, json_file, junit_file, comment_file)
    _print_verdict(checked.evidence)
    ctx.exit(_exit_code(checked, policy, baseline.name))


def _config(
    recipe: str | None, file: Path | None, assignments: tuple[str, ...], settings: dict[str, object]
) -> tuple[RunConfig, Policy]:
    """The settings, with the policy's tasks as those to measure, and the policy."""
    config = load(recipe, file, assignments, settings).config
    policy = load_policy(config.gate.policy)
    if config.judge.form_alone:
        policy = judged_by_form(policy)
    tasks = tuple(tasks_of(policy))
    return config.model_copy(update={"gate": config.gate.model_copy(update={"tasks": tasks})}), policy


def _name(config: EvalConfig) -> str:
    return f"{config.model.path} with {config.adapter}" if config.adapter else str(config.model.path)


def _exit_code(checked: Checked, policy: Policy, against: str) -> ExitCode:
    code = _EXITS[checked.decision.outcome]
    if code is ExitCode.INCONCLUSIVE and policy.inconclusive.check == "no-go":
        return say_why(
            ExitCode.REJECTED, "INCONCLUSIVE, which this policy counts as NO-GO (inconclusive.check is no-go)."
        )
    if code is ExitCode.INCONCLUSIVE:
        return say_why(
            code, "INCONCLUSIVE: these items can't tell; `harness gate plan POLICY` says how many items it would take."
        )
    return say_why(code, f"NO-GO: the model does not hold against {against}, for the reasons given.") if code else code


def _write_all(checked: Checked, json_file: Path | None, junit_file: Path | None, comment_file: Path | None) -> None:
    found = checked.evidence
    for path, text in (
        (json_file, as_json(found)),
        (junit_file, junit(found, checked.evaluation.seconds)),
        (comment_file, comment(found)),
    ):
        if path:
            _write(path, text, "w")
    if job_summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        _write(Path(job_summary), summary(found), "a")


def _write(path: Path, text: str, mode: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DiskError(
            f"Can't write {path} ({error.strerror}); the verdict itself is kept in the store, as `check_decisions`."
        ) from error


def _print_plan(items: dict[str, int], baseline: Baseline, policy: Policy) -> None:
    out = console()
    rows = table(("task", "items"), right=("items",))
    for task, count in items.items():
        rows.add_row(safe(task), f"{count:,}")
    out.print(rows)
    out.print(
        safe(f"Against the baseline {baseline.name} ({baseline.source}); decides by {len(policy.deciding)} metrics.")
    )
    before = sum({score.task: score.items for score in baseline.evaluation.scores if score.task in items}.values())
    seconds = baseline.evaluation.seconds
    if before and seconds >= 1.0:
        share = sum(items.values()) / before
        out.print(
            safe(f"Measuring should take about {duration(seconds * share)}, as the baseline's did; less if reused.")
        )
    else:
        out.print(safe("How long it takes is not known: the baseline's own measuring was reused, and has no time."))


def _print_verdict(found: Evidence) -> None:
    out = console()
    rows = table(
        ("metric", "baseline", "now", "change", "may worsen by", "result"),
        right=("baseline", "now", "change", "may worsen by"),
    )
    for row in found["comparisons"]:
        if row["role"] != "show":
            rows.add_row(
                safe(key_label(row["metric"])),
                amount(row["reference_value"], row["unit"]),
                amount(row["candidate_value"], row["unit"]),
                f"{moved(row)}\n{interval(row)}".strip(),
                "" if row["margin"] is None else amount(row["margin"], row["unit"]),
                safe(row["result"], _COLOURS.get(row["result"], "")),
            )
    out.print(rows)
    out.print(safe(found["verdict"], _COLOURS[found["outcome"]]))
    for reason in found["reasons"]:
        out.print(safe(f"  {reason}"))
    print_notes(out, found["notes"])


_COLOURS = {
    "pass": "green",
    "fail": "red",
    "invalid": "red",
    "inconclusive": "yellow",
    "accept": "bold green",
    "reject": "bold red",
}
