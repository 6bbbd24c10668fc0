"""One request to a server that may want to be asked in another manner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness_base.text import one_line
from iteralign.oracle.completer import ChatReply, ChatRequest
from iteralign.oracle.manners import Manner, Manners

_SERVER_FAILS = 500
_NOT_IMPLEMENTED = 501
_MAX_WAYS = 8
_LONGEST_COMPLAINT = 150


@dataclass(frozen=True)
class Attempt:
    """One attempt's reply, its HTTP status if it has one, the seconds that the server wants to be left alone, and what
    it complains of, whole.
    """

    reply: ChatReply
    status: int | None = None
    retry_after: float | None = None
    complaint: str = ""


class Tries:
    """The ways in which one request has been asked, and the one in which it is asked now."""

    def __init__(self, manners: Manners, request: ChatRequest) -> None:
        self._manners = manners
        self._request = request
        self._first = self.manner = manners.now
        self._tried = {self.manner}
        self._before_plain: Manner | None = None
        self._complaint = ""
        self._sure = True
        self.count = 0

    def another_way(self, attempt: Attempt) -> bool:
        """Whether the request is to be asked again at once, in another manner; where it is not, `manner` stands."""
        self.count += 1
        failure = attempt.reply.failure
        if self._before_plain and failure and failure.kind != "rejected":
            # The one plain try failed as well: it was not for the schema.
            self.manner, self._before_plain = self._before_plain, None
            return False
        if failure is None or failure.kind not in ("rejected", "server"):
            return False
        if self._first != self._manners.now and self._next(iter([self._manners.now]), attempt):
            return True  # what another request has learnt meanwhile
        rejected = failure.kind == "rejected"
        if not rejected and (attempt.status or 0) < _SERVER_FAILS:
            return False  # it is asked too much, or was cut off
        others = self._manners.others(self.manner, self._request, attempt.complaint, rejected=rejected)
        return self._next(others, attempt) or (not rejected and self._plain_once(attempt))

    def _plain_once(self, attempt: Attempt) -> bool:
        """A server that fails and does not say why may do so for the schema: one try without it shows."""
        before = self.manner
        if not self._manners.doubts_schema(self._request) or not self._next(
            iter([replace(before, schema=False)]), attempt
        ):
            return False
        self._before_plain, self._sure = before, attempt.status == _NOT_IMPLEMENTED
        return True

    def _next(self, others: Iterator[Manner], attempt: Attempt) -> bool:
        other = next((manner for manner in others if manner not in self._tried), None)
        if other is None or len(self._tried) > _MAX_WAYS:
            return False
        self._tried.add(other)
        self.manner = other
        complaint = f": {one_line(attempt.complaint, _LONGEST_COMPLAINT)}" if attempt.complaint else ""
        self._complaint = f"HTTP {attempt.status}{complaint}"
        return True

    def ended(self, reply: ChatReply) -> ChatReply:
        """The reply, from which is learnt how to ask; of a failure, also which setting may help."""
        if reply.failure is None:
            self._manners.learn(self._first, self.manner, self._request, self._complaint, sure=self._sure)
            return reply
        hint = self._manners.hint(self.manner, self._request, reply.failure)
        return replace(reply, failure=replace(reply.failure, reason=f"{reply.failure.reason}{hint}"))
