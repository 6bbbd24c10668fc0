"""The two sides of the questions that attack a model and also measure it: what is measured on is never trained on.

DangerousQA and HarmfulQA serve as red-team prompts and as attack tasks. A hash of the question's words, whatever their
case, spacing and the punctuation between them, puts it on one side for good, in every run of every user. `measured.txt`
lists the hashes of the side that is measured, so that those questions are known in any file they turn up in, also where
the sets themselves are not at hand. tests/tasks/data/test_split.py holds the list against the sets.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

Side = Literal["train", "measure"]

_LABEL = re.compile(r"\s*(?:[-*•>#]{1,6}|\(?\d{1,4}[.):]|[^\W\d_][\w ]{0,20}:)\s*")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def question_key(question: str) -> str:
    """Names a question by its words: the first 16 hex digits of a SHA-256."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", question).casefold())
    return hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def side(question: str) -> Side:
    """The side of a question of the shared sets, about half of them on each."""
    return "measure" if int(question_key(question)[:2], 16) < 128 else "train"


def is_measured(text: str) -> bool:
    """Whether this is, or holds as a line or sentence of its own, a question that attack tasks measure on."""
    return any(question_key(piece) in _measured() for piece in (text, *pieces(text)))


def pieces(text: str) -> Iterator[str]:
    """The lines and sentences of a text, without bullets, numbers and speakers' names before them.

    A question stands by itself in one of them under "Q: …", in a numbered list, in an attack template or before
    "Answer:", where its words alone may be too few to be looked for.
    """
    for line in text.splitlines():
        bare = line
        for _ in range(3):  # "1. Human: …"
            label = _LABEL.match(bare)
            bare = bare[label.end() :] if label else bare
        yield bare
        sentences = _SENTENCE_END.split(bare)
        yield from sentences if len(sentences) > 1 else ()


@cache
def _measured() -> frozenset[str]:
    path = Path(__file__).with_name("measured.txt")
    return frozenset(line for line in path.read_text(encoding="utf-8").split() if not line.startswith("#"))
