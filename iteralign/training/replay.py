"""What a candidate trains on: the round's pairs, earlier ones, and harmless prompts with the model's own answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings


def training_set(
    new: Sequence[TrainingPair],
    earlier: Sequence[TrainingPair],
    harmless: Sequence[TrainingPair],
    settings: TrainingSettings,
    *,
    seed: int,
) -> list[TrainingPair]:
    """All new pairs with a capped, seeded sample of both kinds of replay.

    Earlier revisions keep old principles from being forgotten; harmless prompts keep the model from
    refusing everything.
    """
    rng = random.Random(seed)
    replayed = [replace(pair, kind="replayed_revision") for pair in _sample(earlier, settings.replayed_revisions, rng)]
    return [*new, *replayed, *_sample(harmless, settings.replayed_harmless, rng)]


def _sample(pairs: Sequence[TrainingPair], most: int, rng: random.Random) -> list[TrainingPair]:
    return rng.sample(list(pairs), min(most, len(pairs)))
