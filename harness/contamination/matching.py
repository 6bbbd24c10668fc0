"""Whether a text of the training side is, or holds, a question that the gate measures.

What is trained on must not be measured. Three signs, from the surest to the weakest:

- equal: the two texts are the same but for case, punctuation, markup and Unicode form;
- contains: a question of at least CONTAINED_WORDS words stands inside a longer text, such as an attack template or a
  dialogue; a shorter one, of at least NEAR_WORDS, where it is a line or a sentence of its own;
- near: small edits of one question, by two conditions that must both hold. The resemblance of Broder (1997), the
  Jaccard index of the sets of shingles, here of SHINGLE letters within words, is at least RESEMBLANCE; and the words
  that carry the meaning are the same, but for slips of the pen and one word in CONTENT_PER_CHANGE.

The first condition of "near" alone cannot tell "rob a bank" from "rob a museum" in a long sentence; the second alone
cannot tell a question from a bag of its words. The word lists are English: in other languages the second condition
finds slips and new orders of the words, and hardly any other edit.

A question put with another asking phrase ("Tell me how to ..." for "How do I ...") is another text here, and so is one
in other words. Finding those takes a model, and this module has none: it reads nothing and depends on no run.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tasks.data.split import pieces

How = Literal["equal", "near", "contains"]

RESEMBLANCE = 0.5
SHINGLE = 4  # letters; a word's first and last shingle hold the space beside it
CONTENT_PER_CHANGE = 10  # below so many content words, none may be another
CONTAINED_WORDS = 8  # shorter questions stand in longer texts by chance
NEAR_WORDS = 3  # of shorter texts, every edit makes another text
SLIPS = 3  # in one text: more are other words
SLIP_SWAPPED, SLIP_ADDED, SLIP_REPLACED = 4, 5, 6  # letters from which on a word may have such a slip

_CHUNK = 128  # texts that are held against all items at once: 10,000 items take some 50 MB then
_FEATURES = 2**22  # of the hashed shingles: two that share a slot are too rare to move a resemblance

# ` and ´ are typed for apostrophes too. They go before NFKC, which would make a space and an accent of some of them.
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘‛ʼʹ′＇`´ʻʽ\u1fef\u1ffd"))
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_])\.(?=[^\W\d_](?![^\W_]))")  # "U.S." is "US"
_ENTITY = re.compile(r"&#?\w{1,10};")
_TAG = re.compile(r"</?[A-Za-z][\w-]{0,30}(?:\s+[\w-]{1,30}=\"[^\"<>]{0,200}\")*\s*/?>")

# Words that two askers of one question choose differently. Those that turn a question stay out: "without", "off",
# "myself", "who", "when"; so do "id" and "one", which are more often an identity card and a number.
_FUNCTION_WORDS = """
    a an the this that these those some any and or but so then than too also just really very
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
    am is are was were be been being do does did doing done have has had having
    can could may might must shall should will would ill im ive youre youve youd theyre theyve hes shes weve
    what which how whats hows thats theres heres there here if as
    to of in on at by for from with about into onto upon via
    please pls plz kindly hi hello hey thanks thank ok okay
"""
_NEGATING_WORDS = """
    not no never cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt mustnt havent
    hasnt hadnt aint neednt
"""
_STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_NEGATIONS = frozenset(_NEGATING_WORDS.split())


@dataclass(frozen=True)
class Item:
    """One item of a gate task: the task's name, the item's id in it, and its question."""

    task: str
    item_id: str
    text: str


@dataclass(frozen=True)
class Match:
    """A text of the training side, as it was given, and the item that it comes closest to.

    `similarity` is the resemblance, from RESEMBLANCE to 1.0, where `how` is "near"; it is 1.0 otherwise.
    """

    text: str
    item: Item
    how: How
    similarity: float


class _Words(dict[int, str]):
    """A table for `str.translate`: letters, marks and digits stay, what nobody sees falls out, all else parts words."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        kept = character if category[0] in "LMN" else "" if category == "Cf" else " "
        self[code] = kept
        return kept


