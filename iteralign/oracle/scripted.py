"""Oracles that say what a script tells them, for tests of what stands above them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from iteralign.core.conversation import Conversation, asking
from iteralign.core.protocols import Advance
from iteralign.core.records import JudgedResponse, OracleItem, Principle, Verdict
from iteralign.oracle.completer import ChatReply, ChatRequest, OnReply, ignore_reply

_T = TypeVar("_T")


class ScriptExhaustedError(RuntimeError):
    """More was asked than the script holds: the test and the code under test disagree on how often."""


class ScriptedOracle:
    """An Oracle that gives its verdicts and its proposals one after the other.

    Each item judged takes the next of `verdicts`. Each group put to `propose` takes the next of `proposals`, a list of
    principle texts, every one with all violations as its evidence. `judged` keeps what was asked as
    texts, `conversations` whole; `proposed_from` the violations of each proposal.
    """

    def __init__(self, verdicts: Iterable[Verdict] = (), proposals: Iterable[Sequence[str]] = ()) -> None:
        self._verdicts = iter(verdicts)
        self._proposals = iter(proposals)
        self.judged: list[tuple[str, str]] = []
        self.conversations: list[Conversation] = []
        self.proposed_from: list[list[JudgedResponse]] = []

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """The next verdicts of the script. Raises ScriptExhaustedError when there are too few."""
        verdicts = []
        for asked, answer in items:
            self.conversations.append(asking(asked))
            self.judged.append((self.conversations[-1].text, answer))
            verdicts.append(_next(self._verdicts, f"verdict number {len(self.judged)}"))
            if advance:
                advance(1)
        return verdicts

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        """The next proposals of the script. Raises ScriptExhaustedError when there are too few."""
        return [self._proposal(group, round_number) for group in groups]

    def _proposal(self, violations: Sequence[JudgedResponse], round_number: int) -> list[Principle]:
        self.proposed_from.append(list(violations))
        texts = _next(self._proposals, f"proposal number {len(self.proposed_from)}")
        evidence = tuple(dict.fromkeys(judged.response.attack.prompt.id for judged in violations))
        return [Principle(text, evidence, round_number) for text in texts]


class ScriptedCompleter:
    """A Completer that gives its replies one after the other; `asked` keeps the requests."""

    def __init__(self, replies: Iterable[ChatReply]) -> None:
        self._replies = iter(replies)
        self.asked: list[ChatRequest] = []

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, on_reply: OnReply = ignore_reply
    ) -> list[ChatReply]:
        """The next replies of the script. Raises ScriptExhaustedError when there are too few."""
        replies = []
        for request in requests:
            self.asked.append(request)
            replies.append(_next(self._replies, f"reply number {len(self.asked)}"))
            on_reply(request, replies[-1])
            if advance:
                advance(1)
        return replies


def _next(script: Iterator[_T], what: str) -> _T:
    try:
        return next(script)
    except StopIteration:
        raise ScriptExhaustedError(f"The script holds no {what}.") from None
