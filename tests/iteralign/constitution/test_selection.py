"""Which principles stand in a context that is too short for all of them."""

from __future__ import annotations

from iteralign.constitution.selection import relevant

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
