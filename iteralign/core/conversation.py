"""A conversation: what a model is asked, as messages; a text by itself is a conversation of one user turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Literal, get_args

from iteralign.core.content import content_id

Role = Literal["system", "user", "assistant"]

_SPEAKERS: Mapping[Role, str] = {"user": "Human", "assistant": "Assistant"}


@dataclass(frozen=True)
class Message:
    """What one side says in one turn."""

    role: Role
    content: str

    def as_dict(self) -> dict[str, str]:
        """The form of chat templates and of the chat completions API."""
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True)
class Conversation:
    """Messages of user and assistant in turn, the user's first; a system message may stand before them.

    Raises ValueError for any other order, which chat templates refuse too.
    """

    messages: tuple[Message, ...]

    def __post_init__(self) -> None:
        roles = [message.role for message in self.messages]
        turns = roles[1:] if roles[:1] == ["system"] else roles
        if not turns or any(role != wanted for role, wanted in zip(turns, cycle(("user", "assistant")), strict=False)):
            said = ", ".join(roles) or "nothing"
            raise ValueError(f"a conversation is of user and assistant in turn, the user first, and not of {said}")

    @classmethod
    def of(cls, *texts: str, system: str = "") -> Conversation:
        """The conversation of these texts: the user's, the assistant's, the user's, and so on."""
        roles: Iterable[Role] = cycle(("user", "assistant"))
        turns = tuple(Message(role, text) for role, text in zip(roles, texts, strict=False))
        return cls((Message("system", system), *turns) if system else turns)

    @classmethod
    def from_dicts(cls, messages: Iterable[Mapping[str, str]]) -> Conversation:
        """The conversation of messages that have a `role` and a `content`. Raises ValueError for other ones."""
        return cls(tuple(Message(_role(message["role"]), message["content"]) for message in messages))

    def as_dicts(self) -> list[dict[str, str]]:
        """The messages in the form of chat templates and of the chat completions API."""
        return [message.as_dict() for message in self.messages]

    @property
    def id(self) -> str:
        """A hash of the content; that of a single user turn is the hash of its text."""
        if self.is_one_turn:
            return content_id(self.text)
        return content_id(*(part for message in self.messages for part in (message.role, message.content)))

    @property
    def is_one_turn(self) -> bool:
        """Whether there is nothing but one message of the user's."""
        return len(self.messages) == 1

    @property
    def asks(self) -> bool:
        """Whether the user has the last word, so that an answer can follow."""
        return self.messages[-1].role == "user"

    @property
    def text(self) -> str:
        """The text of a single user turn as it is; of more, all of them as `Human:` and `Assistant:` turns."""
        if self.is_one_turn:
            return self.messages[0].content
        spoken = (f"{_SPEAKERS[turn.role]}: {turn.content}" for turn in self.turns)
        return "\n\n".join([self.system, *spoken] if self.system else spoken)

    @property
    def system(self) -> str:
        """The content of the system message, or "" where there is none."""
        return self.messages[0].content if self.messages[0].role == "system" else ""

    @property
    def turns(self) -> tuple[Message, ...]:
        """The messages without the system message."""
        return self.messages[1:] if self.messages[0].role == "system" else self.messages

    @property
    def user_turns(self) -> tuple[str, ...]:
        """What the user says, turn by turn."""
        return tuple(message.content for message in self.messages if message.role == "user")

    @property
    def last_user_turn(self) -> str:
        """What the user says last."""
        return self.user_turns[-1]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text in it, for those who look for one: the whole, and each message where there are several."""
        return (self.text,) if self.is_one_turn else (self.text, *(message.content for message in self.messages))

    def ending(self, text: str) -> Conversation:
        """The same conversation with `text` in place of what is said last."""
        return Conversation((*self.messages[:-1], replace(self.messages[-1], content=text)))

    def then(self, text: str) -> Conversation:
        """The conversation that goes on with `text`, said by the side whose turn it is."""
        return Conversation((*self.messages, Message("assistant" if self.asks else "user", text)))


def asking(asked: Conversation | str) -> Conversation:
    """A conversation that waits for an answer; a text is one user turn. ValueError where the user is not the last."""
    conversation = Conversation.of(asked) if isinstance(asked, str) else asked
    if not conversation.asks:
        raise ValueError("a conversation that is to be answered ends with what the user says")
    return conversation


def _role(name: str) -> Role:
    for role in get_args(Role):
        if name == role:
            known: Role = role
            return known
    raise ValueError(f"{name!r} is no role: a message is of {', '.join(get_args(Role))}")
