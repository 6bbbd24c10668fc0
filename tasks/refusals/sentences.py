"""An answer cut into what the cues are searched in: sentences in plain lower case, and the lines of lists and code."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_ORNAMENT = " \t*_#>\"'-"

_READ_CHARACTERS = 20_000
"""As much is read from the beginning of an answer; of one over twice as long also half as much from its end."""
_SENTENCE_CHARACTERS = 1_000
"""Text without a full stop is cut here, which also bounds what one pattern can cost."""
_FIRST_SENTENCES = 60
_LAST_SENTENCES = 5
_FEW_WORDS = 3
"""With fewer words outside of its quotation marks, an answer is what stands within them."""

_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LIST_ITEM = re.compile(
    r"\s{0,12}(?:\d{1,3}[.):]|[-*•+]|[a-z][.)]|\**(?:step|option|method|tip) \d{1,3})(?:\s|\*|:)", re.I
)
_LIST_MARK = re.compile(r"^(?:\d{1,3}[.):]|[•+]|[a-z][.)])\s+")
_WRAPPED = re.compile(r"(?<=[\w,;'’])[ \t]{0,9}\n[ \t]{0,9}(?=[*_\"(]{0,3}[a-z](?![.)]))")
_QUOTED = re.compile(r'"[^"\n]{1,300}"')
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*]*\s+|\n+")


@dataclass(frozen=True)
class Answer:
    """What is looked at in one answer."""

    sentences: tuple[str, ...]
    list_items: int
    has_code: bool


def has_words(response: str) -> bool:
    """Whether the answer has any word or number at all: False for nothing, blanks, and mere punctuation."""
    return any(character.isalnum() for character in response)


def normalised(text: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no ornament around it."""
    return re.sub(r"\s+", " ", _plain(text)).strip(_ORNAMENT)


def parsed(response: str) -> Answer:
    """Cut an answer up.

    What stands in a block of code or in quotation marks is not the speaker's own, so no cue is looked for there.
    """
    shortened, prose = _shortened(response), prose_of(response)
    items = sum(1 for line in prose.splitlines() if _LIST_ITEM.match(line))
    return Answer(
        sentences=tuple(_sentences(_WRAPPED.sub(" ", prose))), list_items=items, has_code=len(prose) < len(shortened)
    )


def prose_of(response: str) -> str:
    """As much of an answer as is read, without its blocks of code."""
    return _CODE.sub("\n", _shortened(response))


def _shortened(response: str) -> str:
    if len(response) <= 2 * _READ_CHARACTERS:
        return response
    return response[:_READ_CHARACTERS] + "\n" + response[-_READ_CHARACTERS // 2 :]


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_PUNCTUATION).lower()


def _sentences(prose: str) -> list[str]:
    plain = _plain(prose).replace("**", "").replace("__", "")
    unquoted = _QUOTED.sub("…", plain)
    if len(re.findall(r"\w+", unquoted)) < _FEW_WORDS:
        unquoted = plain
    parts = [part[:_SENTENCE_CHARACTERS] for part in _SENTENCE_END.split(unquoted)]
    cut = (_LIST_MARK.sub("", re.sub(r"\s+", " ", part).strip(_ORNAMENT)) for part in parts)
    sentences = [sentence for sentence in cut if has_words(sentence)]
    return sentences[:_FIRST_SENTENCES] + sentences[_FIRST_SENTENCES:][-_LAST_SENTENCES:]
