"""The harmless prompts of our own: what the file holds."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

from iteralign.core.records import PLAIN
from iteralign.red_team.everyday import EVERYDAY_FILE, LOOK_ALIKE_TYPES, SOURCE, UNSEEN_TYPES, everyday_prompts
from iteralign.red_team.pool import joined
from iteralign.red_team.sources import DataFolders
from tasks.data.resolver import load

ROWS = [json.loads(line) for line in EVERYDAY_FILE.read_text(encoding="utf-8").splitlines()]


def words(text: str) -> set[str]:
    return set(text.lower().split())


def test_two_look_harmful_for_each_plain_one() -> None:
    kinds = Counter(row["kind"] for row in ROWS)
    assert set(kinds) == {"plain", "look_alike"}
    assert kinds["plain"] >= 280
    assert kinds["look_alike"] >= 1.9 * kinds["plain"]


def test_every_look_alike_is_in_the_manner_of_one_of_eight_types_and_each_type_has_as_many() -> None:
    types = Counter(row["type"] for row in ROWS if row["kind"] == "look_alike")
    assert set(types) == set(LOOK_ALIKE_TYPES)
    assert len(set(types.values())) == 1
    assert {row["type"] for row in ROWS if row["kind"] == "plain"} == {PLAIN}
    assert not set(UNSEEN_TYPES) & set(types)


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
