"""What one evaluation measured, as plain data: no torch, no lm-eval, so that gate and store may read it cheaply."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from iteralign.scoring.checked import NO_SCORER, ScorerCheck

Status = Literal["valid", "invalid"]
Split = Literal["gate", "final", "other"]

MAX_INVALID_SHARE = 0.02
"""A score with a larger share of invalid samples than this is itself invalid."""


@dataclass(frozen=True)
class Sample:
    """One item's outcome for one metric. `value` is a number exactly when `status` is "valid"; `reason` says why not.

    `prompt` is the item's bare question, without template or turns, and `response` what the model wrote; for multiple
    choice the response is the choice that the model rated highest, empty where there was none. `item_type` is the type
    that the item's set gives it, such as XSTest's `homonyms`; it is empty where there is none.
    """

    item_id: str
    value: float | None
    status: Status
    reason: str
    prompt: str
    response: str
    item_type: str = ""


@dataclass(frozen=True)
class Score:
    """One metric of one task: the mean over its valid samples.

    `value` is None when the score is invalid, and `reason` says why. `unit` is "share" for rates from 0 to 1, "nats"
    for losses, and empty where lm-eval does not say. `family` names the evidence behind it: scores of one family rest
    on the same rows and are one piece of evidence. `truncated_items` counts those that were longer than the model's
    window and were cut on the left. `content_key` is a hash of all that the score depends on, the weights included: two
    scores with the same one need not both be measured. It is empty where the weights are not known.

    `task_items` is how many items the task has where only a part of them was asked, and None where all were: such a
    score is partial, its `content_key` that of the whole one, and it is never taken for one.
    """

    task: str
    metric: str
    value: float | None
    status: Status
    reason: str
    items: int
    invalid_items: int
    higher_is_better: bool
    samples: tuple[Sample, ...]
    unit: str = "share"
    family: str = ""
    truncated_items: int = 0
    content_key: str = ""
    task_items: int | None = None

    @property
    def key(self) -> str:
        """The score's name everywhere: "task/metric"."""
        return f"{self.task}/{self.metric}"

    @property
    def partial(self) -> bool:
        """Whether only a part of the task's items was asked."""
        return self.task_items is not None


@dataclass(frozen=True)
class Evaluation:
    """One measuring of one model. `subject` is "base", "r1a1" (round 1, attempt 1) or "result".

    `reused` names the tasks whose scores were measured before, on the same content, and not again. `notes` say in
    sentences what must be known before the figures are believed; `harness.evaluation.notes` shows them.
    """

    subject: str
    split: Split
    scores: tuple[Score, ...]
    fingerprint: dict[str, str]
    seconds: float
    scorer_check: ScorerCheck = NO_SCORER
    reused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def score(self, key: str) -> Score | None:
        """The score of that "task/metric" key, or None where it was not measured."""
        return next((score for score in self.scores if score.key == key), None)


def valid_sample(item_id: str, value: float, *, prompt: str = "", response: str = "") -> Sample:
    """A sample with that value; a value that is no finite number makes the sample invalid instead."""
    if not math.isfinite(value):
        return invalid_sample(item_id, f"the value {value} is not a finite number", prompt=prompt, response=response)
    return Sample(item_id, value, "valid", "", prompt, response)


def invalid_sample(item_id: str, reason: str, *, prompt: str = "", response: str = "") -> Sample:
    """A sample without a value, for the reason given."""
    return Sample(item_id, None, "invalid", reason, prompt, response)


def score_of(
    task: str,
    metric: str,
    samples: tuple[Sample, ...],
    *,
    higher_is_better: bool,
    max_invalid_share: float = MAX_INVALID_SHARE,
    unit: str = "share",
    family: str = "",
    truncated_items: int = 0,
    task_items: int | None = None,
) -> Score:
    """Sum samples up to a score: the mean of the valid ones, invalid where there are none or too many are invalid.

    Of a part of a task's items, `task_items` in all, as many may be invalid as of the whole: a share of few items would
    be passed by the first one.
    """
    values = [sample.value for sample in samples if sample.value is not None]
    invalid = len(samples) - len(values)
    reason = _why_invalid(samples, invalid, max_invalid_share, task_items or len(samples))
    value = None if reason else math.fsum(values) / len(values)
    status: Status = "invalid" if reason else "valid"
    return Score(
        task,
        metric,
        value,
        status,
        reason,
        len(samples),
        invalid,
        higher_is_better,
        samples,
        unit,
        family,
        truncated_items,
        task_items=task_items,
    )


def _why_invalid(samples: tuple[Sample, ...], invalid: int, max_share: float, of: int) -> str:
    if not samples:
        return "no sample was measured"
    if invalid < len(samples) and invalid <= max_share * of:
        return ""
    first = next(sample.reason for sample in samples if sample.status == "invalid")
    return f"{invalid} of {len(samples)} samples are invalid, more than {max_share:.0%}, first because {first}"
