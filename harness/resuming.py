"""Whether an interrupted run may go on: only where what it measured still is what would be measured now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.evaluation.evaluator import Evaluator
from harness.evaluation.fingerprint import difference, of_subject
from harness.evaluation.records import Split
from harness.store.store import Store
from harness_errors import ConfigError, ModelError
from iteralign.model import CausalModel
from iteralign.training.weights import weights_hash


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
    accepted = store.resume_state(run_id).accepted
    if accepted and weights_hash(adapters_dir / accepted.name) != accepted.content_hash:
        raise ModelError(
            f"The weights in {adapters_dir / accepted.name} are not those that the run accepted: put the folder back "
            "as it was, or begin a new run."
        )
    for split, names in tasks.items():
        kept = store.evaluation(run_id, subject="base", split=split)
        if kept is None or not names:
            continue
        measured, current = (of_subject(text)["model"] for text in (kept.fingerprint["model"], model.content_hash()))
        if measured != current:
            raise ModelError(
                f"The model in {model.settings.path} is not the one that the run began with (its hash is {current}, "
                f"and was {measured}): put it back as it was, or begin a new run."
            )
        if changed := difference(kept.fingerprint, evaluator.fingerprint(names)):
            return _by_force(changed, force)
    return ""


def _by_force(changed: str, force: bool) -> str:
    if force:
        return f"Gone on with --force, though the measurements before and after differ: {changed}."
    raise ConfigError(
        f"What this run has measured can't be compared with what would be measured now: {changed}; go on where it "
        "began, begin a new run, or go on all the same with --force."
    )
