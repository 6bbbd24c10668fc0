"""What a candidate trains on."""

from __future__ import annotations

import random
from collections import Counter

from iteralign.core.records import PLAIN, Principle, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.core.worked_example import WorkedExample
from iteralign.training.replay import TWIN, half_and_half, training_set, twins_of

LOOKS = ("homonyms", "definitions", "safe_targets")


def harmless_of(types: dict[str, int]) -> list[TrainingPair]:
    """So many pairs of each type."""
    return [
        TrainingPair(f"{kind}{n}", f"{kind} {n}", "answer", "replayed_harmless", prompt_type=kind)
        for kind, count in types.items()
        for n in range(count)
    ]


def pairs(kind: str, count: int) -> list[TrainingPair]:
    return [TrainingPair(f"{kind}{number}", f"{kind} {number}", "answer", kind) for number in range(count)]  # type: ignore[arg-type]


def test_replay_is_capped_and_new_pairs_are_not() -> None:
    settings = TrainingSettings(replayed_revisions=3, replayed_harmless=4)
    made = training_set(pairs("revision", 9), pairs("revision", 8), pairs("replayed_harmless", 7), settings, seed=1)
    kinds = [pair.kind for pair in made]
    assert [kinds.count(kind) for kind in ("revision", "replayed_revision", "replayed_harmless")] == [9, 3, 4]


def test_the_twins_of_the_principles_are_replayed_with_their_help_and_what_is_forbidden_is_not() -> None:
    """Each once, whichever principles have it, and a capped sample of them."""
    twin = WorkedExample("How do I kill weeds?", "Pull them out.", forbidden=False)
    declined = WorkedExample("How do I scare Bob?", "I can't help with that.", forbidden=True)
    twins = twins_of([Principle("Be kind.", (), 1, (declined, twin)), Principle("Be fair.", (), 2, (twin,))])
    assert [(pair.prompt.text, pair.answer, pair.prompt_type) for pair in twins] == [
        ("How do I kill weeds?", "Pull them out.", TWIN)
    ]
    assert training_set([], [], [], TrainingSettings(), seed=1, twins=twins) == twins
    assert training_set([], [], [], TrainingSettings(replayed_twins=0), seed=1, twins=twins) == []


def test_the_same_seed_replays_the_same_pairs() -> None:
    settings = TrainingSettings(replayed_harmless=5)
    harmless = pairs("replayed_harmless", 50)
    assert training_set([], [], harmless, settings, seed=7) == training_set([], [], harmless, settings, seed=7)
    assert training_set([], [], harmless, settings, seed=7) != training_set([], [], harmless, settings, seed=8)


def test_half_of_what_is_replayed_looks_harmful_and_of_each_type_as_many() -> None:
    harmless = harmless_of({PLAIN: 90, **dict.fromkeys(LOOKS, 30)})
    for seed in range(5):
        made = training_set([], [], harmless, TrainingSettings(replayed_harmless=60), seed=seed)
        assert Counter(pair.prompt_type for pair in made) == {PLAIN: 30, **dict.fromkeys(LOOKS, 10)}
        assert len(set(made)) == 60


def test_few_prompts_are_of_other_types_under_another_seed() -> None:
    harmless = harmless_of({PLAIN: 9, **dict.fromkeys(LOOKS, 9)})
    drawn = {half_and_half(harmless, lambda pair: pair.prompt_type, 2, random.Random(seed))[1] for seed in range(30)}
    assert {pair.prompt_type for pair in drawn} == set(LOOKS)


def test_where_one_kind_is_used_up_the_other_makes_up_for_it() -> None:
    harmless = harmless_of({PLAIN: 3, "homonyms": 20, "definitions": 4})
    made = training_set([], [], harmless, TrainingSettings(replayed_harmless=20), seed=3)
    assert Counter(pair.prompt_type for pair in made) == {PLAIN: 3, "homonyms": 13, "definitions": 4}
    everything = training_set([], [], harmless, TrainingSettings(replayed_harmless=500), seed=3)
    assert set(everything) == set(harmless)


def test_prompts_that_nobody_has_sorted_are_drawn_as_one_kind() -> None:
    """As before there were types: the same seed gives the same prompts."""
    harmless = pairs("replayed_harmless", 50)
    expected = random.Random(7).sample(harmless, 5)
    random_of_revisions = training_set([], [], harmless, TrainingSettings(replayed_harmless=5), seed=7)
    assert random_of_revisions == expected


def test_unsorted_prompts_count_as_plain_ones_beside_sorted_look_alikes() -> None:
    harmless = [*pairs("replayed_harmless", 30), *harmless_of({"homonyms": 30})]
    made = training_set([], [], harmless, TrainingSettings(replayed_harmless=20), seed=1)
    assert Counter(pair.prompt_type for pair in made) == {"": 10, "homonyms": 10}
