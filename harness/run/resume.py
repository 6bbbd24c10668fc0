"""How an interrupted run goes on: only where what it measured still is what would be measured now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.assembly.judge import known_judge
from harness.evaluation.evaluator import Evaluator
from harness.evaluation.fingerprint import difference, of_subject
from harness.evaluation.records import Split
from harness.run.parts import RunParts
from harness.run.review import check_not_pending
from harness.store.resume import AcceptedAdapter, ResumeState
from harness.store.store import Store
from harness_base.errors import ConfigError, ModelError
from iteralign.model.causal import CausalModel
from iteralign.training.saved import weights_hash


def resume_run(store: Store, parts: RunParts, name: str, *, force: bool) -> tuple[int, ResumeState]:
    """The run put back to running, and where it stands, after whatever forbids that was checked.

    Raises StoreError, ReviewPendingError, ModelError or ConfigError where the run can't go on.
    """
    run_id = store.runs.id_of(name)
    check_not_pending(parts.config, store, run_id)
    parts.evaluator.judged_by(known_judge(parts.judge, parts.config.judge, store))
    tasks: dict[Split, Sequence[str]] = {"gate": parts.gate_tasks, "final": parts.final_tasks}
    note = check_resumable(store, run_id, parts.model, parts.evaluator, tasks, parts.model.adapters_dir, force=force)
    state = store.runs.resume(run_id)
    if note:
        store.runs.add_note(run_id, note)
    return run_id, state


def check_resumable(
    store: Store,
    run_id: int,
    model: CausalModel,
    evaluator: Evaluator,
    tasks: Mapping[Split, Sequence[str]],
    adapters_dir: Path,
    *,
    force: bool,
) -> str:
    """What the run's notes must say about how its earlier measurements differ; empty where they do not.

    Reads only. Raises ModelError when the model or the accepted adapter is another than the one that was measured,
    which nothing can force, and ConfigError when versions, data or hardware are others and `force` is not given.
    """
    check_accepted(store.runs.resume_state(run_id).accepted, adapters_dir)
    for split, names in tasks.items():
        kept = store.evaluations.of_run(run_id, subject="base", split=split)
        if kept is None or not names:
            continue
        check_base(kept.fingerprint["model"], model)
        if changed := difference(kept.fingerprint, evaluator.fingerprint(names)):
            return _by_force(changed, force)
    return ""


def check_accepted(accepted: AcceptedAdapter | None, adapters_dir: Path) -> None:
    """Raise ModelError where the accepted adapter's folder holds other weights or settings than were accepted."""
    if accepted is None:
        return
    folder = adapters_dir / accepted.name
    try:
        current = weights_hash(folder)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} can't be read ({error}): put it back as it was, or begin a new run.") from error
    if current != accepted.content_hash:
        raise ModelError(
            f"The weights or settings in {folder} are not those that the run accepted: put the folder back as it was, "
            "or begin a new run."
        )


def check_base(measured: str, model: CausalModel) -> None:
    """Raise ModelError where the model that was loaded is not the one of that name, which the run measured."""
    current = of_subject(model.content_hash())["model"]
    if len(measured) != len(current):
        raise ModelError(
            "This run was begun with an earlier version of the program, which told models by their files alone: "
            "begin a new run."
        )
    if measured != current:
        raise ModelError(
            f"The model in {model.settings.path} is not the one that the run began with (it is {current}, and was "
            f"{measured}): put it back as it was, or begin a new run."
        )


def _by_force(changed: str, force: bool) -> str:
    if force:
        return f"Gone on with --force, though the measurements before and after differ: {changed}."
    raise ConfigError(
        f"What this run has measured can't be compared with what would be measured now: {changed}; go on where it "
        "began, begin a new run, or go on all the same with --force."
    )
