"""`harness eval`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.table import Table

from harness.cli.options import EVAL_SETTINGS, load, setting_options
from harness.cli.output import console, print_json, print_notes, safe, table
from harness.cli.quiet import quiet_libraries
from harness.config.load import eval_config
from harness.evaluation.notes import notes_on
from harness.evaluation.records import Evaluation
from harness.gate.level import Level, level_of
from harness.progress import show_progress
from harness_base.display import amount


@click.command("eval")
@setting_options(EVAL_SETTINGS)
@click.option("--adapter", metavar="DIR", type=click.Path(path_type=Path), help="LoRA weights to put on the model.")
@click.option("--store", metavar="FILE", type=click.Path(path_type=Path), help="Keep the result in this store.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def evaluate(
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    adapter: Path | None,
    store: Path | None,
    as_json: bool,
    **settings: object,
) -> None:
    """Measure a model on tasks, with lm-eval, in this process.

    Each value has its 95 % interval, for which items that share a query count as one. With --store the result is kept,
    under a number that `harness baseline bless` and `harness compare` take.
    """
    config = eval_config(load(recipe, file, assignments, settings).config, adapter=adapter, store=store)
    quiet_libraries()
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        from harness.assembly.measurement import evaluate_model

        evaluation = evaluate_model(config, progress=progress)
    _print_evaluation(evaluation, as_json)


def _print_evaluation(evaluation: Evaluation, as_json: bool) -> None:
    levels = [level_of(score) for score in evaluation.scores]
    notes = list(_notes(evaluation))
    if as_json:
        plain = [{key: value for key, value in vars(score).items() if key != "samples"} for score in evaluation.scores]
        print_json(
            {
                "scores": [row | vars(level) for row, level in zip(plain, levels, strict=True)],
                "notes": notes,
                "fingerprint": evaluation.fingerprint,
                "scorer_check": vars(evaluation.scorer_check),
                "reused": evaluation.reused,
                "seconds": evaluation.seconds,
            }
        )
        return
    out = console()
    out.print(_table(evaluation, levels))
    if any(level.low is not None for level in levels):
        out.print(safe(_LEGEND))
    print_notes(out, notes)


_LEGEND = (
    "Intervals are at 95 %; items that share a query count as one cluster (`58 on 25`: 58 items on 25 queries). "
    "↑ higher is better, ↓ lower is better."
)


def _table(evaluation: Evaluation, levels: Sequence[Level]) -> Table:
    numbers = ("value", "interval", "items")
    made = table(("task", "metric", *numbers), right=numbers, tight=True)
    for score, level in zip(evaluation.scores, levels, strict=True):
        made.add_row(
            safe(score.task),
            safe(f"{score.metric} {'↑' if score.higher_is_better else '↓'}"),
            amount(score.value, score.unit) if score.status == "valid" else safe("invalid", "red"),
            _interval(level, score.unit),
            f"{score.items}" if level.clusters in (0, score.items) else f"{score.items} on {level.clusters}",
        )
    return made


def _interval(level: Level, unit: str) -> str:
    if level.low is None or level.high is None:
        return "–"
    low = amount(level.low, unit).split("\u00a0")[0]
    return f"{low} to {amount(level.high, unit)}"


def _notes(evaluation: Evaluation) -> Iterator[str]:
    """What must be known beside the values: what could not be measured, what was cut, what is no second evidence."""
    yield from notes_on(evaluation)
    yield from _notes_on_measuring(evaluation)
    families: dict[str, list[str]] = {}
    for score in evaluation.scores:
        if score.status == "invalid":
            yield f"{score.key} is invalid: {score.reason}."
        elif score.invalid_items:
            first = next((sample.reason for sample in score.samples if sample.status == "invalid"), score.reason)
            yield f"{score.key}: {score.invalid_items} of {score.items} items are invalid, the first because {first}."
        if score.truncated_items:
            yield (
                f"{score.key}: {score.truncated_items} of {score.items} items were longer than the model's window of "
                f"{evaluation.fingerprint.get('max_length')} tokens and lost their beginning."
            )
        families.setdefault(score.family, [])
        if score.task not in families[score.family]:
            families[score.family].append(score.task)
    for family, tasks in families.items():
        if family and len(tasks) > 1:
            yield f"{' and '.join(tasks)} rest on the same rows: they are one piece of evidence."


def _notes_on_measuring(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.scorer_check.scorer == "stock":
        yield f"Log-likelihoods were computed by lm-eval's own path, which is slower: {evaluation.scorer_check.reason}."
    if evaluation.reused:
        yield (
            f"{', '.join(evaluation.reused)}: not measured again, since the store holds the scores of the very same "
            "content (--measure-again measures it)."
        )
    for key, standing in evaluation.fingerprint.items():
        if key.startswith("rows:"):
            yield f"{key.removeprefix('rows:')} was measured on rows that were {standing}."
