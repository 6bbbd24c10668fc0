"""The words of a text: which two texts have in common, whatever their case, punctuation, markup and slips of the pen.

The lists of words are English: of other languages every word is taken to carry meaning.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Collection

NEAR_WORDS = 3  # of shorter texts, every edit makes another text
CONTENT_PER_CHANGE = 10  # below so many content words, none may be another
SLIPS = 3  # in one text: more are other words
SLIP_SWAPPED, SLIP_ADDED, SLIP_REPLACED = 4, 5, 6  # letters from which on a word may have such a slip

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


class _Words(dict[int, str]):
    """A table for `str.translate`: letters, marks and digits stay, what nobody sees falls out, all else parts words."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        kept = character if category[0] in "LMN" else "" if category == "Cf" else " "
        self[code] = kept
        return kept


_WORDS = _Words()


def normalised(text: str) -> str:
    """The words of a text alone: NFKC, case folded, without punctuation and markup, with single spaces between.

    Apostrophes fall out, so that "don't", "don’t" and "dont" are one word, and so do the dots of "U.S.". Empty where
    the text has no word. A text that is normalised already stays as it is.
    """
    unescaped = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    bare = _TAG.sub(" ", unescaped).translate(_APOSTROPHES)
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_APOSTROPHES)
    words = _INITIALS.sub(r"\1", folded).translate(_WORDS)
    return " ".join(unicodedata.normalize("NFKC", words).split())


def content_words(question: str) -> Counter[str]:
    """The words of a normalised question that carry its meaning, without the ending of a plural or genitive.

    None for a question of under NEAR_WORDS words, so that it is near to nothing.
    """
    words = question.split()
    if len(words) < NEAR_WORDS:
        return Counter()
    meaning = ("not" if word in _NEGATIONS else word for word in words if word not in _STOP_WORDS)
    return Counter(map(_singular, meaning))


def same_content(own: Counter[str], theirs: Counter[str], vocabulary: Collection[str]) -> bool:
    """Whether two bags of content words say the same, but for slips and one word in CONTENT_PER_CHANGE.

    A word of the `vocabulary` is meant as it stands: with "diary" in it, that is no slip for "dairy".
    """
    allowed = max(own.total(), theirs.total()) // CONTENT_PER_CHANGE
    extra, missing = list((own - theirs).elements()), list((theirs - own).elements())
    if "".join(extra) == "".join(missing):  # the same words, or one word in two parts: "e-mail" and "email"
        return own.total() > 0
    if max(len(extra), len(missing)) > allowed + SLIPS:
        return False
    for word in tuple(extra):
        meant = next((other for other in missing if word not in vocabulary and is_slip(word, other)), None)
        if meant is not None:
            extra.remove(word)
            missing.remove(meant)
    return max(len(extra), len(missing)) <= allowed


def _singular(word: str) -> str:
    """A word without the s of a plural or genitive: the weakest stemmer of Harman (1991), without its exceptions."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def is_slip(word: str, meant: str) -> bool:
    """Whether one slip of the four kinds of Damerau (1964) makes one word of the other.

    They are two letters swapped, a letter added or left out, and a letter replaced. First letters are seldom wrong
    (Kukich 1992), but the words that rhyme are many, so they must agree. Short words and numbers have no slips.
    """
    before = _shared_start(word, meant)
    after = _shared_start(word[before:][::-1], meant[before:][::-1])
    written, instead = word[before : len(word) - after], meant[before : len(meant) - after]
    longer = max(len(word), len(meant))
    if before == 0 or not (word + meant).isalpha():
        return False
    if written and instead:
        replaced = len(written) == len(instead) == 1 and longer >= SLIP_REPLACED
        swapped = len(written) == 2 and written == instead[::-1] and longer >= SLIP_SWAPPED
        return replaced or swapped
    return len(written + instead) == 1 and longer >= SLIP_ADDED


def _shared_start(word: str, other: str) -> int:
    """How many letters two words begin with in common."""
    pairs = zip(word, other, strict=False)
    return next((at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(word), len(other)))
