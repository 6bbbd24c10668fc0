"""Which column of a row holds the prompt, which hold its context, and what in them is the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from harness_base.types import Fields, Json
from iteralign.red_team import chats
from iteralign.red_team.chats import Asked

_KNOWN_NAMES = """
    prompt forbidden_prompt question instruction query goal vanilla user_input user human request behavior behaviour
    adversarial attack jailbreak input text messages conversations conversation chat dialog dialogue turns transcript
    chosen rejected content contents message sentence task
"""
PROMPT_COLUMNS = tuple(_KNOWN_NAMES.split())
"""The names that a prompt's column may have, in the order in which they are looked for.

Case, blanks, dashes and underscores make no difference, and a plural no other name.
"""

_CONTEXT: Mapping[str, tuple[str, ...]] = {
    "instruction": ("input", "context"),
    **dict.fromkeys(("prompt", "question", "query", "request"), ("context",)),
    **dict.fromkeys(("behavior", "behaviour"), ("contextstring", "context")),
}
"""Columns that belong to the prompt: Alpaca's `input`, HarmBench's `ContextString`, Dolly's `context`."""

_ALSO_TOPICS = frozenset({"attack", "jailbreak", "user", "human", "adversarial", "chat", "dialog", "dialogue"})
_ATTEMPT = "transcript"  # hh-rlhf's red-team attempts: the first turn is the attack
_COMPARED = ("chosen", "rejected")  # whole dialogues, or else answers alone
_CHATS = ("messages", "conversations", "conversation", "chat", "dialog", "dialogue", "contents", *_COMPARED)
_NO_TEXT = frozenset({"", "nan", "none", "null", "n/a", "<noinput>"})
_SPOKEN = ("conversation", "dialog", "dialogue", "chat")  # a list of texts in these: user and model in turn
_USER_SAYS = "turns"  # and in this one, what the user says turn by turn
_INNER = ("text", "content", "value", "prompt", "messages")  # where a column holds an object, as RealToxicityPrompts'
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NAMES_MADE_WITH = "prompt question query instruction request goal behavior behaviour attack jailbreak"
_NAMES_OF_ELSE = """
    id uid type style category categorie label source lang language length len token score index idx hash date time
    template name system count number num rating target is has answer response completion output reply model severity
    tag topic split version url
"""
_REQUEST_WORDS = frozenset(_NAMES_MADE_WITH.split())
_OTHER_WORDS = frozenset(_NAMES_OF_ELSE.split())
_NUMBER = re.compile(r"[\d\s.,:;#+-]*\d[\d\s.,:;#+-]*")
_SENTENCE = re.compile(r"\S\s+\S+\s+\S|[.?!？。！؟]$|[^\W\d_a-zA-Z\u00c0-\u024f]{3}")
_MARK = re.compile(
    r"[a-z]{0,12}[-_ .:#]?\d[\d\W_]*|[\d\W_]*|[0-9a-f-]{12,}|true|false|yes|no|none|null|nan|n/?a", re.IGNORECASE
)
"""What is no request where another column holds one: a number, an identifier, an answer to a question of yes or no."""


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A column's name without what nobody means by it: case, blanks, dashes, underscores."""
    return re.sub(r"[\s_\-]+", "", name.replace("\ufeff", "")).casefold()


_ORDER = {fold(name): place for place, name in enumerate(PROMPT_COLUMNS)}
_ORDER["queries"] = _ORDER["query"]


@lru_cache(maxsize=4096)
def rank(name: str) -> int | None:
    """How early a column is looked for by its name; None for one that is not.

    After the known names come those that are made with one, like `attack_prompt` or `Prompt Text`.
    """
    folded = fold(name)
    if folded in _ORDER:
        return _ORDER[folded]
    if folded.removesuffix("s") in _ORDER:
        return _ORDER[folded.removesuffix("s")]
    words = [word.casefold() for word in _PARTS.findall(name)]
    singular = {word.removesuffix("s") for word in words}
    if singular & _REQUEST_WORDS and not {*words, *singular} & _OTHER_WORDS:
        return len(_ORDER)
    return None


@lru_cache(maxsize=4096)
def _ranked(names: tuple[str, ...]) -> tuple[str, ...]:
    places = [(place, index, name) for index, name in enumerate(names) if (place := rank(name)) is not None]
    return tuple(name for _, _, name in sorted(places))


