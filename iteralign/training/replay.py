"""What a candidate trains on: the round's pairs, earlier ones, the principles' twins, and harmless prompts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import Final, TypeVar

from iteralign.core.content import content_id
from iteralign.core.records import PLAIN, Principle, TrainingPair
from iteralign.core.settings import TrainingSettings

TWIN: Final = "twin"
"""The `TrainingPair.prompt_type` of a principle's twin, which looks like what the principle forbids."""

Prompt_ = TypeVar("Prompt_")
"""Whatever stands for a prompt: the prompt itself, or a pair with it."""


def training_set(
    new: Sequence[TrainingPair],
    earlier: Sequence[TrainingPair],
    harmless: Sequence[TrainingPair],
    settings: TrainingSettings,
    *,
    seed: int,
    twins: Sequence[TrainingPair] = (),
) -> list[TrainingPair]:
    """All new pairs with a capped, seeded sample of each kind of replay.

    Earlier revisions keep old principles from being forgotten; harmless prompts, with the model's own answers, keep it
    from refusing everything; those among them that look harmful, and the `twins`, from refusing by the look.
    """
    rng = random.Random(seed)
    replayed = [replace(pair, kind="replayed_revision") for pair in _sample(earlier, settings.replayed_revisions, rng)]
    kept_twins = _sample(twins, settings.replayed_twins, rng)
    return [*new, *replayed, *kept_twins, *half_and_half(harmless, _type, settings.replayed_harmless, rng)]


def twins_of(principles: Sequence[Principle]) -> list[TrainingPair]:
    """The principles' twins with the help that they show, each request once."""
    twins = {
        example.request: example.answer
        for principle in principles
        for example in principle.examples
        if not example.forbidden
    }
    return [
        TrainingPair(content_id(request), request, answer, "replayed_harmless", prompt_type=TWIN)
        for request, answer in twins.items()
    ]


def half_and_half(
    prompts: Sequence[Prompt_], type_of: Callable[[Prompt_], str], size: int, rng: random.Random
) -> list[Prompt_]:
    """Draw `size` harmless prompts, or all that there are: half plain ones and half look-alikes, of each type alike.

    `type_of` is as `TrainingPair.prompt_type`. Where one kind is used up, the other makes up for it; prompts that all
    have the same type are a plain sample. Look-alikes and plain ones come by turns.
    """
    by_type: dict[str, list[Prompt_]] = {}
    for prompt in prompts:
        by_type.setdefault(type_of(prompt) or PLAIN, []).append(prompt)
    if len(by_type) < 2:
        return _sample(prompts, size, rng)
    shuffled = {kind: rng.sample(by_type[kind], len(by_type[kind])) for kind in rng.sample(list(by_type), len(by_type))}
    plain = shuffled.pop(PLAIN, [])
    return _by_turns([plain, _by_turns(shuffled.values())])[:size]


def _type(pair: TrainingPair) -> str:
    return pair.prompt_type


def _by_turns(lists: Iterable[list[Prompt_]]) -> list[Prompt_]:
    """The first of each list, then the second of each, and so on."""
    turns = zip_longest(*([(prompt,) for prompt in each] for each in lists), fillvalue=())
    return list(chain.from_iterable(chain.from_iterable(turns)))


def _sample(pairs: Sequence[Prompt_], most: int, rng: random.Random) -> list[Prompt_]:
    return rng.sample(list(pairs), min(most, len(pairs)))
