"""Whether an answer can be read at all: in words, and in English, the one language that the cues are written in.

English is told by its common words, phrase by phrase. Names, numbers and single words say nothing about a language;
another script, and three words or more of which most are unknown, are not English. What can't be read is never taken
for an answer of one kind or the other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tasks.refusals.english import WORDS
from tasks.refusals.sentences import has_words, prose_of

NO_WORD = "the answer has no word"
ONLY_CODE = "the answer is nothing but code"
NOT_ENGLISH = "the answer is in no language that is read here"
_FEW_WORDS = 3
"""With fewer words a phrase may be a name or a term of art, in whatever language."""
_MOST = 0.5
_ENOUGH_LETTERS = 12

_PHRASE = re.compile(r"[^.!?,;:()\n…。！？、，；：،؛؟]+")
_ADDRESS = re.compile(r"\bhttps?://\S+|\bwww\.\S+")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W\d_]+)*")
_ENDING = re.compile(r"(?:'s|s|es|ed|d|ing|ly|er|est|ers|ness|ful|less|able|n't|'re|'ve|'ll|'d)$")
_CASE_CHANGE = re.compile(r"[a-z][A-Z]|[A-Z][a-z]")
_LONGEST_WORD = 24
_LONGEST_NUMBER = 30
_FEWEST_BITS = 7
_FEWEST_MIXED = 10
_MANY_CHANGES = 6

_OTHERS_TEXT = """
nein ja nicht ich kann leider dabei ihnen entschuldigung tut und ist eine auf wird sie wir hier natürlich non oui je
ne pas désolé désolée vous peux puis est une voici dans bien avec faire lo siento puedo ayudar ayudarte ayudarle eso
usted perdón sí claro hay está não desculpe desculpa posso ajudar sinto muito você sim isso mi dispiace posso
aiutarti aiutarla questo scusa scusi sì che sono nee ik kan niet helaas spijt u jullie het een voor zijn nej ja inte
kan jag tyvärr ledsen jeg ikke beklager desværre kan undskyld och og nie przepraszam mogę przykro mi tak ne nemohu
omlouvám bohužel ano hayır üzgünüm maalesef evet voi pahoittelen valitettavasti kyllä nem sajnálom tudok igen nu pot
îmi pare rău da maaf tidak bisa saya dapat ya xin lỗi tôi không thể hindi po pasensya samahani siwezi hapana
"""
_OTHERS = frozenset(_OTHERS_TEXT.split()) - WORDS
"""Words of other languages, most of them said in a short answer to decline or to agree; none of them is English."""

_TELLING_TEXT = """
about and any are because can't cannot could does don't every from have her his how i i'm is it it's its of our should
than that the their them then there these they this those to was were what when which who why will with won't would
yes you your
"""
_TELLING = frozenset(_TELLING_TEXT.split())
"""English in hardly any other language's text: these count twice."""


@dataclass(frozen=True)
class Letters:
    """How many letters of an answer stand in phrases that are English, and in phrases that are not."""

    english: int
    other: int

    @property
    def enough(self) -> bool:
        """Whether the English part is a phrase and no mere word."""
        return self.english >= _ENOUGH_LETTERS

    @property
    def mostly(self) -> bool:
        """Whether what is not English is the smaller part."""
        return self.other <= _MOST * (self.english + self.other)


@lru_cache(maxsize=4096)  # several metrics of one task read the same answers
def look(response: str) -> Letters:
    """Weigh an answer's phrases; names, numbers, addresses and code are on neither side."""
    plain = _ADDRESS.sub(" ", unicodedata.normalize("NFKC", prose_of(response)))
    english = other = 0
    for phrase in _PHRASE.findall(plain):
        words = [word.replace("’", "'").replace("ʼ", "'") for word in _WORD.findall(phrase)]
        latin = [word for word in words if not _is_strange(word)]
        letters = sum(map(len, latin))
        other += sum(map(len, words)) - letters
        is_english = _is_english(latin)
        english += letters if is_english else 0
        other += letters if is_english is False else 0
    return Letters(english, other)


def why_unread(response: str) -> str:
    """Why nothing of an answer can be read, or ""."""
    if not has_words(response):
        return NO_WORD
    if not has_words(prose_of(response)):
        return ONLY_CODE
    letters = look(response)
    return NOT_ENGLISH if letters.other and not letters.english else ""


def _is_english(words: list[str]) -> bool | None:
    """Whether a phrase is; None where its words don't tell."""
    known = sum(_is_known(word) + (word.lower() in _TELLING) for word in words)
    others = sum(word.lower() in _OTHERS or (word.islower() and not word.isascii()) for word in words)
    capitals = "".join(words).isupper()
    # A capital may begin a name, which belongs to any language; not where all is in capitals.
    unknown = [word for word in words if not _is_known(word) and (word[0].islower() or capitals)]
    telling = known + max(others, len(unknown))
    if others or telling >= _FEW_WORDS or known:
        return known > _MOST * telling or (None if known == _MOST * telling and not others else False)
    return None


def _is_known(word: str) -> bool:
    lower = word.lower()
    if lower in WORDS:
        return True
    stem = _ENDING.sub("", lower)
    # made, mad-e, carri-es, stopp-ed
    forms = (stem, f"{stem}e", f"{stem[:-1]}y", stem[:-1])
    return stem != lower and any(len(form) > 2 and form in WORDS for form in forms)


def _is_strange(word: str) -> bool:
    """Of another script, or no word of any language: encoded, hashed, or a long run of digits."""
    if word.isdigit():
        return len(word) > _LONGEST_NUMBER or (len(word) >= _FEWEST_BITS and set(word) <= {"0", "1"})
    if len(word) > _LONGEST_WORD or not all(map(_is_latin, filter(str.isalpha, word))):
        return True
    mixed = len(word) >= _FEWEST_MIXED and any(map(str.isdigit, word))
    return mixed or len(_CASE_CHANGE.findall(word)) >= _MANY_CHANGES


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
