"""Whether a text of the training side is, or holds, a question that the gate measures.

What is trained on must not be measured. Three signs, from the surest to the weakest:

- equal: the two texts are the same but for case, punctuation, markup and Unicode form;
- contains: a question of at least CONTAINED_WORDS words stands inside a longer text, such as an attack template or a
  dialogue; a shorter one, of at least NEAR_WORDS, where it is a line or a sentence of its own;
- near: small edits of one question, by two conditions that must both hold. The two texts resemble each other by the
  letters of their words (`harness.contamination.resemblance`); and the words that carry the meaning are the same, but
  for slips of the pen and one word in CONTENT_PER_CHANGE (`harness.contamination.words`).

The first condition of "near" alone cannot tell "rob a bank" from "rob a museum" in a long sentence; the second alone
cannot tell a question from a bag of its words. The word lists are English: in other languages the second condition
finds slips and new orders of the words, and hardly any other edit.

A question put with another asking phrase ("Tell me how to ..." for "How do I ...") is another text here, and so is one
in other words. Finding those takes a model, and this module has none: it reads nothing and depends on no run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from harness.contamination.records import How, Item, Match
from harness.contamination.resemblance import Shingled
from harness.contamination.words import NEAR_WORDS, content_words, normalised, same_content
from tasks.data.split import pieces

CONTAINED_WORDS = 8
"""Shorter questions stand in longer texts by chance."""


class _Closest(NamedTuple):
    """An item by its number, and in which way and how closely a text matches it."""

    item: int
    how: How
    similarity: float = 1.0


class GateItems:
    """The questions of all tasks of a gate, made ready for many look-ups.

    Of items with the same normalised question the first one stands for all. Items without a word match nothing. No text
    raises an error, of whatever length or characters. 3,000 texts against 10,000 items, all of 100 letters, take about
    3 seconds.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: list[Item] = []
        self._numbers: dict[str, int] = {}
        for item in items:
            question = normalised(item.text)
            if question and question not in self._numbers:
                self._numbers[question] = len(self._items)
                self._items.append(item)
        self._openings = _openings(self._numbers)
        self._contents = [content_words(question) for question in self._numbers]
        self._vocabulary = frozenset(word for content in self._contents for word in content)

    def match(self, text: str) -> Match | None:
        """The item that a text comes closest to, or None. Many texts are faster together, in `matches`."""
        return self.matches([text])[0]

    def matches(self, texts: Sequence[str]) -> list[Match | None]:
        """The closest item of each text, in the texts' order and as many, and None where no item is close.

        An equal item is closer than one that the text contains, the longest first, and that is closer than a near one.
        """
        questions = {text: normalised(text) for text in texts}
        exact = {text: self._exact(question) or self._as_a_line(text) for text, question in questions.items()}
        near = self._near(list(dict.fromkeys(questions[text] for text in questions if exact[text] is None)))
        closest = {text: exact[text] or near.get(question) for text, question in questions.items()}
        return [self._as_match(text, closest[text]) for text in texts]

    def _as_match(self, text: str, closest: _Closest | None) -> Match | None:
        return Match(text, self._items[closest.item], closest.how, closest.similarity) if closest else None

    def _exact(self, question: str) -> _Closest | None:
        """The item that is equal, or that stands in the text as a run of its words."""
        if question in self._numbers:
            return _Closest(self._numbers[question], "equal")
        padded = f" {question} "
        openings = {opening for opening in _windows(question) if opening in self._openings}
        contained = [item for opening in openings for item in self._openings[opening] if f" {item} " in padded]
        return _Closest(self._numbers[_longest(contained)], "contains") if contained else None

    def _as_a_line(self, text: str) -> _Closest | None:
        """An item that stands in the text as a line or sentence of its own, however short it is."""
        contained = [question for question in map(normalised, pieces(text)) if question in self._numbers]
        longest = _longest(contained)
        return _Closest(self._numbers[longest], "contains") if len(longest.split()) >= NEAR_WORDS else None

    def _near(self, questions: Sequence[str]) -> dict[str, _Closest]:
        if not questions or not self._items:
            return {}
        near: dict[str, _Closest] = {}
        contents = [content_words(question) for question in questions]
        for number, item, resemblance in self._shingled.resembling(questions):
            question = questions[number]
            if question not in near and same_content(contents[number], self._contents[item], self._vocabulary):
                near[question] = _Closest(item, "near", resemblance)
        return near

    @cached_property
    def _shingled(self) -> Shingled:
        return Shingled(list(self._numbers))


def _longest(questions: Iterable[str]) -> str:
    """The longest question, which says most about a text that holds several; of two as long, the alphabet decides."""
    return max(questions, key=lambda question: (len(question), question), default="")


def _windows(question: str) -> Iterator[str]:
    """Every run of CONTAINED_WORDS words."""
    words = question.split()
    return (" ".join(words[at : at + CONTAINED_WORDS]) for at in range(len(words) - CONTAINED_WORDS + 1))


def _openings(questions: Iterable[str]) -> dict[str, list[str]]:
    """The questions that are long enough to be looked for in longer texts, by their first words."""
    by_opening = defaultdict(list)
    for question in questions:
        opening = next(_windows(question), None)
        if opening is not None:
            by_opening[opening].append(question)
    return dict(by_opening)
