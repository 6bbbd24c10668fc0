"""Several models side by side: paired differences against the first, what flipped, and what they differ in.

The result is plain data, which `reports` draws and `harness compare` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.evaluation.fingerprint import difference
from harness.evaluation.records import GREATEST_INVALID_SHARE, Evaluation, Sample, Score
from harness.gate.pairing import paired_items, why_not_comparable, why_not_paired
from harness.gate.statistics.effect import effect_of
from harness.gate.statistics.multiplicity import holm
from harness.notes import notes_on_all


@dataclass(frozen=True)
class Subject:
    """One model to compare, by the name that the user gave it."""

    name: str
    evaluation: Evaluation


@dataclass(frozen=True)
class Flip:
    """An item that came out otherwise: its question, and what both models answered where that is known."""

    item: str
    better: bool
    prompt: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """One metric of one model against the first, in the metric's unit; positive means better.

    `p` is two-sided and corrected after Holm for all differences of the comparison. `problem` says why there is none.
    """

    metric: str
    unit: str
    name: str
    before: float | None
    after: float | None
    problem: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    items: int = 0
    clusters: int = 0
    better: int = 0
    worse: int = 0
    flips: tuple[Flip, ...] = ()


@dataclass(frozen=True)
class ComparedModels:
    """The whole comparison; `settings` names what the models or their measuring differ in, by model.

    `notes` say what must be known before the figures are believed.
    """

    names: tuple[str, ...]
    confidence: float
    differences: tuple[Difference, ...]
    settings: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def compare(
    subjects: Sequence[Subject], *, confidence: float = 0.95, advance: Callable[[int], None] = lambda _: None
) -> ComparedModels:
    """Hold every model against the first, on every metric that either has measured."""
    first, *others = subjects
    found: list[Difference] = []
    for other in others:
        for key in _keys(first.evaluation, other.evaluation):
            found.append(_difference(key, first, other, confidence))
            advance(1)
    with_p = [number for number, one in enumerate(found) if one.p is not None]
    for number, p in zip(with_p, holm([found[number].p or 0.0 for number in with_p]), strict=True):
        found[number] = replace(found[number], p=p)
    settings = {other.name: _settings(first.evaluation, other.evaluation) for other in others}
    notes = notes_on_all([(one.name, one.evaluation) for one in subjects])
    return ComparedModels(tuple(one.name for one in subjects), confidence, tuple(found), settings, notes)


def _keys(first: Evaluation, other: Evaluation) -> list[str]:
    return list(dict.fromkeys(score.key for score in (*first.scores, *other.scores)))


def _difference(key: str, first: Subject, other: Subject, confidence: float) -> Difference:
    before, after = first.evaluation.score(key), other.evaluation.score(key)
    unit = next((score.unit for score in (before, after) if score), "share")
    plain = Difference(
        key, unit, other.name, before.value if before else None, after.value if after else None,
    )  # fmt: skip
    problem = _problem(key, first, other)
    if problem or before is None or after is None:
        return replace(plain, problem=problem)
    items = paired_items(after, before)
    effect = effect_of([one.difference for one in items], [one.cluster for one in items], unit)  # type: ignore[arg-type]
    low, high = effect.interval(confidence)
    p = min(1.0, 2.0 * min(effect.p_above(0.0), effect.p_below(0.0)))
    return replace(
        plain, effect=effect.estimate, low=low, high=high, p=p, items=effect.items, clusters=effect.clusters,
        better=effect.better, worse=effect.worse, flips=_flips(before, after) if unit != "nats" else (),
    )  # fmt: skip


def _problem(key: str, first: Subject, other: Subject) -> str:
    before, after = first.evaluation.score(key), other.evaluation.score(key)
    for score, subject in ((before, first), (after, other)):
        if reason := why_not_comparable(score, f"{subject.name}'s", key, GREATEST_INVALID_SHARE):
            return reason
    assert before is not None
    assert after is not None
    task = key.partition("/")[0]
    if found := difference(other.evaluation.fingerprint, first.evaluation.fingerprint, task):
        return f"measured differently: {found}"
    return why_not_paired(after, before, GREATEST_INVALID_SHARE)


def _flips(before: Score, after: Score) -> tuple[Flip, ...]:
    """Every item that went from right to wrong or back, those that got worse first; a share that moved is no flip."""
    samples = {sample.item_id: sample for sample in before.samples}
    now = {sample.item_id: sample for sample in after.samples}
    moved = [one for one in paired_items(after, before) if abs(one.difference) == 1.0]
    flips = [_flip(samples[one.item_id], now[one.item_id], better=one.difference > 0) for one in moved]
    return tuple(sorted(flips, key=lambda flip: flip.better))


def _flip(before: Sample, after: Sample, *, better: bool) -> Flip:
    return Flip(before.item_id, better, after.prompt or before.prompt, before.response, after.response)


def _settings(first: Evaluation, other: Evaluation) -> tuple[str, ...]:
    """What the two differ in, the models themselves first."""
    found = [
        f"the {key} is {other.fingerprint.get(key, 'not known')[:12]} and not {first.fingerprint.get(key, '?')[:12]}"
        for key in ("model", "adapter")
        if first.fingerprint.get(key) != other.fingerprint.get(key)
    ]
    rest = difference(other.fingerprint, first.fingerprint)
    return (*found, *(rest.split("; ") if rest else []))
