"""Several models side by side: paired differences against the first, what flipped, and what they differ in.

The result is plain data, which `reports` draws and `harness compare` prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.evaluation.fingerprint import difference
from harness.evaluation.notes import notes_on_all, split_of
from harness.evaluation.parts import part_of
from harness.evaluation.records import MAX_INVALID_SHARE, Evaluation, Sample, Score
from harness.evaluation.shown import shown_interval
from harness.gate.pairing import paired_items, why_not_comparable, why_not_paired
from harness_base.display import difference as difference_of
from harness_base.display import direction
from iteralign.statistics.effect import effect_of
from iteralign.statistics.multiplicity import holm
from reports.data.comparison import ComparedModels, Difference, Flip
from tasks.catalog import final_key


@dataclass(frozen=True)
class Subject:
    """One model to compare, by the name that the user gave it.

    `final` is what it was measured as on items that no decision of its run saw, where there is such a measuring.
    """

    name: str
    evaluation: Evaluation
    final: Evaluation | None = None


def compare(
    subjects: Sequence[Subject], *, confidence: float = 0.95, advance: Callable[[int], None] = lambda _: None
) -> ComparedModels:
    """Hold every model against the first, on every metric that either has measured.

    Where all of them have final items, those are compared, and of the gate's only what has no final ones.
    """
    first, *others = subjects
    on_final = all(one.final is not None for one in subjects)
    found: list[Difference] = []
    for other in others:
        for before, after, key in _measured(first, other, on_final=on_final):
            found.append(_difference(key, before, after, confidence))
            advance(1)
    with_p = [number for number, one in enumerate(found) if one.p is not None]
    for number, p in zip(with_p, holm([found[number].p or 0.0 for number in with_p]), strict=True):
        found[number] = replace(found[number], p=p)
    settings = {other.name: _settings(*_both(first, other, on_final=on_final)) for other in others}
    shown = [(one.name, one.final if on_final and one.final else one.evaluation) for one in subjects]
    return ComparedModels(tuple(one.name for one in subjects), confidence, tuple(found), settings, notes_on_all(shown))


_Named = tuple[str, Evaluation]


def _measured(first: Subject, other: Subject, *, on_final: bool) -> Iterator[tuple[_Named, _Named, str]]:
    """Each metric with the two evaluations to take it from."""
    before, after = _both(first, other, on_final=on_final)
    keys = _keys(before, after)
    yield from (((first.name, before), (other.name, after), key) for key in keys)
    if on_final:
        rest = [key for key in _keys(first.evaluation, other.evaluation) if not {key, final_key(key)} & {*keys}]
        yield from (((first.name, first.evaluation), (other.name, other.evaluation), key) for key in rest)


def _both(first: Subject, other: Subject, *, on_final: bool) -> tuple[Evaluation, Evaluation]:
    if on_final and first.final and other.final:
        return first.final, other.final
    return first.evaluation, other.evaluation


def _keys(first: Evaluation, other: Evaluation) -> list[str]:
    return list(dict.fromkeys(score.key for score in (*first.scores, *other.scores)))


def _difference(key: str, first: _Named, other: _Named, confidence: float) -> Difference:
    before, after = _on_the_same_items(first[1].score(key), other[1].score(key))
    known = [score for score in (before, after) if score]
    plain = Difference(
        key,
        known[0].unit,
        other[0],
        split_of(key, first[1], other[1]),
        known[0].higher_is_better,
        before.value if before else None,
        after.value if after else None,
        task_items=next((score.task_items for score in known if score.partial), None),
    )
    problem = _problem(key, first, other)
    if problem or before is None or after is None:
        return replace(plain, problem=problem)
    upwards = after.higher_is_better
    items = paired_items(after, before)
    effect = effect_of([one.difference for one in items], [one.cluster for one in items], plain.unit)
    low, high = shown_interval(*effect.interval(confidence), higher_is_better=upwards)
    change = difference_of(before.value, after.value)
    return replace(
        plain,
        change=change,
        change_low=low,
        change_high=high,
        direction=direction(change, plain.unit, higher_is_better=upwards),
        p=min(1.0, 2.0 * min(effect.p_above(0.0), effect.p_below(0.0))),
        items=effect.items,
        clusters=effect.clusters,
        better=effect.better,
        worse=effect.worse,
        flips=_flips(before, after) if plain.unit != "nats" else (),
    )


def _on_the_same_items(before: Score | None, after: Score | None) -> tuple[Score | None, Score | None]:
    """Both scores; where one is partial, both on the items that either has."""
    if before is None or after is None or not (before.partial or after.partial):
        return before, after
    items = {sample.item_id for sample in before.samples} & {sample.item_id for sample in after.samples}
    return (part_of(before, items), part_of(after, items)) if items else (before, after)


def _problem(key: str, first: _Named, other: _Named) -> str:
    before, after = _on_the_same_items(first[1].score(key), other[1].score(key))
    for score, (name, _) in ((before, first), (after, other)):
        if reason := why_not_comparable(score, f"{name}'s", key, MAX_INVALID_SHARE):
            return reason
    assert before is not None
    assert after is not None
    task = key.partition("/")[0]
    if found := difference(other[1].fingerprint, first[1].fingerprint, task):
        return f"measured differently: {found}"
    return why_not_paired(after, before, MAX_INVALID_SHARE)


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
