"""What became of each principle between two versions of a constitution."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from iteralign.core.records import Principle

_CLOSE = 0.5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Placed:
    """A principle and its place in its version, counted from 1."""

    principle: Principle
    place: int


@dataclass(frozen=True)
class Difference:
    """A principle that was removed (`after` is None), added (`before` is None) or reworded."""

    before: Placed | None
    after: Placed | None


@dataclass(frozen=True)
class Differences:
    """What changed between two versions, the removed last. `same` principles have the same text in both.

    Of those, `evidence_changed` rest on other evidence than before, and `examples_changed` have other worked examples;
    `reordered` says whether they, and the reworded ones, stand in another order.
    """

    changes: tuple[Difference, ...]
    same: int
    evidence_changed: int
    examples_changed: int
    reordered: bool


def differences(before: Sequence[Principle], after: Sequence[Principle]) -> Differences:
    """Hold two versions against each other.

    A principle that is gone and one that came are the same one reworded where they rest on the same evidence or share
    half of their words.
    """
    old = {one.text: Placed(one, place) for place, one in enumerate(before, start=1)}
    new = {one.text: Placed(one, place) for place, one in enumerate(after, start=1)}
    gone = [placed for text, placed in old.items() if text not in new]
    come = [placed for text, placed in new.items() if text not in old]
    origins = _origins(gone, come)
    reworded = set(origins.values())
    same = [(old[text], placed) for text, placed in new.items() if text in old]
    stayed = [*same, *((origin, new[text]) for text, origin in origins.items())]
    changes = [Difference(origins.get(placed.principle.text), placed) for placed in come]
    return Differences(
        changes=(*changes, *(Difference(placed, None) for placed in gone if placed not in reworded)),
        same=len(same),
        evidence_changed=sum(one.principle.evidence != other.principle.evidence for one, other in same),
        examples_changed=sum(one.principle.examples != other.principle.examples for one, other in same),
        reordered=[one for one, _ in sorted(stayed, key=lambda pair: pair[1].place)]
        != sorted((one for one, _ in stayed), key=lambda placed: placed.place),
    )


def _origins(gone: Sequence[Placed], come: Sequence[Placed]) -> dict[str, Placed]:
    """For each new text that is an old principle reworded: that principle. The closest find each other first."""
    close = sorted(
        (-closeness, first, second)
        for first, one in enumerate(gone)
        for second, other in enumerate(come)
        if (closeness := _closeness(one.principle, other.principle)) >= _CLOSE
    )
    origins: dict[str, Placed] = {}
    taken: set[int] = set()
    for _, first, second in close:
        text = come[second].principle.text
        if first not in taken and text not in origins:
            taken.add(first)
            origins[text] = gone[first]
    return origins


def _closeness(one: Principle, other: Principle) -> float:
    """The share of words that both have, and 1 more where both rest on the same evidence."""
    words, others = (set(_WORD.findall(principle.text.lower())) for principle in (one, other))
    shared = len(words & others) / len(words | others) if words | others else 0.0
    return shared + (bool(one.evidence) and set(one.evidence) == set(other.evidence))
