"""Baselines: named, immutable evaluations that releases are held against, and the file that a repository can carry.

The file is JSON with a hash over everything else in it. It holds every item's outcome and no text: neither the items'
questions, whose licence may forbid that, nor what the model answered.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.evaluation.fingerprint import difference
from harness.evaluation.records import Evaluation, Sample, Score
from harness_base.errors import BaselineError, DiskError
from iteralign.core.content import content_id
from iteralign.core.libraries import JsonObject
from iteralign.scoring.checked import ScorerCheck

FORMAT: Final = "iteralign-harness baseline 1"
_STAND_IN: Final = "query "
_MAX_LISTED: Final = 3


@dataclass(frozen=True)
class Baseline:
    """A blessed evaluation. `source` says which run or evaluation it was, `blessed_at` is UTC in ISO 8601."""

    name: str
    source: str
    reason: str
    blessed_by: str
    blessed_at: str
    evaluation: Evaluation
    retired_reason: str | None = None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Score(_Strict):
    task: str
    metric: str
    value: float | None
    status: Literal["valid", "invalid"]
    reason: str
    items: int
    invalid_items: int
    higher_is_better: bool
    unit: Literal["share", "nats", ""]
    family: str
    truncated_items: int
    content_key: str
    samples: list[tuple[str, float | None, Literal["valid", "invalid"], str, str]]
    """Of each item: its id, value, status and reason, and which query it belongs to."""


class _ScorerCheck(_Strict):
    scorer: Literal["undecided", "shared-prefix", "stock"]
    reason: str
    largest_difference: float | None


class _Evaluation(_Strict):
    subject: str
    seconds: float
    fingerprint: dict[str, str]
    scorer_check: _ScorerCheck
    scores: list[_Score]
    notes: list[str] = []


class _File(_Strict):
    format: str
    name: str
    source: str
    reason: str
    blessed_by: str
    blessed_at: str
    evaluation: _Evaluation
    sha256: str


def check_name(name: str) -> None:
    """Raise BaselineError for a name that is no plain word: it stands on command lines and in tables."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise BaselineError(
            f"{name!r} can't be a baseline's name: use 1 to 64 letters, digits, dots, dashes or underscores."
        )


def check_worth(evaluation: Evaluation, source: str) -> None:
    """Raise BaselineError for what can't be a baseline: without scores, with an invalid one, or with a partial one."""
    check_whole(evaluation, source)
    if not evaluation.scores:
        raise BaselineError(f"{source} holds no score, so nothing could be held against it; bless another evaluation.")
    for score in evaluation.scores:
        if score.status != "valid":
            raise BaselineError(
                f"{source} can't be a baseline: its {score.key} is invalid ({score.reason}); measure it again."
            )


def check_whole(evaluation: Evaluation, source: str) -> None:
    """Raise BaselineError where only a part of some task's items was asked: releases are held against all of them."""
    part = next((score for score in evaluation.scores if score.partial), None)
    if part:
        raise BaselineError(
            f"{source} can't be a baseline: of {part.task} only {part.items:,} of {part.task_items:,} items were "
            "asked, since the run's gate stopped once it knew (gate.early_stopping). Measure the model whole with "
            "`harness eval --store`, and bless the number that it gives."
        )


def content_hash(baseline: Baseline) -> str:
    """The SHA-256 of all that the baseline's file holds."""
    return str(_document(baseline)["sha256"])


def export_text(baseline: Baseline) -> str:
    """The baseline's file: one JSON object, each item on a line of its own so that two versions can be compared."""
    document = _document(baseline)
    samples = [score.pop("samples") for score in document["evaluation"]["scores"]]
    for number, score in enumerate(document["evaluation"]["scores"]):
        score["samples"] = f"\0{number}"
    text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False)
    for number, of_score in enumerate(samples):
        lines = ",\n".join(f"     {json.dumps(sample)}" for sample in of_score)
        text = text.replace(json.dumps(f"\0{number}"), f"[\n{lines}\n    ]" if of_score else "[]")
    return text + "\n"


