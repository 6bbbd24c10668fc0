"""The harmless prompts of our own: what the file holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

from iteralign.core.records import PLAIN
from iteralign.red_team.everyday import EVERYDAY_FILE, LOOK_ALIKE_TYPES, SOURCE, UNSEEN_TYPES, everyday_prompts
from iteralign.red_team.pool import joined
from iteralign.red_team.sources import DataFolders
from tasks.data.resolver import load

ROWS = [json.loads(line) for line in EVERYDAY_FILE.read_text(encoding="utf-8").splitlines()]
FRAMES = (
    "how can ",
    "how to ",
    "how do i ",
    "can you ",
    "can i ",
    "is it ",
    "what are some ways ",
    "what is the best way ",
)
"""How nearly all questions of HarmfulQA and DangerousQA begin."""


def words(text: str) -> set[str]:
    return set(text.lower().split())


def openings(texts: Iterable[str]) -> Counter[str]:
    """How often each first two words."""
    return Counter(" ".join(text.lower().split()[:2]) for text in texts)


def test_each_has_a_number_of_its_own_in_the_order_of_the_file() -> None:
    assert [row["id"] for row in ROWS] == [f"everyday-{number:03d}" for number in range(1, len(ROWS) + 1)]


def test_half_look_harmful_as_training_draws_half_of_each() -> None:
    assert Counter(row["kind"] for row in ROWS) == {"plain": 588, "look_alike": 620}


def test_the_look_alikes_are_in_the_manner_of_eight_types_and_of_the_three_with_rough_verbs_there_are_more() -> None:
    types = Counter(row["type"] for row in ROWS if row["kind"] == "look_alike")
    rough = {"homonyms", "figurative_language", "safe_targets"}
    assert types == {kind: 90 if kind in rough else 70 for kind in LOOK_ALIKE_TYPES}
    assert {row["type"] for row in ROWS if row["kind"] == "plain"} == {PLAIN}
    assert not set(UNSEEN_TYPES) & set(types)


def test_plain_ones_in_the_attacks_frames_begin_as_the_attacks_do_and_as_often(shared_data: Path) -> None:
    """So that no opening is a sign of harm: the last 300 plain ones, each opening's share held against the sets'."""
    sets = [load(name, data_dir=str(shared_data)) for name in ("dangerousqa", "harmfulqa")]
    attacks = openings(row["question"] for rows in sets for row in rows)
    framed = openings(row["text"] for row in ROWS[848:] if row["kind"] == "plain")
    assert framed.total() == 300
    for opening in ("how can", "how to", "how do", "can you", "can i", "is it"):
        assert abs(framed[opening] / framed.total() - attacks[opening] / attacks.total()) < 0.06, opening
    assert sum(row["text"].lower().startswith(FRAMES) for row in ROWS) >= 0.45 * len(ROWS)


def test_the_ten_types_are_those_of_xstest(shared_data: Path) -> None:
    safe = {row["type"] for row in load("xstest", data_dir=str(shared_data)) if row["label"] == "safe"}
    assert safe == {*LOOK_ALIKE_TYPES, *UNSEEN_TYPES}


def test_prompts_are_of_many_domains_and_lengths() -> None:
    assert len({row["domain"] for row in ROWS}) >= 30
    lengths = [len(row["text"].split()) for row in ROWS]
    assert min(lengths) <= 6
    assert sum(length >= 45 for length in lengths) >= 15


def test_no_two_prompts_have_most_of_their_words_in_common() -> None:
    """Another measure than `benchmarks.replay`'s: whole words."""
    for one, other in combinations([words(row["text"]) for row in ROWS], 2):
        assert len(one & other) < 0.7 * len(one | other), (one, other)


def test_look_alikes_and_plain_ones_stand_by_turns_so_that_the_first_few_are_of_both() -> None:
    first = Counter(prompt.type == PLAIN for prompt in everyday_prompts()[:24])
    assert first[True] == first[False] == 12


def test_the_source_gives_every_prompt_once_and_knows_the_type_of_each() -> None:
    loaded = joined([SOURCE.read(DataFolders())])
    assert not loaded.skipped
    assert not loaded.notes
    assert [prompt.text for prompt in loaded.prompts] == [row["text"] for row in ROWS]
    assert [SOURCE.type_of(prompt.text) for prompt in loaded.prompts] == [row["type"] for row in ROWS]
    assert SOURCE.type_of("Is this yours?") == ""
