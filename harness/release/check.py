"""Holding one model against a baseline: measure or reuse, decide, keep the evidence."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.assembly.measurement import examine_subject, load_subject, measure_into
from harness.config.schema import EvalConfig
from harness.evaluation.baselines import Baseline, check_holds, check_usable, check_whole, content_hash, read_file
from harness.evaluation.records import Evaluation
from harness.gate.decision import hold_against
from harness.gate.policy import Policy, tasks_of
from harness.progress import Progress
from harness.release.evidence import Evidence, evidence
from harness.store.rows import now
from harness.store.store import Store
from harness_base.errors import BaselineError, StoreError
from iteralign.core.records import GateDecision


@dataclass(frozen=True)
class Checked:
    """A release check: the decision, its evidence, and the candidate's evaluation."""

    decision: GateDecision
    evidence: Evidence
    evaluation: Evaluation


def baseline_in(path: Path, name: str, tasks: Collection[str]) -> Baseline:
    """What `name` stands for in the store at `path`, which need not be there for a file; see `find_baseline`.

    Raises BaselineError where it is none, is retired, or holds none of `tasks`, which the policy needs.
    """
    if not path.exists() and Path(name).is_file():
        found = read_file(Path(name))
    else:
        with closing(Store.open(path, create=False)) as store:
            found = find_baseline(store, name)
    check_holds(found, tasks)
    return found


def find_baseline(store: Store, name: str) -> Baseline:
    """The baseline that `name` stands for: an exported file, a blessed name, or a run, whose result then stands for it.

    Raises BaselineError where there is none of them, and whatever makes a file or a stored baseline unusable.
    """
    if name.endswith(".json") or Path(name).is_file():
        return _unless_retired_here(store, read_file(Path(name)))
    if (blessed := store.baselines.named(name)) is not None:
        return blessed
    try:
        evaluation = store.evaluations.named(name)
    except StoreError as error:
        raise BaselineError(
            f"{name} is no baseline, no run and no exported file: {error} `harness baseline list` shows the baselines."
        ) from None
    check_whole(evaluation, name)
    return Baseline(name, name, "not blessed: named by its run", "", now(), evaluation)


def _unless_retired_here(store: Store, found: Baseline) -> Baseline:
    """A file may be older than the retirement of what it holds."""
    known = store.baselines.named(found.name)
    if known and known.retired_reason is not None and content_hash(known) == content_hash(found):
        return known
    return found


def check_release(
    config: EvalConfig, policy: Policy, baseline: Baseline, store: Store, *, name: str, progress: Progress
) -> Checked:
    """Measure the model of `config` on what the policy needs, or reuse it by content, and hold it against the baseline.

    Raises UserError, a BaselineError among them, and JudgeError before anything is measured.
    """
    subject = load_subject(config, progress)
    judge = examine_subject(store, config, subject, progress)
    needed = tuple(tasks_of(policy))
    check_usable(baseline, subject.evaluator.fingerprint(needed), needed)
    evaluation = measure_into(store, config, subject, progress)
    calibration = store.calibrations.newest(judge.name)
    decision = hold_against(policy, candidate=evaluation, baseline=baseline.evaluation, calibration=calibration)
    found = evidence(
        decision,
        policy,
        candidate=evaluation,
        candidate_name=name,
        reference=baseline.evaluation,
        reference_name=baseline.name,
    )
    store.checks.record(None, kind="release", name=f"{name} against {baseline.name}", evidence=found)
    return Checked(decision, found, evaluation)