_words = _Words()


def normalised(text: str) -> str:
    """The words of a text alone: NFKC, case folded, without punctuation and markup, with single spaces between.

    Apostrophes fall out, so that "don't", "don’t" and "dont" are one word, and so do the dots of "U.S.". Empty where
    the text has no word. A text that is normalised already stays as it is.
    """
    unescaped = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    bare = _TAG.sub(" ", unescaped).translate(_APOSTROPHES)
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_APOSTROPHES)
    words = _INITIALS.sub(r"\1", folded).translate(_words)
    return " ".join(unicodedata.normalize("NFKC", words).split())


class GateItems:
    """The questions of all tasks of a gate, made ready for many look-ups.

    Of items with the same normalised question the first one stands for all. Items without a word match nothing. No text
    raises an error, of whatever length or characters. 3,000 texts against 10,000 items, all of 100 letters, take about
    3 seconds.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: list[Item] = []
        self._indices: dict[str, int] = {}
        for item in items:
            question = normalised(item.text)
            if question and question not in self._indices:
                self._indices[question] = len(self._items)
                self._items.append(item)
        self._openings = _openings(self._indices)
        self._contents = [_content(question) for question in self._indices]
        self._vocabulary = frozenset(word for content in self._contents for word in content)
        self._shingles: Any = None  # the items' numbers of shingles, and which items have each; made when first needed

    def match(self, text: str) -> Match | None:
        """The item that a text comes closest to, or None. Many texts are faster together, in `matches`."""
        return self.matches([text])[0]

    def matches(self, texts: Sequence[str]) -> list[Match | None]:
        """The closest item of each text, in the texts' order and as many, and None where no item is close.

        An equal item is closer than one that the text contains, the longest first, and that is closer than a near one.
        """
        questions = {text: normalised(text) for text in texts}
        exact = {text: self._exact(question) or self._standing(text) for text, question in questions.items()}
        near = self._near(list(dict.fromkeys(questions[text] for text in questions if exact[text] is None)))
        found = {text: exact[text] or near.get(question) for text, question in questions.items()}
        return [Match(text, self._items[one[0]], *one[1:]) if (one := found[text]) else None for text in texts]

    def _standing(self, text: str) -> tuple[int, How, float] | None:
        """An item that stands in the text as a line or sentence of its own, however short it is."""
        held = [known for known in map(normalised, pieces(text)) if known in self._indices]
        longest = max(held, key=lambda known: (len(known), known), default="")
        if len(longest.split()) < NEAR_WORDS:
            return None
        return self._indices[longest], "contains", 1.0

    def _exact(self, question: str) -> tuple[int, How, float] | None:
        if question in self._indices:
            return self._indices[question], "equal", 1.0
        padded = f" {question} "
        openings = {opening for opening in _windows(question) if opening in self._openings}
        held = [known for opening in openings for known in self._openings[opening] if f" {known} " in padded]
        # The longest item says most about the text; of two as long, the alphabet decides.
        return (self._indices[max(held, key=lambda known: (len(known), known))], "contains", 1.0) if held else None

    def _near(self, questions: Sequence[str]) -> dict[str, tuple[int, How, float]]:
        found: dict[str, tuple[int, How, float]] = {}
        contents = [_content(question) for question in questions]
        for row, column, resemblance in self._resembling(questions):
            if questions[row] not in found and self._same_content(contents[row], self._contents[column]):
                found[questions[row]] = (column, "near", resemblance)
        return found

    def _resembling(self, questions: Sequence[str]) -> Iterator[tuple[int, int, float]]:
        """Pairs of a question and an item with their resemblance, each question's closest items first."""
        if not questions or not self._items:
            return
        if self._shingles is None:
            theirs = _shingles(list(self._indices))
            self._shingles = theirs.getnnz(axis=1), theirs.T.tocsr()
        their_sizes, columns_of = self._shingles
        own = _shingles(questions)
        own_sizes = own.getnnz(axis=1)
        for start in range(0, len(questions), _CHUNK):
            shared = (own[start : start + _CHUNK] @ columns_of).tocoo()
            rows, columns = shared.row + start, shared.col
            resemblances = shared.data / (own_sizes[rows] + their_sizes[columns] - shared.data)
            close = resemblances >= RESEMBLANCE
            pairs = zip(rows[close].tolist(), columns[close].tolist(), resemblances[close].tolist(), strict=True)
            yield from sorted(pairs, key=lambda pair: (pair[0], -pair[2], pair[1]))

    def _same_content(self, own: Counter[str], theirs: Counter[str]) -> bool:
        """Whether two bags of content words say the same, but for slips and one word in CONTENT_PER_CHANGE."""
        allowed = max(own.total(), theirs.total()) // CONTENT_PER_CHANGE
        extra, missing = list((own - theirs).elements()), list((theirs - own).elements())
        if "".join(extra) == "".join(missing):  # the same words, or one word in two parts: "e-mail" and "email"
            return own.total() > 0
        if max(len(extra), len(missing)) > allowed + SLIPS:
            return False
        for word in tuple(extra):
            # A word that the items use is meant as it stands: with "diary" in one, it is no slip for "dairy".
            meant = next((other for other in missing if word not in self._vocabulary and _is_slip(word, other)), None)
            if meant is not None:
                extra.remove(word)
                missing.remove(meant)
        return max(len(extra), len(missing)) <= allowed


