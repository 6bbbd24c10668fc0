"""`harness plan`, and what `align-and-eval --dry-run` prints."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from harness.cli.options import ALIGN_SETTINGS, load, setting_options
from harness.cli.output import console, fields, print_json, print_notes, safe, table
from harness.cli.quiet import quiet_libraries
from harness.config.checks import check_run
from harness.config.schema import RunConfig
from harness.planning.costs import RunRange, Span, StageRange, Unit
from harness.progress import show_progress
from harness_base.display import NOT_MEASURED, data_size, duration, short_time

if TYPE_CHECKING:
    from harness.probing.planned import Planned  # with torch, which help does without


@click.command()
@setting_options(ALIGN_SETTINGS)
@click.option("--probe-oracle", is_flag=True, help="Ask a server as the oracle a few times: it may cost money.")
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def plan(
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    probe_oracle: bool,
    as_json: bool,
    **settings: object,
) -> None:
    """Say what a run would cost, before it starts.

    Takes what align-and-eval takes, tries each stage for a moment on this machine, and prints what a unit takes and the
    range of the whole run, from nothing learnt to every cap reached. Nothing is kept.
    """
    config = load(recipe, file, assignments, settings).config
    check_run(config)
    print_plan(config, probe_oracle=probe_oracle, as_json=as_json)


def print_plan(config: RunConfig, *, probe_oracle: bool = False, as_json: bool = False) -> None:
    """Plan a run whose configuration was checked, and print what came out."""
    began = time.monotonic()
    quiet_libraries()
    with show_progress() as progress:
        progress.stage("loading the libraries", None)
        from harness.probing.planned import plan_run

        planned = plan_run(config, progress, loading_s=time.monotonic() - began, ask_oracle=probe_oracle)
    if as_json:
        print_json(planned.as_json())
        return
    _print(planned)


def _print(planned: Planned) -> None:
    out = console()
    out.print(_stages(planned))
    out.print()
    out.print(fields(_whole(planned.range, planned.probe_s)))
    out.print()
    print_notes(out, planned.notes)


def _stages(planned: Planned) -> Table:
    numbers = ("a unit", "memory", "units", "time")
    rows = table(("stage", *numbers), right=("a unit", "memory"), tight=True)
    for each in planned.range.stages:
        unit = planned.costs.units.get(each.stage)
        if unit and each.units.most:
            rows.add_row(safe(each.stage), *_cells(unit, each))
    return rows


def _cells(unit: Unit, each: StageRange) -> tuple[str, str, str, str]:
    return (
        NOT_MEASURED if unit.seconds is None else short_time(unit.seconds),
        data_size(unit.gpu_bytes or unit.peak_bytes) if unit.peak_bytes else "",
        _span(each.units, lambda value: f"{value:,.0f}"),
        NOT_MEASURED if each.seconds is None else _span(each.seconds, duration),
    )


def _span(span: Span, text: Callable[[float], str]) -> str:
    """Both ends, or one where they are the same."""
    least, most = text(span.least), text(span.most)
    return least if least == most else f"{least} to {most}"


def _whole(found: RunRange, probe_s: float) -> dict[str, object]:
    return {
        "the run": _span(found.seconds, duration),
        "oracle calls": f"{_span(found.calls, lambda n: f'{n:,.0f}')}, of these proposals: "
        f"{_span(found.proposals, lambda n: f'{n:,.0f}')}",
        "money": "" if found.money is None else _span(found.money, lambda amount: f"{amount:,.2f}"),
        "disk": _span(found.disk, data_size),
        "memory": data_size(found.peak_bytes),
        "tried out in": duration(probe_s),
    }
