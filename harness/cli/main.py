"""The command `harness`: its commands, and nothing else."""

from __future__ import annotations

from importlib import metadata

import click

from harness.cli.align import align_and_eval
from harness.cli.baseline import baseline
from harness.cli.check import check
from harness.cli.compare import compare
from harness.cli.config import config
from harness.cli.constitution import constitution
from harness.cli.data import data
from harness.cli.evaluate import evaluate
from harness.cli.export import export
from harness.cli.failures import Group
from harness.cli.gate import gate
from harness.cli.oracle import oracle
from harness.cli.report import report
from harness.cli.runs import runs
from harness.cli.show import show
from harness.cli.tasks import tasks


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    try:
        version = metadata.version("iteralign-harness")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"harness {version}")
    ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
def harness() -> None:
    """Align a language model round by round; only rounds that pass the gate count.

    Without a flag, `harness align-and-eval` runs the whole loop on a small practice model in about a minute.
    """


for command in (
    align_and_eval,
    evaluate,
    check,
    baseline,
    compare,
    constitution,
    export,
    gate,
    report,
    runs,
    show,
    tasks,
    data,
    config,
    oracle,
):
    harness.add_command(command)


def main() -> None:
    """The console script."""
    harness(prog_name="harness")
