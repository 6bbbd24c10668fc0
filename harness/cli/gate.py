"""`harness gate plan`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from harness.cli.output import console, print_json, safe, table
from harness.cli.quiet import quiet_libraries
from harness.gate.blocks import BlockPlan, plan_blocks
from harness.gate.plan import MOVED, DetectableEffect, detectable_effects
from harness.gate.policy import load_policy, tasks_of
from harness.progress import show_progress
from harness.release.wording import amount
from harness_base.display import key_label


@click.group()
def gate() -> None:
    """What decides whether a model may stay."""


@gate.command()
@click.argument("policy", metavar="[POLICY]", default="sandbox")
@click.option(
    "--data-dir", metavar="DIR", type=click.Path(path_type=Path), help="Folder with the data of the real tasks."
)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Items of each task, at most.")
@click.option(
    "--looks",
    metavar="N",
    type=click.IntRange(min=1),
    default=24,
    show_default=True,
    help="Candidates held against the same items: rounds times tries; 1 for `harness check`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def plan(policy: str, data_dir: Path | None, limit: int | None, looks: int, as_json: bool) -> None:
    """Say what each metric of a policy could at best conclude, with the items that there are.

    POLICY is the name of a shipped one, or a file; without it, sandbox.
    """
    loaded = load_policy(policy)
    quiet_libraries()
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        from harness.assembly.measurement import counted, labelled_queries

        progress.stage("loading the tasks", None)
        asked = labelled_queries(tasks_of(loaded), data_dir=data_dir, limit=limit)
        found = detectable_effects(loaded, counted(asked, loaded.deciding), looks)
        blocks = plan_blocks(loaded, {task: [query for query, _ in rows] for task, rows in asked.items()}, seed=0)
    if as_json:
        after = {key: [look.rows for look in of_metric] for key, of_metric in blocks.looks.items()}
        print_json([{**asdict(one), "reachable": one.reachable, "asked_after": after[one.metric]} for one in found])
        return
    _print(found, loaded.confidence, looks)
    if looks > 1:
        _print_blocks(blocks)


def _print(found: list[DetectableEffect], confidence: float, looks: int) -> None:
    out = console()
    numbers = ("items", "of", "margin", "rules out", "could show", "needs")
    rows = table(("metric", "role", *numbers), right=numbers)
    for one in found:
        kept = {True: "", False: " ✗", None: ""}[one.reachable]
        rows.add_row(
            safe(key_label(one.metric)),
            one.role,
            f"{one.items:,}",
            f"{one.clusters:,}",
            amount(one.margin, one.unit),
            (amount(one.excludes, one.unit) if one.excludes is not None else "–") + kept,
            amount(one.detectable, one.unit) if one.detectable is not None else "–",
            f"{one.needed:,}" if one.needed else "–",
        )
    out.print(rows)
    out.print(safe(_LEGEND.format(confidence=100 * confidence, looks=looks, moved=100 * MOVED)))


def _print_blocks(plan: BlockPlan) -> None:
    """How many items of each task every block asks."""
    out = console()
    out.print()
    out.print("A run's gate asks them in blocks, and stops once its decision stands (gate.early_stopping):")
    numbers = [str(block.number) for block in plan.blocks]
    rows = table(("task", *numbers, "all"), right=(*numbers, "all"))
    for task in dict.fromkeys(task for block in plan.blocks for task in block.rows):
        asked = [len(block.rows.get(task, ())) for block in plan.blocks]
        rows.add_row(safe(task), *(f"{count:,}" if count else "–" for count in asked), f"{plan.planned(task):,}")
    out.print(rows)


_LEGEND = (
    "At {confidence:.0f} % over {looks} looks, in points. `of` counts the queries behind the items. `rules out` is the "
    "loss excluded if no item moves; ✗ where that is more than the margin, which then can't be shown to be kept. `could"
    " show` is the change found four times out of five while {moved:.0f} % of the items move by chance, `needs` the"
    " items it would take for one of the margin's size. – : what is to improve in a run need not"
    " show that, and losses in nats depend on how they spread."
)
