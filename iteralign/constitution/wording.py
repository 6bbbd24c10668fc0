"""What two principles have to do with each other, and with a prompt, by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

_FILLER_WORDS = """
a an and any anyone anything are as at be by do does even for from help helping if in is it its must never no not of on
one or others people person should somebody someone that the their them they this to user users when who with you your
"""
_FILLER = frozenset(_FILLER_WORDS.split())
_WORD = re.compile(r"\w+")
_FORBIDS = re.compile(
    r"\b(never|not|no|don't|doesn't|won't|refuse\w*|declin\w*|avoid\w*|without|reject\w*|stop|instead of)\b",
    re.IGNORECASE,
)
_VIRTUES_AND_FRAME = """
accurate act advice ai answer appropriate assistance assistant avoid bad behave being best better care careful caution
clear consider content decline dangerous ensure ethic ethical everyone follow good guideline guidance harm harmful
harmless helpful honest honestly human illegal immoral inappropriate information kind language legal manner model moral
negative offensive other polite positive potential potentially principle promote proper provide quality question refuse
reject reply request respect respectful respond response responsible responsibly right rule safe safety society standard
support truthful unethical unsafe useful value way well without wrong
"""
_SAME_MATTER = 0.6
_COPIED_WORDS = 6
_MIN_STEMS = 3
_IN_ONE_PROMPT = 0.8


def similarity(left: str, right: str) -> float:
    """Jaccard similarity of the words that carry meaning, crudely stemmed: 0 to 1."""
    own, others = stems(left), stems(right)
    return len(own & others) / len(own | others) if own | others else float(left == right)


def stems(text: str) -> set[str]:
    """The words that carry meaning, without their commonest endings."""
    words = {word for word in _WORD.findall(text.lower()) if word not in _FILLER}
    return {re.sub(r"(?<=\w{4})(ing|ed|es|s)$", "", word) for word in words}


def near_duplicates(left: str, right: str) -> bool:
    """Whether both say nearly the same, and neither forbids what the other asks for."""
    return similarity(left, right) >= _SAME_MATTER and _forbids(left) == _forbids(right)


def contradict(left: str, right: str) -> bool:
    """Whether one forbids what the other, in much the same words, asks for.

    By words alone: two principles that pull apart in different words are not found (docs/constitution.md).
    """
    return similarity(left, right) >= _SAME_MATTER and _forbids(left) != _forbids(right)


def names_nothing(text: str) -> bool:
    """Whether a principle names neither what it forbids nor what it leaves alone: "be helpful and harmless".

    All of its words are filler, virtues and vices that any principle is for or against, or the talk of requests and
    answers that every principle is about.
    """
    return not stems(text) - _vague()


@cache
def _vague() -> frozenset[str]:
    words = _VIRTUES_AND_FRAME.split()
    forms = (form for word in words for form in (word, f"{word}s", f"{word[:-1]}ing", f"{word}ing", f"{word}ed"))
    return frozenset(stems(" ".join(forms)))


def names_single_prompt(text: str, prompts: Sequence[str]) -> bool:
    """Whether a principle is about one of `prompts` and not about their kind.

    It copies six words in a row that only one of them holds, or most of its words stand in one and few in any other.
    """
    if sum(_shares_run(text, prompt) for prompt in prompts) == 1:
        return True
    own = stems(text)
    if len(own) < _MIN_STEMS or not prompts:
        return False
    shares = sorted((len(own & stems(prompt)) / len(own) for prompt in prompts), reverse=True)
    return shares[0] >= _IN_ONE_PROMPT and (len(shares) == 1 or shares[1] < _IN_ONE_PROMPT / 2)


def _forbids(text: str) -> bool:
    return bool(_FORBIDS.search(text))


def _shares_run(text: str, prompt: str) -> bool:
    runs = _runs(prompt)
    return any(run in runs for run in _runs(text))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[start : start + _COPIED_WORDS]) for start in range(len(words) - _COPIED_WORDS + 1)}
