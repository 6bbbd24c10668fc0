"""Remembers every call of an oracle, and never makes one again that was answered and could be read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from iteralign.core.protocols import Advance
from iteralign.oracle.completer import ChatReply, ChatRequest, Completer, OnReply, ignore_reply

CallStatus = Literal["read", "unreadable", "failed"]


@dataclass(frozen=True)
class Call:
    """One question with its reply. `reason` says why the reply is of no use, and is empty where it is."""

    key: str
    request: ChatRequest
    reply: ChatReply
    status: CallStatus
    reason: str
    asked_at: str


class CallLog(Protocol):
    """Where calls are kept."""

    def replies(self, keys: Sequence[str]) -> Mapping[str, str]:
        """For each of the keys that was answered and read before, the text of that reply."""
        ...

    def keep(self, oracle: str, calls: Sequence[Call]) -> None:
        """Keep calls of the oracle of that name, failures too, for good: a kill right afterwards loses none."""
        ...


class RememberingCompleter:
    """A Completer that keeps each reply as it comes, and asks only what the call_log can't answer.

    `name` tells one oracle from another (model and address), `parameters` is what else shapes a reply. Only replies
    that could be read are reused, and none where `reuse` is false.
    """

    def __init__(
        self, completer: Completer, call_log: CallLog, *, name: str, parameters: str = "", reuse: bool = True
    ) -> None:
        self._completer = completer
        self._ledger = call_log
        self._name = name
        self._parameters = parameters
        self._reuse = reuse

    def key(self, request: ChatRequest) -> str:
        """Names the oracle, its parameters and the whole question, which holds its version, content and repeat."""
        parts = (self._name, self._parameters, request.system, request.user)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, on_reply: OnReply = ignore_reply
    ) -> list[ChatReply]:
        """Answer every request, in order. Every reply is kept as it comes, before anything else is done with it."""
        keys = [self.key(request) for request in requests]
        kept = dict(self._ledger.replies(keys)) if self._reuse else {}
        wanted = dict(zip(keys, requests, strict=True))  # the same question twice is one call
        replies = {
            key: ChatReply(kept[key])
            for key, request in wanted.items()
            if key in kept and not request.problem(kept[key])
        }
        missing = {key: request for key, request in wanted.items() if key not in replies}
        if advance and len(requests) > len(missing):
            advance(len(requests) - len(missing))
        replies.update(zip(missing, self._asked(list(missing.values()), advance, on_reply), strict=True))
        return [replies[key] for key in keys]

    def _asked(self, requests: Sequence[ChatRequest], advance: Advance | None, on_reply: OnReply) -> list[ChatReply]:
        def remember(request: ChatRequest, reply: ChatReply) -> None:
            # One by one: whatever ends the process, even at once, only what is under way is paid for again.
            self._ledger.keep(self._name, [_call(self.key(request), request, reply)])
            on_reply(request, reply)

        return self._completer.complete(requests, advance, remember)


def _call(key: str, request: ChatRequest, reply: ChatReply) -> Call:
    asked_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    if reply.failure:
        return Call(key, request, reply, "failed", f"{reply.failure.kind}: {reply.failure.reason}", asked_at)
    reason = request.problem(reply.text)
    return Call(key, request, reply, "unreadable" if reason else "read", reason, asked_at)
