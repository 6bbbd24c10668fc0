"""From what lm-eval logged to our scores: nothing that is NaN, tied or missing comes out as a pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.evaluation.records import Sample, Score, Status, invalid_sample, score_of, valid_sample
from harness.evaluation.requests import LmEvalTask, Notes
from iteralign.core.libraries import JsonObject, JsonValue
from tasks import catalog
from tasks.asked import AskedTask
from tasks.metrics import invalid_reason
from tasks.refusals import read

Logged = JsonObject
_NOT_FINITE = "the model's logits were not finite while it generated"
_SHARES = frozenset({"acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "em", "f1"})
"""Metrics of lm-eval's own that are shares from 0 to 1."""
_LENGTHS: dict[str, Callable[[str], float]] = {
    "acc": lambda _: 1.0,
    "acc_norm": lambda choice: float(len(choice) or 1),
    "acc_bytes": lambda choice: float(len(choice.encode()) or 1),
}
"""The accuracies of lm-eval's own that compare choices, and by what each divides a choice's log-likelihood."""


def item_id(task: str, doc: JsonObject, number: int) -> str:
    """What names an item in pairings: its own id in our tasks, where ids are unique, and its number in others."""
    return str(doc["id"]) if task in catalog.TASKS and "id" in doc else str(number)


def question_of(doc: JsonObject) -> str:
    """The item's question in its own words, without template or turns; empty where the row has no column for it."""
    return str(doc.get("prompt") or doc.get("question") or doc.get("text") or "")


def scores_of(
    name: str,
    task: LmEvalTask,
    logged: Sequence[Logged],
    results: JsonObject,
    notes: Notes,
    task_items: int | None = None,
) -> list[Score]:
    """The scores of the task `name`, one for each metric and filter, in lm-eval's order.

    `logged` are the task's samples and `results` its aggregated values as `simple_evaluate` returns them; `notes` are
    those of the model that answered. `task_items` is how many the task has where only a part was asked.
    """
    by_metric: dict[tuple[str, str], list[Logged]] = {}
    for entry in logged:
        for metric in entry["metrics"]:
            by_metric.setdefault((metric, entry["filter"]), []).append(entry)
    return [
        _score(name, task, which, entries, results, notes, task_items=task_items)
        for which, entries in by_metric.items()
    ]


def _score(
    name: str,
    task: LmEvalTask,
    which: tuple[str, str],
    logged: Sequence[Logged],
    results: JsonObject,
    notes: Notes,
    *,
    task_items: int | None,
) -> Score:
    metric, filter_name = which
    shown = metric if filter_name == "none" else f"{metric},{filter_name}"
    better = task.higher_is_better().get(metric)
    score = score_of(
        name,
        shown,
        tuple(
            replace(_sample(name, task, entry, metric, notes), item_type=_type_of(name, entry["doc"]))
            for entry in logged
        ),
        higher_is_better=better is not False,
        unit=_unit(name, metric),
        family=catalog.TASKS[name].family if name in catalog.TASKS else name,
        truncated_items=len({entry["doc_id"] for entry in logged if (name, entry["doc_id"]) in notes.truncated}),
        task_items=task_items,
    )
    if name in catalog.TASKS or getattr(task.aggregation().get(metric), "__name__", "mean") == "mean":
        return score
    return _aggregated(score, results.get(f"{metric},{filter_name}"))


def _unit(name: str, metric: str) -> str:
    if name in catalog.TASKS:
        return next((known.unit for known in catalog.TASKS[name].metrics if known.name == metric), "")
    return "share" if metric in _SHARES else ""


def _aggregated(score: Score, value: JsonValue) -> Score:
    """A score of lm-eval's own whose value is no mean over items: as lm-eval gives it, and without samples to pair."""
    if score.invalid_items:
        # The value is no mean over items, and one answer that could not be measured spoils all of it.
        reason = score.reason or f"{score.invalid_items} of {score.items} samples are invalid"
        return replace(score, value=None, status="invalid", reason=reason, samples=())
    finite = isinstance(value, int | float) and math.isfinite(value)
    status: Status = "valid" if finite else "invalid"
    return replace(
        score,
        value=float(value) if finite else None,
        status=status,
        reason="" if finite else f"lm-eval's value is {value}",
        samples=(),
    )


