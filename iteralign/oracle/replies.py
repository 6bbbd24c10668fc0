"""What an HTTP answer to a chat completion means: a reply, a failure of this one request, or the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import urlsplit

from harness_base.errors import OracleError
from harness_base.text import one_line
from iteralign.oracle.completer import ChatCost, ChatFailure, ChatReply, FailureKind
from iteralign.oracle.completions import Completion, NoCompletionError, completion, decoded
from iteralign.oracle.endpoint import Endpoint, redacted
from iteralign.oracle.server_errors import Said, complaint, said_in

_LARGEST_BODY = 1_000_000
_LONGEST_MESSAGE = 200
_TRANSIENT = frozenset({408, 409, 425, 429})
_NOT_AGAIN = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_NEEDS = re.compile(r"requested parameters|response_format|json_schema", re.IGNORECASE)
_OK = 200
_UNNAMED = 400
"""What an error is taken for whose body names no status: asking again in the same way would not help."""
_BLOCKED = frozenset({"content_filter", "content_policy_violation", "responsible_ai_policy_violation"})


@dataclass(frozen=True)
class HTTPAnswer:
    """A server's answer: the status, what the headers say in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reading:
    """What an answer says: the reply or the failure, the HTTP status that it means, and the server's own complaint.

    The status may be another than the answer has; the complaint is whole and untrusted, but free of the key.
    """

    reply: ChatReply
    status: int
    complaint: str = ""


class AnswerReader:
    """Reads the answers of one endpoint. Whatever it lets out of them is free of the key."""

    def __init__(self, endpoint: Endpoint, key: str) -> None:
        self._endpoint = endpoint
        self._key = key

    def failed(self, kind: FailureKind, reason: str, text: str = "") -> ChatReply:
        """A failure whose reason came from outside."""
        return ChatReply(redacted(text, self._key), ChatFailure(kind, self._line(reason)))

    def read(self, answer: HTTPAnswer) -> Reading:
        """What an answer says. Raises OracleError when no other request can do better."""
        if answer.status >= 300:
            return self._failed(answer, said_in(answer.body), answer.status)
        if len(answer.body) > _LARGEST_BODY:
            size = f"the answer has {len(answer.body):,} bytes, more than {_LARGEST_BODY:,}"
            return Reading(self.failed("malformed", size), _OK)
        try:
            value = decoded(answer.body)
            error = complaint(value)
            if error is None:
                return Reading(self._success(completion(value)), _OK)
        except NoCompletionError as why:
            return Reading(self._no_completion(answer, str(why)), _OK)
        return self._failed(answer, error, error.status or _UNNAMED)

    def _failed(self, answer: HTTPAnswer, said: Said, status: int) -> Reading:
        return Reading(self._failure(answer, said, status), status, redacted(said.message, self._key))

    def _no_completion(self, answer: HTTPAnswer, why: str) -> ChatReply:
        kind = answer.headers.get("content-type", "no content type")
        hint = ": check oracle.url" if "html" in kind else ""
        body = answer.body.decode("utf-8", "replace")
        return self.failed("malformed", f"the answer is no chat completion ({kind}; {why}){hint}", body)

    def _success(self, found: Completion) -> ChatReply:
        # Also of a reply that is of no use: it is billed all the same.
        usage = found.usage
        cost = ChatCost(tokens_in=_count(usage, "prompt_tokens"), tokens_out=_count(usage, "completion_tokens"))
        return replace(self._read(found), cost=cost)

    def _read(self, found: Completion) -> ChatReply:
        text = found.text or ""
        if found.ending == "content_filter":
            return self.failed("blocked", "the content filter stopped the reply", text)
        if found.ending == "length":
            limit = "the reply stopped at the token limit (oracle.reply_tokens sets a higher one)"
            return self.failed("truncated", limit, text)
        if text or (found.text is not None and not found.refusal and not found.thoughts):
            return ChatReply(redacted(text, self._key))
        if found.refusal:
            return self.failed("blocked", f"the oracle's model refused: {found.refusal}", found.refusal)
        thoughts = ", only its thoughts: oracle.reply_tokens may leave it more room" if found.thoughts else ""
        return self.failed("malformed", f"the chat completion holds no text{thoughts}")

    def _failure(self, answer: HTTPAnswer, said: Said, status: int) -> ChatReply:
        """A failure of this request. Raises OracleError when no other request can do better."""
        if status < 400:
            self._redirected(answer)
        inside = ", inside HTTP 200" if answer.status < 300 else ""
        number = f"HTTP {status}{inside}" if said.status or not inside else "an error inside HTTP 200"
        told = number + (f": {said.message}" if said.message else "")
        if said.code in _BLOCKED:  # before the status: some gateways moderate with a 403
            return self.failed("blocked", f"a content filter stood in the way ({told})")
        if status == 404 and _NEEDS.search(said.message):  # a router that knows nobody who takes all that is asked
            return self.failed("rejected", f"the server would not take the request ({told})")
        if status in (401, 402, 403, 404, 405) or said.code in _NOT_AGAIN:
            self._fatal(status, said.message)
        if status in _TRANSIENT or status >= 500:
            return self.failed("server", f"the server could not answer ({told})")
        return self.failed("rejected", f"the server would not take the request ({told})")

    def _redirected(self, answer: HTTPAnswer) -> NoReturn:
        host = urlsplit(answer.headers.get("location", "")).netloc.rpartition("@")[2] or "another path"
        raise OracleError(
            f"The oracle at {self._endpoint.shown} redirects to {self._line(host)}, which is not followed so that the "
            "key does not travel: set oracle.url to the final address."
        )

    def _fatal(self, status: int, message: str) -> NoReturn:
        endpoint, said = self._endpoint, f" ({self._line(message)})" if message else ""
        if status in (404, 405):
            problem = f"offers no chat with the model {endpoint.model!r}"
            ends = "" if re.search(r"/v\d[^/]*$|/deployments/", endpoint.address.path) else ", and try it with /v1"
            remedy = f"check oracle.model and oracle.url{ends}"
        elif status in (401, 403):
            problem, remedy = "refused the key", f"check the environment variable {endpoint.key_env}"
        else:
            problem, remedy = "says that the account has nothing left to spend", "top it up or use another key"
        raise OracleError(f"The oracle at {endpoint.shown} {problem}, HTTP {status}{said}: {remedy}.")

    def _line(self, text: str) -> str:
        return one_line(redacted(text, self._key), _LONGEST_MESSAGE)


def _count(usage: object, name: str) -> int | None:
    """A number of tokens as the server counted it; None where it is none, such as a negative one or a text."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
