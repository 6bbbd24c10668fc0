"""One run from its configuration to its report."""

from __future__ import annotations

import time
from pathlib import Path

from harness.config.schema import RunConfig
from harness.progress import Progress
from harness.run.known import known_of
from harness.run.open_run import OpenRun, status_kept
from harness.run.outcome import RunOutcome, outcome, outcome_text
from harness.run.parts import RunParts, load_parts
from harness.run.resume import resume_run
from harness.run.rounds import Rounds, Wrappers
from harness.run.start import free_name, start_run
from harness.store.resume import ResumeState
from harness.store.store import Store
from iteralign.loop import StopReason
from iteralign.model.causal import seed_everything
from reports.write import write_report

__all__ = ["RunOutcome", "Wrappers", "align_and_eval"]


def align_and_eval(
    config: RunConfig,
    *,
    progress: Progress,
    resume: bool = False,
    force: bool = False,
    wrappers: Wrappers | None = None,
) -> RunOutcome:
    """Align a model and measure it at every step; see the README. `wrappers` are for controlled experiments.

    A run is only gone on with where its earlier measurements can be compared with new ones, unless `force` is given.
    An overlap of a revision under `strict` is found in a round, and ends the run as it stands.

    Raises UserError before anything is written, OutsideError and KeyboardInterrupt with everything kept.
    """
    started = time.monotonic()
    seed_everything(config.seed)
    parts = load_parts(config, progress, resume=resume)
    with Store.open(config.store_path) as store:
        name = str(config.name) if resume else free_name(store, config)
        parts.model.adapters_dir = config.runs_dir / name / "adapters"
        run_id, state = _enter(store, parts, name, resume=resume, force=force)
        reason = _go(parts, OpenRun(store, run_id, progress, force), state, wrappers or Wrappers())
    progress.stage("writing the report", None)
    _write_report(config.store_path, name, config.runs_dir / name / "report")
    progress.done()
    return outcome(config, name, reason, time.monotonic() - started)


def _enter(store: Store, parts: RunParts, name: str, *, resume: bool, force: bool) -> tuple[int, ResumeState | None]:
    """The run's id, and where it stands if it is an old one."""
    if resume:
        return resume_run(store, parts, name, force=force)
    return start_run(store, parts, name), None


def _go(parts: RunParts, run: OpenRun, state: ResumeState | None, wrappers: Wrappers) -> StopReason:
    """Go through the rounds and the final look, and write in the store how that ended."""
    with status_kept(run):
        parts.call_log.write_to(run.store.oracle_calls.log(run.run_id))
        rounds = Rounds(parts, run, wrappers)
        reason = rounds.align(state)
        rounds.confirm()
        run.finish("done", outcome_text(parts.config, reason))
    return reason


def _write_report(store_path: Path, name: str, folder: Path) -> None:
    with Store.open(store_path) as store:
        known = known_of(store, store.runs.id_of(name))
    write_report(store_path, name, folder, known)
