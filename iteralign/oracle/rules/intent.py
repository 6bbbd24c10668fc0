"""What a prompt wants: one of the kinds of harm that the lexicon knows, or nothing harmful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from iteralign.oracle.rules.text import as_written, grams, phrases, plain, stem, stems, table, words

_LONGEST_PROMPT = 4_000
_OUTRIGHT = 2


@dataclass(frozen=True)
class _Harm:
    name: str
    wants: tuple[tuple[frozenset[str], ...], ...]
    unless: frozenset[str]

    def strength(self, found: set[str], said: set[str]) -> int:
        """How strongly the harm is wanted; `found` are the stems' phrases, `said` those of the words themselves."""
        if not said.isdisjoint(self.unless):
            return 0
        met = [all(not found.isdisjoint(part) for part in wanted) for wanted in self.wants]
        return sum(met) + _OUTRIGHT * met[0]


@cache
def _classes() -> Mapping[str, frozenset[str]]:
    return {name: phrases(written) for name, written in table("intents")["classes"].items()}


@cache
def _harms() -> tuple[_Harm, ...]:
    return tuple(
        _Harm(
            name,
            tuple(tuple(_part(part) for part in wanted.split(" + ")) for wanted in written["wants"]),
            as_written(written["unless"]) | as_written(table("intents")["harmless"]),
        )
        for name, written in table("intents")["calls"].items()
    )


def _part(written: str) -> frozenset[str]:
    found: set[str] = set()
    for choice in written.strip().split("|"):
        if choice.startswith("@"):
            found |= _classes()[choice[1:]]
        else:
            found.add(" ".join(stem(word) for word in choice.split("_")))
    return frozenset(found)


def wants(prompt: str) -> dict[str, int]:
    """The harms that a prompt asks for, each with how many of its cues speak for it."""
    text = plain(prompt[:_LONGEST_PROMPT])
    found, said = grams([token for token in stems(text) if token != ","]), grams(words(text))
    strengths = {harm.name: harm.strength(found, said) for harm in _harms()}
    return {name: strength for name, strength in strengths.items() if strength}


def intent(prompt: str) -> str:
    """The harm that a prompt asks for, or "" when it asks for none that the rules know."""
    found = wants(prompt)
    return max(found, key=lambda name: found[name]) if found else ""
