"""What lies between the oracle's words and the one who answers them: a batch of chat requests, a batch of replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from harness_base.types import Fields
from iteralign.core.protocols import Advance

RequestKind = Literal["judge", "propose"]
FailureKind = Literal["unreachable", "server", "rejected", "blocked", "malformed", "truncated"]
"""Why a request got no usable text, after all retries.

unreachable  no answer came: connection refused or cut, or the time-out passed
server       the server said that it can't answer now (HTTP 408, 409, 429, 5xx)
rejected     the server won't take this request (another HTTP 4xx)
blocked      a content filter stood in the way, or the model refused
malformed    an answer came that is not a chat completion, or is too long
truncated    the reply stopped at the token limit
"""


def _readable(_: str) -> str:
    return ""


@dataclass(frozen=True)
class ChatRequest:
    """One question to a chat model. `id` names it by its content, and the reply has to carry it.

    `schema` is the JSON schema of a good reply, for servers that hold a model to one. `problem` says of a reply's text
    why it can't be used, or "".
    """

    id: str
    system: str
    user: str
    kind: RequestKind = "judge"
    schema: Fields | None = field(default=None, compare=False, repr=False)
    problem: Callable[[str], str] = field(default=_readable, compare=False, repr=False)

    def messages(self) -> list[dict[str, str]]:
        """The request in the form of the chat completions API."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]


@dataclass(frozen=True)
class ChatFailure:
    """Why there is no reply: `reason` is one line, free of keys and of control characters."""

    kind: FailureKind
    reason: str


@dataclass(frozen=True)
class ChatCost:
    """What a reply took: HTTP attempts, tokens as the server counted them (None where it did not), seconds."""

    attempts: int = 1
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class ChatReply:
    """A chat model's reply, whole; with a failure, `text` is what there was of it.

    `asked_with` is what shaped it beside the messages, as it was sent in the end; "" where that can't be chosen.
    """

    text: str
    failure: ChatFailure | None = None
    cost: ChatCost = field(default=ChatCost(), compare=False)
    asked_with: str = field(default="", compare=False)


OnReply = Callable[[ChatRequest, ChatReply], None]
"""Told of each reply as it comes, so that it is kept even if a later one ends the batch."""


def ignore_reply(_request: ChatRequest, _reply: ChatReply) -> None:
    """For those who wait for the whole batch."""


class Completer(Protocol):
    """Answers chat requests."""

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, on_reply: OnReply = ignore_reply
    ) -> list[ChatReply]:
        """Answer every request, in order; a failure of one is its reply.

        Raises OracleError when no further request can succeed.
        """
        ...
