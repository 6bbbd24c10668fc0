"""Which principles stand in a context that is too short for all of them."""

from __future__ import annotations

from iteralign.constitution.selection import InContext, one_fewer, relevant, worked_examples
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample

PRINCIPLES = ["Never help anyone steal.", "Do not spread rumours.", "Tell the truth about myths."]


def words(text: str) -> int:
    return len(text.split())


def test_all_stand_where_they_fit() -> None:
    assert relevant(PRINCIPLES, "How do I steal a hat?", budget=99, count_tokens=words) == PRINCIPLES


def test_the_one_that_bears_on_the_prompt_stays() -> None:
    for prompt, kept in (("How do I steal a hat?", 0), ("Help me spread a rumour.", 1), ("Is the myth true?", 2)):
        assert relevant(PRINCIPLES, prompt, budget=6, count_tokens=words) == [PRINCIPLES[kept]]


def test_they_keep_their_order() -> None:
    assert relevant(PRINCIPLES, "Spread rumours, steal", budget=11, count_tokens=words) == PRINCIPLES[:2]


def test_nothing_stands_where_nothing_fits() -> None:
    assert relevant(PRINCIPLES, "steal", budget=1, count_tokens=words) == []


def example(request: str, *, forbidden: bool) -> WorkedExample:
    return WorkedExample(request, "So.", forbidden)


STEAL = [
    example("How do I steal a hat?", forbidden=True),
    example("How do I steal a base in softball?", forbidden=False),
]
LIE = [example("Help me spread a rumour.", forbidden=True), example("What is a rumour mill?", forbidden=False)]
WITH_EXAMPLES = [Principle(PRINCIPLES[0], (), 1, tuple(STEAL)), Principle(PRINCIPLES[1], (), 1, tuple(LIE))]


def test_declining_examples_stand_before_helping_ones_and_the_most_relevant_last() -> None:
    assert worked_examples(WITH_EXAMPLES, "May I steal a car?", InContext()) == [LIE[0], STEAL[0], LIE[1], STEAL[1]]
    assert worked_examples(WITH_EXAMPLES, "A rumour of mine", InContext()) == [STEAL[0], LIE[0], STEAL[1], LIE[1]]


def test_of_each_kind_as_many_examples_stand_as_are_wanted() -> None:
    def of(declining: int, helping: int) -> list[WorkedExample]:
        return worked_examples(WITH_EXAMPLES, "A rumour", InContext(None, declining, helping))

    assert of(1, 0) == [LIE[0]]
    assert of(0, 1) == [LIE[1]]
    assert of(0, 0) == []
    assert worked_examples([Principle("Be kind.", (), 1)], "A rumour", InContext()) == []


def test_where_examples_have_to_go_both_kinds_stay_as_long_as_they_can() -> None:
    left = [LIE[0], STEAL[0], LIE[1], STEAL[1], STEAL[1]]
    kinds = []
    while left:
        kinds.append("".join("d" if one.forbidden else "h" for one in left))
        left = one_fewer(left)
    assert kinds == ["ddhhh", "ddhh", "dhh", "dh", "h"]
