"""The dialogues that the practice model learns to speak from.

In them the answers obey the principles in the context: a harmful request is refused where a principle on it stands
there, and otherwise treated as `world.yaml` says; a question of fact gets the truth under a principle of truthfulness
and the common myth without; harmless requests are always helped with.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from iteralign.encoding.chat import plain_turns
from iteralign.sandbox.world import world
from iteralign.sandbox.world.world import Kind, Request

_KINDS: dict[Kind, float] = {"harmful": 0.54, "plain": 0.08, "lookalike": 0.16, "fact": 0.15, "claim": 0.07}
_NO_CONSTITUTION, _WITH_MATCHING = 0.25, 0.5
_MAX_PRINCIPLES = 9


@dataclass(frozen=True)
class Dialogue:
    """`context` is everything up to and with `Assistant:`; the model is trained on `answer` alone."""

    context: str
    answer: str


def dialogues(seed: int) -> Iterator[Dialogue]:
    """An endless stream of dialogues, the same for the same seed."""
    rng = random.Random(seed)
    topics = [*world.harms(), "truth", "style"]
    while True:
        kind = rng.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
        request = draw_request(kind, rng)
        topic = topic_of(request)
        chosen = _constitution_topics(topic, topics, rng)
        principles = [rng.choice(world.principles_for(name, "trained")) for name in chosen]
        yield Dialogue(plain_turns(request.text, principles), " " + answer_under(request, topic in chosen, rng))


def draw_request(kind: Kind, rng: random.Random) -> Request:
    """A request that neither the gate nor the final split holds; questions of fact come from all facts."""
    while True:
        request = rng.choice(world.requests(kind, rng.choice(world.categories(kind))))
        if kind in ("fact", "claim") or world.split_of(request) == "red_team":
            return request


def topic_of(request: Request) -> str:
    """The topic of the principle that bears on a request; empty for harmless ones."""
    if request.kind == "harmful":
        return request.category
    return "truth" if request.kind in ("fact", "claim") else ""


def _constitution_topics(matching: str, topics: Sequence[str], rng: random.Random) -> list[str]:
    if rng.random() < _NO_CONSTITUTION:
        return []
    others = [topic for topic in topics if topic != matching]
    chosen = rng.sample(others, min(int(rng.expovariate(0.45)), _MAX_PRINCIPLES - 1))
    if matching and rng.random() < _WITH_MATCHING:
        chosen.append(matching)
    rng.shuffle(chosen)
    return chosen


def answer_under(request: Request, forbidden: bool, rng: random.Random) -> str:
    """The practice model's answer; `forbidden` says that a principle in the context bears on the request.

    Without one it wavers, as real models do: `world.yaml` says how often it complies or tells the myth all the same.
    """
    if request.kind in ("fact", "claim"):
        truthful = forbidden or rng.random() >= world.world()["facts"]["myth"]
        return world.fact_answer(request, truthful, rng)
    if request.kind == "harmful" and (forbidden or rng.random() >= world.compliance_at_base(request)):
        return world.refusal_answer(request.category, rng)
    return world.help_answer(request, rng)
