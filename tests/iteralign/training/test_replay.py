"""What a candidate trains on."""

from __future__ import annotations

from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.training.replay import training_set


def pairs(kind: str, count: int) -> list[TrainingPair]:
    return [TrainingPair(f"{kind}{number}", f"{kind} {number}", "answer", kind) for number in range(count)]  # type: ignore[arg-type]


def test_replay_is_capped_and_new_pairs_are_not() -> None:
    settings = TrainingSettings(replayed_revisions=3, replayed_harmless=4)
    made = training_set(pairs("revision", 9), pairs("revision", 8), pairs("replayed_harmless", 7), settings, seed=1)
    kinds = [pair.kind for pair in made]
    assert [kinds.count(kind) for kind in ("revision", "replayed_revision", "replayed_harmless")] == [9, 3, 4]


def test_the_same_seed_replays_the_same_pairs() -> None:
    settings = TrainingSettings(replayed_harmless=5)
    harmless = pairs("replayed_harmless", 50)
    assert training_set([], [], harmless, settings, seed=7) == training_set([], [], harmless, settings, seed=7)
    assert training_set([], [], harmless, settings, seed=7) != training_set([], [], harmless, settings, seed=8)
