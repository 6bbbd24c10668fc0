"""What of the text that a model wrote is its answer: what stands outside of its thoughts, if it came to an answer.

Many models write a thought before they answer, between marks that their chat templates and tokenizers know. A thought
is no answer: what it says is neither shown to a user nor judged, and one that was cut off means that there is none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from iteralign.core.libraries import Tokenizer

Marks = tuple[tuple[str, str], ...]
"""Pairs of what opens a thought and what closes it."""

USUAL_MARKS: Marks = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
    ("<|channel|>commentary", "<|channel|>final<|message|>"),
)
USUAL_BUDGET = 1024
"""Tokens for a thought, where a model's chat template knows one and nothing else is asked for."""

CUT_OFF = "the model's thought was cut off before an answer (model.thinking_tokens gives it more room)"
ONLY_THOUGHT = "the model wrote a thought and no answer"
NOTHING = "the model wrote nothing"
NO_ANSWER = frozenset({CUT_OFF, ONLY_THOUGHT, NOTHING})
"""Why there is no answer."""
_TAIL = 64
"""Characters at the end of a prompt among which a mark would open the model's thought."""


@dataclass(frozen=True)
class Said:
    """A model's answer; `missing` says why there is none, and `text` is then empty. `thought`: it thought before."""

    text: str
    missing: str = ""
    thought: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Thinking:
    """How thoughts are marked, and how many tokens there are for one beside those of the answer.

    With `tokens` None a thought gets `USUAL_BUDGET`, or half of the room that there is, where the chat template knows
    one of the marks, and nothing elsewhere.
    """

    marks: Marks = USUAL_MARKS
    tokens: int | None = None

    def budget(self, tokenizer: Tokenizer, room: int) -> int:
        """Tokens for a thought where `room` of the window are left beside the answer."""
        if self.tokens is not None:
            return self.tokens
        template = str(tokenizer.chat_template or "").lower()
        knows = any(mark.lower() in template for pair in self.marks for mark in pair)
        return min(USUAL_BUDGET, max(0, room) // 2) if knows else 0

    def describe(self) -> str:
        """For a fingerprint."""
        marks = hashlib.sha256(repr(self.marks).encode()).hexdigest()[:8]
        tokens = "as the template asks" if self.tokens is None else self.tokens
        return f"marks {'as usual' if self.marks == USUAL_MARKS else marks}, tokens {tokens}"


USUAL = Thinking()


def answer_in(text: str, marks: Marks = USUAL_MARKS, *, opened: bool = False) -> Said:
    """The answer in what a model wrote; `opened` says that the prompt itself opened a thought.

    All that stands outside of thoughts is the answer, since a user reads it. A closing mark that nothing opened closes
    what the chat template opened, so that everything before it is a thought.
    """
    outside, thinking, thoughts = _outside(text, marks, opened)
    if thinking:
        return Said("", CUT_OFF, thoughts)
    answer = "\n\n".join(part for part in map(str.strip, outside) if part)
    if answer:
        return Said(answer, "", thoughts)
    return Said("", ONLY_THOUGHT if thoughts else NOTHING, thoughts)


def outside_of_thoughts(text: str, marks: Marks = USUAL_MARKS, *, opened: bool = False) -> str:
    """What of an unfinished text a user would see so far."""
    return "".join(_outside(text, marks, opened)[0])


def _outside(text: str, marks: Marks, opened: bool) -> tuple[list[str], bool, bool]:
    """The parts of the text outside of thoughts, whether it ends within one, and whether there are any."""
    if not marks:
        return [text], False, False
    opening: dict[str, set[str]] = {}
    for first, last in marks:
        opening.setdefault(first.lower(), set()).add(last.lower())
    closing = frozenset().union(*opening.values())
    ends: frozenset[str] | set[str] = closing if opened else frozenset()
    outside: list[str] = []
    thoughts, at = opened, 0
    for found in _pattern(marks).finditer(text):
        mark = found.group().lower()
        if ends and mark in ends:
            ends, at = frozenset(), found.end()
        elif not ends and mark in opening:
            outside.append(text[at : found.start()])
            ends, thoughts = opening[mark], True
        elif not ends:
            outside, at, thoughts = [], found.end(), True
    if not ends:
        outside.append(text[at:])
    return outside, bool(ends), thoughts


@lru_cache(maxsize=8)
def _pattern(marks: Marks) -> re.Pattern[str]:
    longest_first = sorted({mark for pair in marks for mark in pair}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def opens_thought(prompt: str, marks: Marks = USUAL_MARKS) -> str:
    """The mark that closes the thought that a prompt opens at its end, as some chat templates do; "" for none."""
    end = prompt[-_TAIL:].rstrip().lower().removesuffix("<|message|>")
    return next((last for first, last in marks if end.endswith(first.lower())), "")


def past_thought(prompt: str, marks: Marks = USUAL_MARKS) -> str:
    """The prompt with the thought that it opens closed again, so that what follows is an answer."""
    closing = opens_thought(prompt, marks)
    return f"{prompt.rstrip()}\n\n{closing}\n\n" if closing else prompt


class AnswerReader:
    """Reads answers out of token ids: tokenizers know many marks as special tokens, which a plain decoding drops."""

    def __init__(self, tokenizer: Tokenizer, marks: Marks = USUAL_MARKS) -> None:
        self.marks = marks
        self._tokenizer = tokenizer

    @cached_property
    def _special(self) -> tuple[frozenset[int], frozenset[int]]:
        """Ids of special tokens that belong to marks, and of all others."""
        known = {
            number: token.content for number, token in self._tokenizer.added_tokens_decoder.items() if token.special
        }
        known |= dict(zip(self._tokenizer.all_special_ids, self._tokenizer.all_special_tokens, strict=True))
        texts = [mark.lower() for pair in self.marks for mark in pair]
        of_marks = {
            number
            for number, text in known.items()
            if text.strip() and any(text.strip().lower() in mark for mark in texts)
        }
        return frozenset(of_marks), frozenset(known) - of_marks

    def text(self, ids: Sequence[int]) -> str:
        """The text of these ids, with the marks and without any other special token."""
        of_marks, others = self._special
        if of_marks.isdisjoint(ids):
            return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))
        return str(self._tokenizer.decode([token for token in ids if token not in others], skip_special_tokens=False))

    def opened_by(self, prompt: Sequence[int]) -> bool:
        """Whether the prompt, in token ids, opens a thought at its end."""
        return bool(opens_thought(self.text(list(prompt)[-_TAIL:]), self.marks))

    def answer(self, ids: Sequence[int], *, opened: bool = False) -> Said:
        """The answer in what was written, given without end tokens and padding."""
        return answer_in(self.text(ids), self.marks, opened=opened)
