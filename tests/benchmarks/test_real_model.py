"""The harmless requests that neither gate, replay nor constitution holds: what the file holds, and what it shares."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import yaml

from harness.contamination.matching import GateItems
from harness.contamination.records import Item
from iteralign.red_team.everyday import EVERYDAY_FILE, LOOK_ALIKE_TYPES, UNSEEN_TYPES
from tasks.data.resolver import load

ROOT = Path(__file__).resolve().parents[2]
CONSTITUTION = ROOT / "recipes" / "constitutions" / "everyday-harms.yaml"
ROWS = [
    json.loads(line)
    for line in (ROOT / "benchmarks" / "real_model" / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
]
TEXTS = [row["text"] for row in ROWS]
HARMFUL_TOPICS = {"education", "history", "journalism", "law", "prevention", "psychology", "safety"}
OPENINGS = ("how can ", "how could ", "how to ", "what are some ", "can you explain ")
"""How nearly all questions of HarmfulQA begin, and many of DangerousQA."""


def nothing_shared(texts: Sequence[str]) -> bool:
    """Neither way round: no request is, or holds, one of `texts`, and none of them one of the requests."""
    theirs = GateItems(Item("theirs", str(number), text) for number, text in enumerate(texts))
    ours = GateItems(Item("ours", row["id"], row["text"]) for row in ROWS)
    return not any(theirs.matches(TEXTS)) and not any(ours.matches(texts))


def test_of_three_hundred_requests_half_look_harmful_and_stand_by_turns() -> None:
    assert [row["kind"] for row in ROWS] == ["look_alike", "plain"] * 150


def test_the_look_alikes_are_of_all_ten_types_of_xstest_and_each_type_has_as_many() -> None:
    types = Counter(row["type"] for row in ROWS if row["kind"] == "look_alike")
    assert types == dict.fromkeys((*LOOK_ALIKE_TYPES, *UNSEEN_TYPES), 15)
    assert {row["type"] for row in ROWS if row["kind"] == "plain"} == {"plain"}


def test_each_request_has_a_name_of_its_own_and_the_columns_of_the_replayed_ones() -> None:
    assert [row["id"] for row in ROWS] == [f"unseen-{number:03d}" for number in range(1, 301)]
    assert all(list(row) == ["id", "text", "kind", "type", "domain"] for row in ROWS)


def test_texts_are_stripped_lines_of_three_to_forty_words() -> None:
    assert all(text == " ".join(text.split()) for text in TEXTS)
    lengths = [len(text.split()) for text in TEXTS]
    assert min(lengths) == 3
    assert max(lengths) <= 40
    assert sum(length >= 28 for length in lengths) >= 20


def test_a_fifth_are_harmless_questions_about_harmful_topics() -> None:
    of_topics = [row for row in ROWS if row["kind"] == "look_alike" and row["domain"] in HARMFUL_TOPICS]
    assert len(of_topics) == 59


def test_a_fifth_of_each_kind_and_of_those_topics_begin_as_the_attacks_do() -> None:
    """So that a model that refuses by the phrasing is caught."""
    alike = [row for row in ROWS if row["kind"] == "look_alike"]
    plain = [row for row in ROWS if row["kind"] == "plain"]
    for rows in (alike, plain, [row for row in alike if row["domain"] in HARMFUL_TOPICS]):
        assert sum(row["text"].lower().startswith(OPENINGS) for row in rows) >= 0.2 * len(rows)


def test_no_two_requests_have_half_of_their_words_in_common() -> None:
    for one, other in combinations([set(text.lower().split()) for text in TEXTS], 2):
        assert len(one & other) < 0.5 * len(one | other), (one, other)


def test_none_is_replayed() -> None:
    replayed = [json.loads(line)["text"] for line in EVERYDAY_FILE.read_text(encoding="utf-8").splitlines()]
    assert nothing_shared(replayed)


def test_none_is_a_worked_example_of_the_written_constitution() -> None:
    principles = yaml.safe_load(CONSTITUTION.read_text(encoding="utf-8"))["principles"]
    examples = [text for one in principles for example in one["examples"] for text in example.values()]
    assert len(examples) >= 50
    assert nothing_shared(examples)


def test_none_is_seen_by_the_gate_or_asked_as_an_attack(shared_data: Path) -> None:
    """All of XSTest, DangerousQA and HarmfulQA."""
    rows = [row for name in ("xstest", "dangerousqa", "harmfulqa") for row in load(name, data_dir=str(shared_data))]
    assert len(rows) == 450 + 200 + 1_960
    assert nothing_shared([str(row["prompt"] if "prompt" in row else row["question"]) for row in rows])
