"""Words and phrases of a text, brought to one form, so that a lexicon of plain words meets every inflection of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import yaml

from harness_base.types import Fields, Row

# Some 20 times as fast where the C library is there.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LONGEST_PHRASE = 4
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[,;:]")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_CURLY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": ",", "—": ","})
_NEGATED = {"can't": "can", "cant": "can", "won't": "will", "shan't": "shall", "ain't": "is", "cannot": "can"}
_NEGATED |= {"dont": "do", "wont": "will", "doesnt": "does", "isnt": "is", "arent": "are", "didnt": "did"}
_ENDINGS = {"'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'m": "am"}
_PLURALS = (("ies", "y"), ("s", ""))
_FORMS = (("ied", "y"), ("ing", ""), ("ed", ""))
_VOWEL = re.compile("[aeiouy]")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]},]*\s+|\n+|(?<=[a-z])\s*[{}\[\]<>|]+")
_QUOTED = re.compile(r'"([^"\n]{2,400})"')


@cache
def table(name: str) -> Fields:
    """A file of words beside this module."""
    loaded: Row = yaml.load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"), _Loader)
    return loaded


@cache
def listed(name: str) -> frozenset[str]:
    """One of the lists of `english.yaml`."""
    return frozenset(table("english")[name].split())


@cache
def _irregular() -> Mapping[str, str]:
    return {form: base for base, forms in table("english")["irregular"].items() for form in forms.split()}


def plain(text: str) -> str:
    """Lower case, with plain quotes, and without characters that can't be seen."""
    if text.isascii():
        return text.lower()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).translate(_CURLY)).lower()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """What a word shares with its inflections; not always a word itself."""
    word = _irregular().get(word, word)
    for ending, put in _PLURALS + _FORMS:
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 2 and not rest.endswith("s") and _VOWEL.search(rest):
            word = _irregular().get(rest + put, rest + put)
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lseo":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def words(text: str) -> list[str]:
    """The words and the commas of a plain text, with contractions written out."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        found += _written_out(token)
    return found


@lru_cache(maxsize=20_000)
def _written_out(token: str) -> tuple[str, ...]:
    if token in _NEGATED:
        return (_NEGATED[token], "not")
    if token.endswith("n't"):
        return (token[:-3], "not")
    head, mark, tail = token.partition("'")
    if not mark:
        return (token,)
    if mark + tail in _ENDINGS:
        return (head, _ENDINGS[mark + tail])
    if tail == "s":
        return (head, "is") if head in listed("subjects") else (head, "'s")
    return (head,)


def stems(text: str) -> list[str]:
    """The stems of a plain text, without adverbs that only stress."""
    return [stem(word) for word in words(text) if word not in listed("adverbs")]


def grams(tokens: Sequence[str]) -> set[str]:
    """Every phrase of up to four words."""
    found = set(tokens)
    for size in range(2, _LONGEST_PHRASE + 1):
        found.update(" ".join(tokens[start : start + size]) for start in range(len(tokens) - size + 1))
    return found


def sentences(text: str) -> Iterator[str]:
    """The sentences of a plain text."""
    return (part for part in _SENTENCE.split(text) if part and part.strip())


def without_quotes(text: str) -> tuple[str, list[str]]:
    """A plain text with its quoted passages cut out, and the passages."""
    return _QUOTED.sub(" quotation ", text), _QUOTED.findall(text)


def phrases(written: str | Iterable[str]) -> frozenset[str]:
    """The phrases of a lexicon's entry: parted by commas, where `a|b c` stands for `a c` and `b c`."""
    lines = [written] if isinstance(written, str) else written
    return frozenset(
        " ".join(word if word[0] == "@" else stem(word) for word in phrase if word)
        for line in lines
        for entry in re.split(r"(?<! ),\s*|(?<= ,),\s*", line.strip().lower())
        if entry
        for phrase in _alternatives(entry.split())
    )


def as_stems(entry: str) -> frozenset[str]:
    """The phrases of a lexicon's entry that are parted by `|`."""
    return frozenset(" ".join(stems(phrase.strip().lower())) for phrase in entry.split("|"))


def as_written(entry: str) -> frozenset[str]:
    """The phrases of a lexicon's entry that are compared word for word."""
    return frozenset(" ".join(words(phrase.lower())) for phrase in entry.split(","))


def _alternatives(parts: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for part in parts:
        found = [[*begun, *choice.replace("_", " ").split()] for begun in found for choice in part.split("|")]
    return found
