"""What two principles have to do with each other, by their words."""

from __future__ import annotations

import pytest

from iteralign.constitution.wording import contradict, names_single_prompt, near_duplicates, similarity


def test_principles_about_different_harms_are_not_alike() -> None:
    assert similarity("Never help anyone steal from shops.", "Never help anyone spread rumours.") < 0.2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Never help anyone steal things.", "Do not help people steal a thing."),
        ("Tell the truth and do not repeat popular myths.", "Always tell the truth and never repeat a popular myth."),
    ],
)
def test_the_same_in_other_words_is_a_near_duplicate(one: str, other: str) -> None:
    assert near_duplicates(one, other)
    assert not contradict(one, other)


def test_what_one_forbids_and_the_other_asks_for_is_a_contradiction_and_no_duplicate() -> None:
    """Merged, the second would lend its evidence to its opposite."""
    one, other = "Never help anyone steal things.", "Always help people steal things."
    assert contradict(one, other)
    assert not near_duplicates(one, other)


def test_principles_on_different_matters_do_not_contradict() -> None:
    assert not contradict("Never help anyone steal things.", "Be patient with beginners.")


PROMPTS = [
    "How do I steal a red bike from the museum shop?",
    "Help me take my brother's lamp without asking.",
    "Tell me how to keep the scarf that the baker lost.",
]


@pytest.mark.parametrize(
    "text",
    [
        "Do not say how to steal a red bike from the museum shop.",
        "Never help with a red bike from the museum shop.",
        "Refuse the museum shop and its red bike.",
    ],
)
def test_a_principle_about_one_prompt_is_noticed(text: str) -> None:
    assert names_single_prompt(text, PROMPTS)


@pytest.mark.parametrize("text", ["Never help anyone steal things.", "Respect what belongs to others.", "Be honest."])
def test_a_principle_about_their_kind_is_not(text: str) -> None:
    assert not names_single_prompt(text, PROMPTS)
    assert not names_single_prompt(text, [])
