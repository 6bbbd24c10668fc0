"""What is asked in a conversation: its last user turn, in whichever form people keep conversations."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness_base.types import Fields

Role = Literal["user", "assistant", "system", "other"]

_ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("user", "human", "prompter", "person", "customer", "client", "usr"), "user"),
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "ai", "chatgpt", "chatbot", "agent", "bard"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "observation", "ipython", "functioncall", "functionresponse"), "other"),
}
_ROLE_KEYS = ("role", "from", "speaker", "author", "sender")
_TEXT_KEYS = ("content", "value", "text", "parts", "message", "utterance")

_TURN = re.compile(r"(?:(?:\A|\n)\s*|###\s*)(?:###\s*)?(Human|Assistant):")
_OPENS = re.compile(r"\s*(?:###\s*)?Human:")
_OPENS_APART = re.compile(r"\s*\n\s*\n\s*Human:")

NO_USER_TURN = "no user turn in the conversation"
NOT_TEXT = "not a text alone"
"""Why a conversation gives no prompt: the second where a picture or a file belongs to it."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the model; empty where nothing is. `why` says why a conversation gives no prompt.

    `earlier` counts the turns before it, a system message not among them, and `system` says that there was one; `later`
    counts what the user says after it.
    """

    text: str
    earlier: int = 0
    later: int = 0
    system: bool = False
    why: str = ""


@dataclass(frozen=True)
class _Turn:
    role: Role
    content: object


def last_user_turn(value: object) -> Asked | None:
    """What is asked in a conversation: a list of messages, or one by itself. None where `value` is no conversation."""
    turns = _turns(value)
    return None if turns is None else _last(turns)


def only_turn(value: object) -> object:
    """The text of a conversation of one turn, a system message apart; anything else as it is."""
    turns = [turn for turn in _turns(value) or () if turn.role != "system"]
    return text_of(turns[0].content) if len(turns) == 1 else value


def exchange(value: object) -> tuple[str, str] | None:
    """What is asked and what is answered, in a conversation of one question and one answer; None for any other."""
    turns = [turn for turn in _turns(value) or () if turn.role != "system"]
    if [turn.role for turn in turns] != ["user", "assistant"]:
        return None
    return text_of(turns[0].content) or "", text_of(turns[1].content) or ""


def spoken(texts: Sequence[str], *, answered: bool) -> Asked:
    """The same for bare texts, the first of them the user's: every other one is an answer, or none is."""
    return _last([_Turn("assistant" if answered and place % 2 else "user", text) for place, text in enumerate(texts)])


def transcript(text: str, *, surely: bool, first: bool) -> Asked | None:
    """What is asked in a dialogue in hh-rlhf's form, `Human: … Assistant: …`; None where `text` is no such dialogue.

    `surely` says that the column holds dialogues, so that `Human:` at the start is enough of a sign. `first` takes the
    first human turn: in the red-team attempts of hh-rlhf it is the attack, and the later ones go on from its answer.
    """
    if not _OPENS.match(text):
        return None
    marks = list(_TURN.finditer(text))
    if not surely and not _OPENS_APART.match(text) and not any(mark[1] == "Assistant" for mark in marks):
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    spoken = [
        _Turn("user" if mark[1] == "Human" else "assistant", text[mark.end() : end])
        for mark, end in zip(marks, ends, strict=True)
    ]
    if first:
        return Asked(str(spoken[0].content).strip(), later=sum(turn.role == "user" for turn in spoken[1:]))
    return _last(spoken)


def is_message(value: object) -> bool:
    """Whether an object is one message of a conversation, with a role that is known."""
    return isinstance(value, Mapping) and _role(value) is not None and _text_key(value) is not None


def looks_like_chat(value: object) -> bool:
    """Whether a value is a list of messages, be their roles known or not."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        return False
    return all(_of_message(message) is not None for message in value)


def is_chat(value: object) -> bool:
    """Whether a value is a list of messages, or of pairs of what user and assistant say."""
    return _turns(value) is not None and not isinstance(value, Mapping)


def has_answers(value: Sequence[object]) -> bool:
    """Whether a list of messages is one conversation, and not a list of questions with a role each."""
    return any(turn.role == "assistant" for turn in _turns(value) or ())


def written_out(text: str) -> object:
    """The conversation that a table's cell holds as JSON, or as Python prints it; None where there is none."""
    if not text.lstrip().startswith(("[{", "[ {", "{", "[\n")):
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if is_chat(value) or is_message(value):
            return value
    return None


def text_of(content: object) -> str | None:
    """The text of a message's content, which may be in parts; None where it isn't text alone."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, Mapping):
        key = _text_key(content)
        return None if key is None or not _is_text_part(content) else text_of(content[key])
    if isinstance(content, Sequence):
        parts = [text_of(part) for part in content]
        return None if None in parts else "\n".join(part for part in parts if part)
    return None


def _is_text_part(part: Fields) -> bool:
    return part.get("type", "text") in ("text", "input_text", "output_text", None)


def _last(turns: Sequence[_Turn]) -> Asked:
    at = max((index for index, turn in enumerate(turns) if turn.role == "user"), default=None)
    if at is None:
        return Asked("", why=NO_USER_TURN)
    text = text_of(turns[at].content)
    before = turns[:at]
    earlier = sum(turn.role != "system" for turn in before)
    system = any(turn.role == "system" and turn.content for turn in before)
    return Asked("" if text is None else text.strip(), earlier, 0, system, NOT_TEXT if text is None else "")


def _turns(value: object) -> list[_Turn] | None:
    """The turns of a list of messages, or of one message; None where it is neither."""
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        return None
    turns = [_of_message(message) for message in value]
    if None in turns or not any(_is_known(message) for message in value):
        return None
    return [turn for of_message in turns if of_message for turn in of_message]


def _of_message(message: object) -> list[_Turn] | None:
    if not isinstance(message, Mapping):
        return None
    key = _text_key(message)
    if any(name in message for name in _ROLE_KEYS) and key is not None:
        return [_Turn(_role(message) or "other", message[key])]
    return _of_pair(message)


def _of_pair(message: Fields) -> list[_Turn] | None:
    """The turns of an object whose keys are roles: `{"human": …, "assistant": …}`."""
    roles = {name: _ROLES.get(_folded(name)) for name in message}
    if "user" not in roles.values() or None in roles.values():
        return None
    return [_Turn(role, message[name]) for name, role in roles.items() if role is not None]


def _is_known(message: Fields) -> bool:
    return _role(message) is not None or _of_pair(message) is not None


def _role(message: Fields) -> Role | None:
    named = next((message[key] for key in _ROLE_KEYS if key in message), None)
    if isinstance(named, Mapping):
        named = named.get("role")
    return _ROLES.get(_folded(named)) if isinstance(named, str) else None


def _text_key(message: Fields) -> str | None:
    return next((key for key in _TEXT_KEYS if key in message), None)


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", "").replace(" ", "")
