"""The command `harness`: its commands, and nothing else."""

from __future__ import annotations

from importlib import metadata

import click

from harness.cli.failures import Group
from harness.cli.lazy import LazyCommand
from harness_base.threads import let_waiting_threads_sleep

COMMANDS = {
    "align-and-eval": LazyCommand(
        "harness.cli.align:align_and_eval", "Align a model and measure what it gained and lost."
    ),
    "plan": LazyCommand("harness.cli.plan:plan", "Say what a run would cost, before it starts."),
    "eval": LazyCommand("harness.cli.evaluate:evaluate", "Measure a model on tasks, with lm-eval, in this process."),
    "check": LazyCommand(
        "harness.cli.check:check", "Hold a model against a baseline: GO (exit code 0), NO-GO (3) or INCONCLUSIVE (4)."
    ),
    "baseline": LazyCommand(
        "harness.cli.baseline:baseline",
        "Named evaluations that releases are held against; never replaced, only retired.",
    ),
    "compare": LazyCommand("harness.cli.compare:compare", "Hold models against the first of them, item by item."),
    "model": LazyCommand("harness.cli.model:model", "Take a model from the hub, or from a GGUF file."),
    "constitution": LazyCommand(
        "harness.cli.constitution:constitution", "Read a run's principles, change them, and approve them."
    ),
    "export": LazyCommand("harness.cli.export:export", "Take what runs learnt and measured to other tools."),
    "gate": LazyCommand("harness.cli.gate:gate", "What decides whether a model may stay."),
    "report": LazyCommand("harness.cli.report:report", "Write a run's report: HTML, Markdown and figures."),
    "runs": LazyCommand("harness.cli.runs:runs", "List the runs of the store, the newest first."),
    "show": LazyCommand("harness.cli.show:show", "Show a run: its rounds, scores and constitution."),
    "tasks": LazyCommand("harness.cli.tasks:tasks", "List the tasks that ship with the program."),
    "data": LazyCommand(
        "harness.cli.data:data", "The data of the real tasks: fetch it once, then run without a network."
    ),
    "config": LazyCommand("harness.cli.config:config", "The configuration of a run."),
    "oracle": LazyCommand("harness.cli.oracle:oracle", "Serve the practice oracle; put any oracle to the test."),
}


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    try:
        version = metadata.version("iteralign-harness")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    click.echo(f"harness {version}")
    ctx.exit()


@click.group(cls=Group, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
def harness() -> None:
    """Align a language model round by round; only rounds that pass the gate count.

    Without a flag, `harness align-and-eval` runs the whole loop on a small practice model in a few minutes.
    """


def main() -> None:
    """The console script."""
    let_waiting_threads_sleep()
    harness(prog_name="harness")
