"""The embedded oracle: rules that read the messages a remote model would read, and reply in the form it would."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iteralign.core.protocols import Advance
from iteralign.oracle.chat import ChatOracle
from iteralign.oracle.completer import ChatReply, ChatRequest, OnReply, ignore_reply

ReplyFunction = Callable[[list[dict[str, str]]], str]
"""From the messages of one chat to the text of the reply; raises OracleError for messages that it can't read."""


def rules_reply(messages: list[dict[str, str]]) -> str:
    """Reply to `messages` by the embedded rules."""
    from iteralign.sandbox import rules  # read only when asked: its lexicon is of no use to a remote oracle

    return rules.reply(messages)


class EmbeddedCompleter:
    """A Completer that answers in process, one request after the other."""

    def __init__(self, reply: ReplyFunction = rules_reply) -> None:
        self._reply = reply

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, on_reply: OnReply = ignore_reply
    ) -> list[ChatReply]:
        """Answer every request, in order."""
        replies = []
        for request in requests:
            replies.append(ChatReply(self._reply(request.messages())))
            on_reply(request, replies[-1])
            if advance:
                advance(1)
        return replies


def embedded_oracle(*, max_principles: int = 5) -> ChatOracle:
    """The oracle of embedded rules, in this process. It knows the practice model's small world and nothing else."""
    return ChatOracle(EmbeddedCompleter(), max_principles=max_principles)
