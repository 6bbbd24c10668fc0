"""Scores of a part of a task's items: what a whole score says of them, and several parts as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from harness.evaluation.records import Evaluation, Sample, Score, score_of

Rows = Mapping[str, Sequence[int]]
"""Rows of tasks, by their numbers."""


def covers(scores: Collection[Score], items: Collection[str]) -> bool:
    """Whether each of these scores holds all of those items."""
    return bool(scores) and all({sample.item_id for sample in score.samples} >= set(items) for score in scores)


def part_of(score: Score, items: Collection[str]) -> Score:
    """The score of these of its items alone, marked as a part of its task where that has more.

    Which items were cut to the window is not known one by one: their number is taken over, and is then the most.
    """
    samples = tuple(sample for sample in score.samples if sample.item_id in items)
    if len(samples) == len(score.samples):
        return score
    return _of(score, samples, score.truncated_items, score.task_items or score.items)


def joined(earlier: Evaluation, later: Evaluation) -> Evaluation:
    """What both measured of the same weights, as one evaluation: a score for each metric, over the items of both.

    Raises ValueError where they are not of the same weights, or measured an item twice.
    """
    _check_same_weights(earlier, later)
    scores = {score.key: score for score in earlier.scores}
    for score in later.scores:
        scores[score.key] = _both(scores[score.key], score) if score.key in scores else score
    undecided = later.scorer_check.scorer == "undecided"
    return replace(
        earlier,
        scores=tuple(scores.values()),
        fingerprint={**earlier.fingerprint, **later.fingerprint},
        seconds=earlier.seconds + later.seconds,
        scorer_check=earlier.scorer_check if undecided else later.scorer_check,
        reused=tuple(_reused_throughout(earlier, later)),
    )


def partial_scores(evaluation: Evaluation) -> list[Score]:
    """Those of its scores that rest on a part of their task's items."""
    return [score for score in evaluation.scores if score.partial]


def _check_same_weights(earlier: Evaluation, later: Evaluation) -> None:
    for key in ("model", "adapter"):
        if earlier.fingerprint.get(key) != later.fingerprint.get(key):
            raise ValueError(
                f"parts of two models can't be joined: {key} is {earlier.fingerprint.get(key)} in one and "
                f"{later.fingerprint.get(key)} in the other"
            )


def _both(earlier: Score, later: Score) -> Score:
    if not earlier.samples or not later.samples:
        reason = f"{later.key} is no mean over items, so what was measured of it in parts can't be joined"
        return replace(later, value=None, status="invalid", reason=reason, samples=())
    twice = {sample.item_id for sample in earlier.samples} & {sample.item_id for sample in later.samples}
    if twice:
        raise ValueError(f"{later.key} was measured twice on {len(twice)} items")
    samples = (*earlier.samples, *later.samples)
    return _of(later, samples, earlier.truncated_items + later.truncated_items, later.task_items)


def _of(score: Score, samples: tuple[Sample, ...], truncated: int, task_items: int | None) -> Score:
    """The score of other items of its task; partial until all are there."""
    items = len({sample.item_id for sample in samples})
    again = score_of(
        score.task,
        score.metric,
        samples,
        higher_is_better=score.higher_is_better,
        unit=score.unit,
        family=score.family,
        truncated_items=truncated,
        task_items=task_items if task_items is not None and items < task_items else None,
    )
    return replace(again, content_key=score.content_key)


def _reused_throughout(earlier: Evaluation, later: Evaluation) -> Iterable[str]:
    """The tasks of which no item was measured anew."""
    new = {score.task for part in (earlier, later) for score in part.scores if score.task not in part.reused}
    return (task for task in dict.fromkeys([*earlier.reused, *later.reused]) if task not in new)
