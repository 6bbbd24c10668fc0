"""Which satisfactory revisions may be trained on: none that is broken, none that declines for nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from iteralign.core.records import Constitution, Response, Verdict
from iteralign.encoding.chat import CONSTITUTION_HEADING

Refuses = Callable[[str, str], bool | None]
"""Given the last user turn and the answer to it, whether the answer declines; None where that can't be told."""

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^.!?\n]+")
_RECITED_WORDS = 8
_LONG_ENOUGH_TO_REPEAT = 12
_FEWEST_DIFFERENT = 0.3
_MAX_COPIES = 3
_BARE_WORDS = 12


def refuses_nothing(_prompt: str, _answer: str) -> bool:
    """For a loop that nobody has told how to read a refusal."""
    return False


def degenerate(answer: Response, constitution: Constitution) -> str:
    """Why an answer is broken, or "": empty, cut off, repeating itself, or reciting the constitution."""
    words = _words(answer.text)
    if not words:
        return "it is empty"
    if not answer.finished:
        return "it was cut off at the length limit"
    if _repeats(answer.text, words):
        return "it repeats itself"
    if _recites(words, answer.text, constitution):
        return "it recites the constitution"
    return ""


def why_dropped(
    violation: Verdict, revision: Response, verdict: Verdict, constitution: Constitution, refuses: Refuses
) -> str:
    """Why a revision that was judged satisfactory may still not be trained on, or "".

    A bare refusal is dropped where help was possible: where the violation was of low severity, so that something was
    wrong with how the model answered and not with what it was asked. Trained on, such refusals teach over-refusal.
    """
    if verdict.label != "satisfactory":
        return ""
    broken = degenerate(revision, constitution)
    if broken:
        return broken
    if violation.severity != "low":
        return ""
    if refuses(revision.attack.last_user_turn, revision.text) is None:
        return "whether it only refuses, where an answer was possible, can't be told"
    return "it only refuses, where an answer was possible" if is_bare_refusal(revision, refuses) else ""


def is_bare_refusal(answer: Response, refuses: Refuses) -> bool:
    """Whether an answer declines in so few words that there is neither a reason nor another offer in it."""
    return len(_words(answer.text)) <= _BARE_WORDS and bool(refuses(answer.attack.last_user_turn, answer.text))


def _repeats(text: str, words: Sequence[str]) -> bool:
    sentences = Counter(sentence.strip().lower() for sentence in _SENTENCE.findall(text) if sentence.strip())
    if max(sentences.values(), default=0) >= _MAX_COPIES:
        return True
    return len(words) >= _LONG_ENOUGH_TO_REPEAT and len(set(words)) / len(words) < _FEWEST_DIFFERENT


def _recites(words: Sequence[str], text: str, constitution: Constitution) -> bool:
    if CONSTITUTION_HEADING.lower() in text.lower():
        return True
    runs = _runs(words)
    return any(not runs.isdisjoint(_runs(_words(principle.text))) for principle in constitution.principles)


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + _RECITED_WORDS]) for start in range(len(words) - _RECITED_WORDS + 1)}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
