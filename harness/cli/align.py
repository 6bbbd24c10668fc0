"""`harness align-and-eval`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from harness.cli.exit_codes import ExitCode, say_why
from harness.cli.failures import InterruptedRunError
from harness.cli.options import ALIGN_SETTINGS, flags, load, setting_options
from harness.cli.plan import print_plan
from harness.cli.quiet import quiet_libraries
from harness.cli.summary import print_summary
from harness.cli.views import open_store, run, run_that_began
from harness.config.checks import check_run
from harness.config.load import KIND_GROUPS, changeable, stored_config
from harness.config.schema import RunConfig
from harness.progress import show_progress
from harness_base.errors import ConfigError, HarnessError


@click.command("align-and-eval")
@setting_options(ALIGN_SETTINGS)
@click.option("--resume", metavar="NAME", help="Go on with an interrupted run, as it was set.")
@click.option("--dry-run", is_flag=True, help="Say what the run would cost, as `harness plan` does, and start nothing.")
@click.option("--force", is_flag=True, help="Go on though versions, data or hardware have changed.")
@click.pass_context
def align_and_eval(
    ctx: click.Context,
    /,
    recipe: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    resume: str | None,
    dry_run: bool,
    force: bool,
    **settings: object,
) -> None:
    """Align a model and measure what it gained and lost.

    Without a flag, the practice model is aligned: no key, no GPU, no network. Everything is written under ./runs.
    """
    if force and resume is None:
        raise ConfigError("--force goes with --resume: a new run has nothing that it could differ from.")
    if dry_run and resume is not None:
        raise ConfigError("--dry-run is for a new run: leave --resume out, or go on with the run.")
    if resume is None:
        config = _new_config(recipe, file, assignments, settings)
    else:
        config = _stored_config(resume, recipe, file, assignments, settings)
    if dry_run:
        print_plan(config)
        return
    ctx.exit(_run(config, resume is not None, force))


def _new_config(
    recipe: str | None, file: Path | None, assignments: tuple[str, ...], settings: dict[str, object]
) -> RunConfig:
    config = load(recipe, file, assignments, settings).config
    check_run(config)
    return config


def _stored_config(
    name: str, recipe: str | None, file: Path | None, assignments: tuple[str, ...], settings: dict[str, object]
) -> RunConfig:
    """The settings that the run began with. Raises ConfigError when others are given beside --resume."""
    given = flags(assignments, settings)
    runs_dir = Path(str(given.pop("runs_dir", "runs")))
    if recipe or file or not all(key.partition(".")[0] in KIND_GROUPS for key in given):
        raise _fixed(name)
    with open_store(runs_dir / "harness.db") as store:
        found = run(store, name)
    if set(given) - changeable(found["config"]):
        raise _fixed(name)
    config = stored_config(found["config"], found["run"], given)
    return config.model_copy(update={"name": found["run"], "runs_dir": runs_dir})


def _fixed(name: str) -> ConfigError:
    return ConfigError(
        f"Run {name} goes on with the settings that it began with: beside --resume, give nothing but --runs-dir, "
        "--force, --trust-judge, and --set for a cap of the oracle."
    )


def _run(config: RunConfig, resume: bool, force: bool) -> ExitCode:
    began = datetime.now(UTC)
    quiet_libraries()
    try:
        with show_progress() as progress:
            progress.stage("loading the libraries", None)
            from harness.run import pipeline

            outcome = pipeline.align_and_eval(config, progress=progress, resume=resume, force=force)
    except KeyboardInterrupt:
        raise InterruptedRunError(_what_is_left(config, began)) from None
    print_summary(outcome.summary)
    return say_why(*_EXITS[outcome.exit_meaning]) if outcome.exit_meaning in _EXITS else ExitCode.DONE


_EXITS = {
    "nothing_accepted": (ExitCode.REJECTED, "no candidate was accepted, so the base model stands."),
    "rejected": (ExitCode.REJECTED, "the final items, which no round has seen, contradict what the rounds accepted."),
    "inconclusive": (
        ExitCode.INCONCLUSIVE,
        "the final items, which no round has seen, do not confirm what the rounds accepted.",
    ),
}


def _what_is_left(config: RunConfig, began: datetime) -> str:
    """What to say after Ctrl-C: the run's name, if it got far enough to have one, and what can be done with it."""
    try:
        name = run_that_began(config.store_path, config.name, began)
    except (HarnessError, OSError):
        # The interruption is what the user is to hear about, not a store that is not there yet.
        name = None
    if name is None:
        return "interrupted before the run began; nothing was written."
    where = "" if config.runs_dir == Path("runs") else f" --runs-dir {config.runs_dir}"
    return (
        f"interrupted; what was done is kept: look at it with `harness show {name}{where}`, "
        f"go on with `harness align-and-eval --resume {name}{where}`."
    )
