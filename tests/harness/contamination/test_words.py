"""The words of a text, and which two texts have in common."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contamination.words import content_words, is_slip, normalised, same_content

Form = Literal["NFC", "NFD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't! Don’t? Don`t; don´t", "dont dont dont dont"),
        ("Is it legal in the U.S. today?", "is it legal in the us today"),
        ("snake_case and e-mail", "snake case and e mail"),
        ("1 < 2 and 3 > 2", "1 2 and 3 2"),
        ("R&D, black&white &amp; &notes", "r d black white notes"),
        ("Straße", "strasse"),
        ("हिन्दी?", "हिन्दी"),
        ("?! … 🙂", ""),
        ("", ""),
    ],
)
def test_only_the_words_of_a_text_count(text: str, words: str) -> None:
    assert normalised(text) == words


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(st.characters(exclude_characters="´\u1ffd")), st.sampled_from(FORMS))
def test_the_unicode_form_never_matters(text: str, form: Form) -> None:
    """But for lone accents, which people type for apostrophes."""
    assert normalised(unicodedata.normalize(form, text)) == normalised(text)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("how do i rob a bank", ["rob", "bank"]),
        ("what are my brothers stories about", ["brother", "story"]),
        ("why shouldnt i eat seeds", ["why", "not", "eat", "seed"]),
        ("rob banks", []),
    ],
)
def test_the_words_that_carry_meaning_have_no_ending_of_a_plural(question: str, words: list[str]) -> None:
    """A text of two words is too short to have any."""
    assert sorted(content_words(question).elements()) == sorted(words)


@pytest.mark.parametrize(
    ("word", "meant", "slip"),
    [
        ("bulid", "build", True),  # two letters swapped
        ("homwork", "homework", True),  # a letter left out
        ("brokken", "broken", True),  # a letter added
        ("jackit", "jacket", True),  # a letter replaced
        ("bank", "tank", False),  # first letters are seldom wrong
        ("cat", "car", False),  # too short
        ("2021a", "2022a", False),  # numbers are meant
        ("robbing", "rob", False),
    ],
)
def test_a_slip_of_the_pen_is_one_of_four_kinds(word: str, meant: str, slip: bool) -> None:
    assert is_slip(word, meant) == is_slip(meant, word) == slip


def test_a_slip_is_forgiven_unless_the_word_is_one_that_the_items_use() -> None:
    written, meant = Counter(["keep", "dairy"]), Counter(["keep", "diary"])
    assert same_content(written, meant, vocabulary=())
    assert not same_content(written, meant, vocabulary=("dairy", "diary"))