@dataclass(frozen=True)
class Columns:
    """How a file's columns are read: by their names, or the one that the user has named."""

    named: str | None = None

    def candidates(self, row: Fields) -> list[str]:
        """The columns of a row that may hold its prompt, the likeliest first."""
        if self.named is not None:
            return [name for name in (self._own(row, tuple(row)),) if name is not None]
        return list(_ranked(tuple(row)))

    def _own(self, row: Fields, names: Sequence[str]) -> str | None:
        named = str(self.named)
        if named in names or _below(row, named) is not None:
            return named
        return next((name for name in names if fold(name) == fold(named)), None)

    def of_a_table(self, table: Fields) -> list[str]:
        """The names that a column of prompts has in a table that is written by columns, where topics have names too."""
        if self.named is not None:
            return self.candidates(table)
        return [name for name in self.candidates(table) if fold(name) in _ORDER and fold(name) not in _ALSO_TOPICS]

    def is_row(self, row: Fields) -> bool:
        """Whether an object is a row, and not a topic with prompts under it or a table by columns."""
        return any(_may_be_asked(cell(row, name), name) for name in self.candidates(row))

    def needed(self, names: Sequence[str]) -> list[str] | None:
        """Those of a wide table's columns that decide anything; None where they can't be told."""
        known = [name for name in names if rank(name) is not None or fold(name) in _CONTEXT_NAMES]
        return known if known and self.named is None else None


_CONTEXT_NAMES = frozenset({*(name for names in _CONTEXT.values() for name in names), "system", "history"})


def cell(row: Fields, name: str) -> Json:
    """What a row has in a column, which may be named with dots by the way down to it."""
    return row[name] if name in row else _below(row, name)


def _below(row: Fields, name: str) -> Json:
    value: object = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _may_be_asked(value: object, column: str) -> bool:
    if isinstance(value, Mapping):
        return chats.is_message(value) or any(_may_be_asked(value[name], "") for name in _INNER if value.get(name))
    if not isinstance(value, list):
        return True
    return chats.is_chat(value) or _is_spoken(value, column) or (fold(column) in _CHATS and _is_no_dialogue(value))


def _is_no_dialogue(value: Sequence[object]) -> bool:
    """Whether a list is a conversation in which nobody is known to be the user."""
    return not value or chats.looks_like_chat(value)


def _is_spoken(value: Sequence[object], column: str) -> bool:
    """Whether a list of texts is what is said in turn."""
    return fold(column) in (*_SPOKEN, _USER_SAYS) and bool(value) and all(isinstance(text, str) for text in value)


def context_of(row: Fields, column: str) -> Iterator[str]:
    """The names of the columns that belong to the prompt in `column`, where they hold a text."""
    for wanted in _CONTEXT.get(fold(column), ()):
        for name in row:
            if fold(str(name)) == wanted and str(row[name] or "").strip().casefold() not in _NO_TEXT:
                yield str(name)


def asked(value: object, column: str = "") -> Asked | None:
    """What is asked by a value in `column`, empty for a missing one; None where it can't be a prompt."""
    if value is None or value != value:  # a missing cell is NaN to some libraries
        return Asked("")
    if isinstance(value, str):
        return _of_text(value, fold(column))
    if isinstance(value, list) and fold(column) in _CHATS and not chats.is_chat(value) and _is_no_dialogue(value):
        return Asked("", why=chats.NO_USER_TURN)
    if isinstance(value, list) and _is_spoken(value, column):
        return chats.spoken(value, answered=fold(column) != _USER_SAYS)
    if isinstance(value, Mapping) and not chats.is_message(value):
        inner = next((value[name] for name in _INNER if value.get(name)), None)
        return None if inner is None else asked(inner, column)
    return chats.last_user_turn(value)


def _of_text(text: str, column: str) -> Asked:
    chat = chats.written_out(text)
    if chat is not None and (last := chats.last_user_turn(chat)) is not None:
        return last
    dialogue = chats.transcript(text, surely=column in (_ATTEMPT, *_COMPARED), first=column == _ATTEMPT)
    return dialogue or Asked("" if column in _COMPARED else text.strip())


def is_number(value: object) -> bool:
    """Whether a text is a number, as all cells of a table are texts."""
    return isinstance(value, str) and _NUMBER.fullmatch(value.strip()) is not None


def likeness(value: object, column: str) -> int:
    """How much a value looks like what somebody asks: 2 for a sentence, 1 for a word or two, 0 for a number or a mark.

    Marks are identifiers and yes or no.
    """
    if isinstance(value, bool | int | float) or value is None:
        return 0
    prompt = asked(value, column)
    if prompt is None or not (prompt.text or prompt.why):
        return 0
    if not isinstance(value, str):
        return 2
    if _MARK.fullmatch(prompt.text):
        return 0
    return 2 if _SENTENCE.search(prompt.text) else 1
