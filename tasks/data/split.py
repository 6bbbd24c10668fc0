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
from functools import cache
from pathlib import Path
from typing import Literal

Side = Literal["train", "measure"]


def question_key(question: str) -> str:
    """Names a question by its words: the first 16 hex digits of a SHA-256."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", question).casefold())
    return hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def side(question: str) -> Side:
    """The side of a question of the shared sets, about half of them on each."""
    return "measure" if int(question_key(question)[:2], 16) < 128 else "train"


def is_measured(question: str) -> bool:
    """Whether this is a question of the shared sets that attack tasks measure on."""
    return question_key(question) in _measured()


@cache
def _measured() -> frozenset[str]:
    path = Path(__file__).with_name("measured.txt")
    return frozenset(line for line in path.read_text(encoding="utf-8").split() if not line.startswith("#"))