def _windows(question: str) -> Iterator[str]:
    """Every run of CONTAINED_WORDS words."""
    words = question.split()
    return (" ".join(words[at : at + CONTAINED_WORDS]) for at in range(len(words) - CONTAINED_WORDS + 1))


def _openings(questions: Iterable[str]) -> dict[str, list[str]]:
    """The questions that are long enough to be looked for in longer texts, by their first words."""
    found = defaultdict(list)
    for question in questions:
        opening = next(_windows(question), None)
        if opening is not None:
            found[opening].append(question)
    return dict(found)


def _shingles(questions: Sequence[str]) -> Any:
    """A sparse matrix of ones, with a row for each question and a column for each slot of the hashed shingles."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=(SHINGLE, SHINGLE),
        n_features=_FEATURES,
        binary=True,
        norm=None,
        alternate_sign=False,
        lowercase=False,
    )
    return hashing.transform(questions)


def _content(question: str) -> Counter[str]:
    """The words of a normalised question that carry its meaning, without the ending of a plural or genitive.

    None for a question of under NEAR_WORDS words, so that it is near to nothing.
    """
    words = question.split()
    if len(words) < NEAR_WORDS:
        return Counter()
    meaning = ("not" if word in _NEGATIONS else word for word in words if word not in _STOP_WORDS)
    return Counter(map(_singular, meaning))


def _singular(word: str) -> str:
    """A word without the s of a plural or genitive: the weakest stemmer of Harman (1991), without its exceptions."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _is_slip(word: str, meant: str) -> bool:
    """Whether one slip of the four kinds of Damerau (1964) makes one word of the other.

    They are two letters swapped, a letter added or left out, and a letter replaced. First letters are seldom wrong
    (Kukich 1992), but the words that rhyme are many, so they must agree. Short words and numbers have no slips.
    """
    before = _shared_start(word, meant)
    after = _shared_start(word[before:][::-1], meant[before:][::-1])
    one, other = word[before : len(word) - after], meant[before : len(meant) - after]
    longer = max(len(word), len(meant))
    if before == 0 or not (word + meant).isalpha():
        return False
    if one and other:
        return (len(one) == len(other) == 1 and longer >= SLIP_REPLACED) or (
            len(one) == 2 and one == other[::-1] and longer >= SLIP_SWAPPED
        )
    return len(one + other) == 1 and longer >= SLIP_ADDED


def _shared_start(one: str, other: str) -> int:
    """How many letters two words begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(one), len(other)))