def _type_of(task: str, doc: JsonObject) -> str:
    """The type that an item's set gives it: of our tasks' rows alone, since elsewhere the column may mean anything."""
    return str(doc.get("type") or "") if task in catalog.TASKS else ""


def _sample(name: str, task: LmEvalTask, logged: Logged, metric: str, notes: Notes) -> Sample:
    item = item_id(name, logged["doc"], logged["doc_id"])
    prompt = question_of(logged["doc"]) or str(logged["arguments"][0][0])
    response = _response(task, logged)
    reason = _why_not_measured(name, task, logged, notes)
    value = logged.get(metric)
    if not reason and not isinstance(value, int | float):
        reason = "lm-eval gives no number for this item"
    if not reason and name in catalog.TASKS and task.OUTPUT_TYPE == "generate_until":
        reason = read(prompt, response).reason
    if reason or not isinstance(value, int | float):
        return invalid_sample(item, reason, prompt=prompt, response=response)
    # Our own metrics count a tie as wrong themselves.
    passed_by_tie = name not in catalog.TASKS and value == 1.0 and _ties(task, logged, metric)
    return valid_sample(item, 0.0 if passed_by_tie else float(value), prompt=prompt, response=response)


def _why_not_measured(name: str, task: LmEvalTask, logged: Logged, notes: Notes) -> str:
    if str(logged["arguments"][0][0]) in notes.unmeasured:
        return _NOT_FINITE
    if task.OUTPUT_TYPE == "generate_until" and (reason := notes.unanswered.get(str(logged["arguments"][0][0]))):
        return reason
    if reason := notes.unscorable.get((name, logged["doc_id"])):
        return f"{reason} ({_place(task, logged['doc_id'])})"
    values = _log_likelihoods(logged)
    return invalid_reason(values) if values else ""


def _place(task: LmEvalTask, number: int) -> str:
    """File and row of an item, where they are known."""
    places = getattr(task.eval_docs, "places", None)
    return str(places[number]) if places else f"item {number}"


def _log_likelihoods(logged: Logged) -> list[float]:
    """Of each choice; empty for a task that generates."""
    answers = (answer for answer in logged["filtered_resps"] if isinstance(answer, tuple | list) and len(answer) == 2)
    return [float(value) for value, _ in answers]


def _ties(task: LmEvalTask, logged: Logged, metric: str) -> bool:
    """Whether lm-eval's own accuracy took a gold choice that only ties for the highest."""
    gold = logged["target"] if isinstance(logged["target"], list) else [logged["target"]]
    values = _rated(task, logged, metric)
    if not values or not all(isinstance(place, int) and 0 <= place < len(values) for place in gold):
        return False
    others = [value for place, value in enumerate(values) if place not in gold]
    return bool(others) and max(others) >= max(values[place] for place in gold)


def _rated(task: LmEvalTask, logged: Logged, metric: str) -> list[float]:
    """What lm-eval's metric compares of each choice; nothing for a metric that compares no choices."""
    choices = [text[1] for text in logged["arguments"]]
    values = _log_likelihoods(logged)
    if metric not in _LENGTHS or not values:
        return []
    if "acc_mutual_info" in logged["metrics"]:  # then the choices come again, without their context
        values, choices = values[: len(values) // 2], choices[: len(choices) // 2]
    delimiter = getattr(task.config, "target_delimiter", "")
    return [
        value / _LENGTHS[metric](choice.removeprefix(delimiter)) for value, choice in zip(values, choices, strict=True)
    ]


def _response(task: LmEvalTask, logged: Logged) -> str:
    """The text that was generated, or the choice that was rated highest; nothing where a text was only read."""
    if task.OUTPUT_TYPE == "loglikelihood_rolling":
        return ""
    values = _log_likelihoods(logged)
    if not values:
        return str(logged["filtered_resps"][0]).strip()
    if invalid_reason(values):
        return ""
    if isinstance(task, AskedTask):
        scores = task.choice_scores(logged["doc"], logged["filtered_resps"])
        return str(logged["doc"]["choices"][scores.index(max(scores))]).strip()
    return str(logged["arguments"][values.index(max(values))][1]).strip()
