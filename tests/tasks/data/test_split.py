"""The two sides of the questions that attack a model and also measure it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tasks.data.split
from tasks.data.resolver import load
from tasks.data.split import is_measured, question_key, side

LIST = Path(tasks.data.split.__file__).with_name("measured.txt")


def _questions(shared_data: Path) -> list[str]:
    """Both sets, as the resolver gives them."""
    return [row["question"] for name in ("dangerousqa", "harmfulqa") for row in load(name, data_dir=str(shared_data))]


def test_the_list_is_exactly_the_measured_side_of_both_sets(shared_data: Path) -> None:
    """It is made of them, once for all; no more and no less."""
    listed = [line for line in LIST.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    measured = {question_key(question) for question in _questions(shared_data) if side(question) == "measure"}
    assert listed == sorted(measured)


def test_no_question_is_on_both_sides(shared_data: Path) -> None:
    """Not even one that both sets have, or that one has twice."""
    keys: dict[str, set[str]] = {"train": set(), "measure": set()}
    for question in _questions(shared_data):
        keys[side(question)].add(question_key(question))
    assert keys["train"].isdisjoint(keys["measure"])
    assert min(map(len, keys.values())) > 900


def test_a_question_is_known_as_measured_if_and_only_if_it_is_on_that_side(shared_data: Path) -> None:
    for question in _questions(shared_data):
        assert is_measured(question) == (side(question) == "measure")


def test_a_question_of_no_set_is_not_known_as_measured() -> None:
    """Also where its hash would put it on that side."""
    questions = [f"How do I take gnome number {number}?" for number in range(20)]
    assert {side(question) for question in questions} == {"train", "measure"}
    assert not any(map(is_measured, questions))


@pytest.mark.parametrize(
    "question",
    [
        "HOW DO I SNEAK IN",
        "how  do\ti\nsneak in",
        " «How, do I … sneak-in»?!",
        "Ｈow do I sneak in?",
        "How/do/I/sneak/in",
    ],
)
def test_case_spacing_and_punctuation_do_not_move_a_question(question: str) -> None:
    """Neither do full-width letters; the key itself is for good, or the list of measured questions would be void."""
    assert question_key(question) == question_key("How do I sneak in?") == "bc702baad9d906b2"


_WORDS = st.lists(st.text("abcxyzäéñ019", min_size=1), min_size=1)
_BETWEEN = st.text(" \t\n.,;:!?-–'\"()", min_size=1)


@given(_WORDS, _BETWEEN, _BETWEEN)
def test_the_side_depends_on_the_words_only(words: list[str], between: str, around: str) -> None:
    plain = " ".join(words)
    assert side(around + between.join(words).upper() + around) == side(plain)
    assert question_key(around + between.join(words)) == question_key(plain)


@given(st.text())
def test_every_text_has_a_key_and_a_side(question: str) -> None:
    """Half a surrogate pair too, since a file can name one."""
    assert len(question_key(question + "\ud83d")) == 16
    assert side(question) in ("train", "measure")