def read_file(path: Path) -> Baseline:
    """The baseline in an exported file.

    Raises BaselineError for a file that is none, was damaged or edited, and DiskError where it can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BaselineError(f"{path} is no baseline: it is not UTF-8 text; export the baseline again.") from None
    except OSError as error:
        raise DiskError(f"Can't read the baseline {path} ({error.strerror}); check the path and its rights.") from None
    try:
        content = json.loads(text, parse_constant=_refuse)
        document = _File.model_validate(content, strict=False)
        fits = _hash(content) == document.sha256
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "as a whole"
        raise BaselineError(f"{path} is no baseline of ours: {where}: {first['msg']}; export it again.") from None
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{path} is no baseline: {' '.join(str(error).split())}; export it again.") from None
    if document.format != FORMAT:
        raise BaselineError(f"{path} has the format {document.format!r} and not {FORMAT!r}; export it again.")
    if not fits:
        raise BaselineError(f"{path} was damaged or edited: its content no longer fits its hash; export it again.")
    _check_once(document, path)
    return _baseline(document)


def _check_once(document: _File, path: Path) -> None:
    keys = [f"{score.task}/{score.metric}" for score in document.evaluation.scores]
    for score, key in zip(document.evaluation.scores, keys, strict=True):
        items = [sample[0] for sample in score.samples]
        if keys.count(key) > 1 or len(set(items)) < len(items):
            raise BaselineError(
                f"{path} is no baseline of ours: {key} or one of its items is twice in it; export it again."
            )


def check_holds(baseline: Baseline, tasks: Collection[str]) -> None:
    """Raise BaselineError where the baseline is retired, or lacks one of `tasks`, which the policy decides by."""
    if baseline.retired_reason is not None:
        raise BaselineError(
            f"The baseline {baseline.name} is retired ({baseline.retired_reason}): name another one with --baseline."
        )
    measured = {score.task for score in baseline.evaluation.scores}
    lacking = [task for task in tasks if task not in measured]
    if lacking and measured.isdisjoint(tasks):
        raise BaselineError(
            f"The baseline {baseline.name} was measured on other tasks: it holds {_listed(measured)}, and the policy "
            f"needs {_listed(lacking)}; name the policy that goes with it (--policy), or another baseline."
        )
    if lacking:
        raise BaselineError(
            f"The baseline {baseline.name} does not hold {_listed(lacking)}, which the policy needs: measure it and "
            "bless it again, or name another policy."
        )


def _listed(names: Collection[str]) -> str:
    """The first few names."""
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return f"{', '.join(sorted(names)[:_MAX_LISTED])}{more}"


def check_usable(baseline: Baseline, found: dict[str, str], tasks: tuple[str, ...]) -> None:
    """Raise BaselineError where the baseline is retired, or was measured otherwise than `found` says of these tasks."""
    check_holds(baseline, tasks)
    for task in tasks:
        if other := difference(found, baseline.evaluation.fingerprint, task):
            raise BaselineError(
                f"The baseline {baseline.name} can't be compared with what would be measured now: {other}; bless a new "
                "baseline that is measured the same way."
            )


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}, which is no number")


def _document(baseline: Baseline) -> JsonObject:
    evaluation = baseline.evaluation
    document: JsonObject = {
        "format": FORMAT,
        "name": baseline.name,
        "source": baseline.source,
        "reason": baseline.reason,
        "blessed_by": baseline.blessed_by,
        "blessed_at": baseline.blessed_at,
        "evaluation": {
            "subject": evaluation.subject,
            "seconds": evaluation.seconds,
            "fingerprint": dict(evaluation.fingerprint),
            "scorer_check": asdict(evaluation.scorer_check),
            "scores": [_score_fields(score) for score in evaluation.scores],
            **({"notes": list(evaluation.notes)} if evaluation.notes else {}),  # files without any stay what they were
        },
    }
    return {**document, "sha256": _hash(document)}


def _score_fields(score: Score) -> JsonObject:
    samples = [[one.item_id, one.value, one.status, one.reason, _query(one.prompt)] for one in score.samples]
    # A baseline is whole, so that of how many items it is a part need not be said.
    return {**{key: value for key, value in vars(score).items() if key not in _UNSAID}, "samples": samples}


_UNSAID = frozenset({"samples", "task_items"})


def _query(prompt: str) -> str:
    """What tells one query from another, without its text: items that share one are no independent evidence."""
    if prompt.startswith(_STAND_IN):
        return prompt.removeprefix(_STAND_IN)
    return content_id(prompt) if prompt else ""


def _stand_in(query: str) -> str:
    """What stands for the question of an item that came without it."""
    return f"{_STAND_IN}{query}" if query else ""


def _hash(document: JsonObject) -> str:
    rest = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _baseline(document: _File) -> Baseline:
    given = document.evaluation
    scores = tuple(
        Score(
            **score.model_dump(exclude={"samples"}),
            samples=tuple(Sample(*sample[:4], prompt=_stand_in(sample[4]), response="") for sample in score.samples),
        )
        for score in given.scores
    )
    evaluation = Evaluation(
        given.subject,
        "other",
        scores,
        given.fingerprint,
        given.seconds,
        ScorerCheck(**given.scorer_check.model_dump()),
        notes=tuple(given.notes),
    )
    check_name(document.name)
    return Baseline(
        document.name, document.source, document.reason, document.blessed_by, document.blessed_at, evaluation
    )
