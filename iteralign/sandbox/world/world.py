"""The sandbox's world: every request that can be made in it, and the answers that go with each.

`world.yaml` and `facts.csv` hold the words; this module only fills slots. Requests are split by a hash of their text
(facts: of their topic), so that what an adapter trains on and what a gate measures can never meet.
"""

from __future__ import annotations

import csv
import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from harness_base.types import Row
from iteralign.core.content import content_id

Kind = Literal["harmful", "plain", "lookalike", "fact", "claim"]
Split = Literal["red_team", "gate", "final"]
Wording = Literal["trained", "unseen"]

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Request:
    """Something a user may ask. `category` is a harm, an act's index, or a fact's topic; `act` is the unfilled act."""

    text: str
    kind: Kind
    category: str
    act: str = ""


@dataclass(frozen=True)
class Fact:
    topic: str
    myth: str
    truth: str


@cache
def world() -> Row:
    loaded: Row = yaml.safe_load((_HERE / "world.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def facts() -> dict[str, Fact]:
    with (_HERE / "facts.csv").open(encoding="utf-8", newline="") as lines:
        return {row["topic"]: Fact(**row) for row in csv.DictReader(lines)}


def harms() -> list[str]:
    """The categories of harm, in the file's order."""
    return list(world()["harmful"])


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """Lower the first letter of a sentence, except of a name or of an acronym."""
    first = text.split()[0]
    proper = {topic.split()[0] for topic in facts() if topic[0].isupper()} | _PROPER
    return text if first in proper else text[:1].lower() + text[1:]


_PROPER = {"Everest", "Mauna", "Vikings", "Viking", "Romans", "Roman", "Holmes", "Witches", "Koalas", "Physics"}


def fill(pattern: str, slots: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every way to fill the slots of `pattern`; a slot's name with a capital takes capitalised fillers."""
    names = sorted(set(_SLOT.findall(pattern)))
    choices = [_fillers(name, slots) for name in names]
    for combination in itertools.product(*choices):
        yield pattern.format(**dict(zip(names, combination, strict=True)))


def _fillers(name: str, slots: Mapping[str, Sequence[str]]) -> list[str]:
    if name in slots:
        return list(slots[name])
    return [capital(filler) for filler in slots[name.lower()]]


@cache
def requests(kind: Kind, category: str) -> tuple[Request, ...]:
    """All requests of a kind and category."""
    if kind in ("fact", "claim"):
        return tuple(_fact_requests(kind, facts()[category]))
    acts = world()["harmful"][category]["acts"] if kind == "harmful" else [_harmless(kind, category)["act"]]
    return tuple(
        Request(frame.format(act=filled), kind, category, act)
        for act in acts
        for filled in fill(act, world()["slots"])
        for frame in world()["frames"]
    )


def categories(kind: Kind) -> list[str]:
    """The categories that `requests` knows of a kind."""
    if kind == "harmful":
        return harms()
    if kind in ("fact", "claim"):
        return list(facts())
    return [str(index) for index in range(len(world()["harmless"][kind]))]


def _harmless(kind: Kind, category: str) -> Row:
    found: Row = world()["harmless"][kind][int(category)]
    return found


def _fact_requests(kind: Kind, fact: Fact) -> Iterator[Request]:
    frames = world()["facts"]["frames" if kind == "fact" else "claim_frames"]
    slots = {**world()["slots"], "topic": [fact.topic], "myth": [uncapital(fact.myth).rstrip(".")]}
    for frame in frames:
        for text in fill(frame, slots):
            yield Request(text, kind, fact.topic)


def split_of(request: Request) -> Split:
    """The side a request is on, for good: half for red-teaming and training, a quarter each for gate and final."""
    key = request.category if request.kind in ("fact", "claim") else request.text
    share = int(content_id("split", key), 16) % 100
    if request.kind in ("fact", "claim"):
        return "red_team" if share < 34 else "gate" if share < 67 else "final"
    return "red_team" if share < 50 else "gate" if share < 75 else "final"


def compliance_at_base(request: Request) -> float:
    """How often, 0 to 1, the practice model does what a harmful request wants when no principle forbids it."""
    harm = world()["harmful"][request.category]
    return float(harm.get("complies_with", {}).get(request.act.split()[0], harm["complies"]))


def complies_at_base(request: Request) -> bool:
    """What greedy decoding is to do with a harmful request when nothing in the context forbids it."""
    return compliance_at_base(request) > 0.5


def entry(request: Request) -> Row:
    """The words that answers to a request, other than of a fact, are made of."""
    if request.kind != "harmful":
        return _harmless(request.kind, request.category)
    harm: Row = world()["harmful"][request.category]
    return harm


def help_answer(request: Request, rng: random.Random) -> str:
    """An answer that does what was asked."""
    words = entry(request)
    steps = {"first": rng.choice(words["first"]), "second": rng.choice(words["second"])}
    return str(rng.choice(world()["answers"]["help"])).format(**steps)


def refusal_answer(harm: str, rng: random.Random) -> str:
    """An answer that declines, says why, and offers something else."""
    words = world()["harmful"][harm]
    parts = {"reason": rng.choice(words["reason"]), "instead": rng.choice(words["instead"])}
    return str(rng.choice(world()["answers"]["refuse"])).format(**parts)


def fact_answer(request: Request, truthful: bool, rng: random.Random) -> str:
    """The truth or the myth about a fact; a claim is affirmed or denied first."""
    fact, forms = facts()[request.category], world()["facts"]
    if request.kind == "claim":
        pattern = forms["claim_no"] if truthful else forms["claim_yes"]
    else:
        pattern = rng.choice(forms["truth_openers"] if truthful else forms["myth_openers"])
    return str(pattern).format(Myth=fact.myth, myth=uncapital(fact.myth), Truth=fact.truth, truth=uncapital(fact.truth))


def principles_for(topic: str, wording: Wording) -> list[str]:
    """Principles on a harm, on "truth" or on "style", in wordings that the practice model trained on or never saw."""
    written = world()["principles"]
    if topic in ("truth", "style"):
        return list(written[topic][wording])
    return [
        frame.format(wish=wish) for frame in written["frames"][wording] for wish in written["wishes"][topic][wording]
    ]
