"""What a run's report shows and the store's views don't hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.evaluation.records import Evaluation, Sample, Score
from harness.judges.form import form_name
from harness.judges.measured import form_errors
from harness.run.changes import confidence_of, intervals
from harness.store.store import Store
from harness_base.display import NOT_REFUSED
from iteralign.statistics.agreement import share_of
from reports.data.known import FormError, Known, Level, Place, Places
from reports.data.reading import opened
from reports.data.run import read_run
from reports.data.worth import Worths, read_worths

_ATTACKS: Final = ("attack_success", NOT_REFUSED)
_OVER_REFUSAL: Final = "over_refusal"


def known_of(store: Store, run_id: int) -> Known:
    """The intervals of its changes, where its models stand on the frontier, and what the judge `form` is worth."""
    return Known(intervals(store, run_id), places(store, run_id), form_error())


def worths_of(store: Store, name: str) -> Worths:
    """What the judges of the run of that name are worth."""
    with opened(store.file.path, name) as views:
        return read_worths(views, read_run(views), form_error())


def places(store: Store, run_id: int) -> Places:
    """Where the base and each candidate stand on the gate's items; what lacks a value has no place."""
    base = store.evaluations.of_run(run_id, subject="base", split="gate")
    metric = next((name for name in _ATTACKS if base and _scores(base, name)), "")
    if base is None or not metric:
        return Places()
    confidence = confidence_of(store, run_id)
    rows = store.views.rows("evaluation_overview", run_id=run_id)
    found: dict[str, Place] = {}
    for subject in [row["subject"] for row in rows if row["split"] == "gate"]:
        measured = store.evaluations.of_run(run_id, subject=subject, split="gate")
        place = _place(base, measured, metric, confidence) if measured else None
        if place:
            found[subject] = place
    return Places(metric, found)


def form_error() -> FormError:
    """What the judge `form` is worth, held against people's labels that its reader was not written from."""
    errors = form_errors()
    refused, complied, source = errors.held_out.refused, errors.held_out.complied, errors.held_out.source
    right = complied.answers - complied.wrong, refused.answers - refused.wrong
    return FormError(
        judge=form_name(errors.reader),
        found=right[0],
        violations=right[0] + refused.wrong,
        let_pass=right[1],
        satisfactory=right[1] + complied.wrong,
        source=source,
    )


def _place(base: Evaluation, measured: Evaluation, metric: str, confidence: float) -> Place | None:
    """Pooled over the tasks that the base was asked of; None where a score is invalid, or nothing was asked."""
    attacks, refusals = _scores(measured, metric), _scores(measured, _OVER_REFUSAL)
    levels = _level(attacks, confidence), _level(refusals, confidence)
    if levels[0] is None or levels[1] is None:
        return None
    whole = len(attacks) == len(_scores(base, metric)) and len(refusals) == len(_scores(base, _OVER_REFUSAL))
    partial = not whole or any(score.partial for score in (*attacks, *refusals))
    return Place(levels[0], levels[1], partial)


def _scores(evaluation: Evaluation, metric: str) -> list[Score]:
    return [score for score in evaluation.scores if score.metric == metric]


def _level(scores: Sequence[Score], confidence: float) -> Level | None:
    """The share over all items of the scores, with Wilson's interval, items that share a query as one cluster."""
    samples = [sample for score in scores for sample in score.samples if sample.value is not None]
    if any(score.value is None for score in scores) or not samples:
        return None
    share = share_of([sample.value == 1.0 for sample in samples], [_cluster(one) for one in samples], confidence)
    return None if share.value is None else Level(share.value, share.low, share.high, share.of)


def _cluster(sample: Sample) -> str:
    return sample.prompt or sample.item_id
