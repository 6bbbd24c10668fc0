"""What an HTTP answer to a chat completion means: a reply, a failure of this one request, or the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import urlsplit

from harness_errors import OracleError
from iteralign.oracle.completer import ChatCost, ChatFailure, ChatReply, FailureKind
from iteralign.oracle.endpoint import Endpoint, redacted
from iteralign.oracle.text import one_line

_LARGEST_BODY = 1_000_000
_LONGEST_MESSAGE = 200
_TRANSIENT = frozenset({408, 409, 425, 429})
_NOT_AGAIN = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_BLOCKED = frozenset({"content_filter", "content_policy_violation", "responsible_ai_policy_violation"})


@dataclass(frozen=True)
class HTTPAnswer:
    """A server's answer: the status, what the headers say in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class AnswerReader:
    """Reads the answers of one endpoint. Whatever it lets out of them is free of the key."""

    def __init__(self, endpoint: Endpoint, key: str) -> None:
        self._endpoint = endpoint
        self._key = key

    def failed(self, kind: FailureKind, reason: str, text: str = "") -> ChatReply:
        """A failure whose reason came from outside."""
        return ChatReply(redacted(text, self._key), ChatFailure(kind, self._line(reason)))

    def success(self, answer: HTTPAnswer) -> ChatReply:
        """The reply in an answer with a status below 300."""
        if len(answer.body) > _LARGEST_BODY:
            return self.failed("malformed", f"the answer has {len(answer.body):,} bytes, more than {_LARGEST_BODY:,}")
        body = answer.body.decode("utf-8", "replace")
        try:
            completion = json.loads(body)
            choice = completion["choices"][0]
            message, ending = choice["message"], choice.get("finish_reason")
            text, refusal = message.get("content"), message.get("refusal")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            kind = answer.headers.get("content-type", "no content type")
            return self.failed("malformed", f"the answer is no chat completion ({kind})", body)
        usage = completion.get("usage")
        # Also of a reply that is of no use: it is billed all the same.
        cost = ChatCost(tokens_in=_count(usage, "prompt_tokens"), tokens_out=_count(usage, "completion_tokens"))
        return replace(self._read(text, ending, refusal, body), cost=cost)

    def _read(self, text: Any, ending: Any, refusal: Any, body: str) -> ChatReply:
        if ending == "content_filter":
            return self.failed("blocked", "the content filter stopped the reply", text if isinstance(text, str) else "")
        if not isinstance(text, str):
            return self._no_text(refusal, body)
        if ending == "length":
            return self.failed("truncated", "the reply stopped at the token limit", text)
        return ChatReply(redacted(text, self._key))

    def _no_text(self, refusal: Any, body: str) -> ChatReply:
        if isinstance(refusal, str) and refusal:
            return self.failed("blocked", f"the oracle's model refused: {refusal}", refusal)
        return self.failed("malformed", "the chat completion holds no text", body)

    def failure(self, answer: HTTPAnswer) -> ChatReply:
        """The failure in an answer with a status of 300 or more.

        Raises OracleError when no other request can do better.
        """
        message, code = _error(answer.body)
        if answer.status < 400:
            self._redirected(answer)
        said = f"HTTP {answer.status}" + (f": {message}" if message else "")
        if code in _BLOCKED:  # before the status: some gateways moderate with a 403
            return self.failed("blocked", f"a content filter stood in the way ({said})")
        if answer.status in (401, 402, 403, 404, 405) or code in _NOT_AGAIN:
            self._fatal(answer.status, message)
        if answer.status in _TRANSIENT or answer.status >= 500:
            return self.failed("server", f"the server could not answer ({said})")
        return self.failed("rejected", f"the server would not take the request ({said})")

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
            remedy = "check oracle.model, and whether oracle.url should end in /v1"
        elif status in (401, 403):
            problem, remedy = "refused the key", f"check the environment variable {endpoint.key_env}"
        else:
            problem, remedy = "says that the account has nothing left to spend", "top it up or use another key"
        raise OracleError(f"The oracle at {endpoint.shown} {problem}, HTTP {status}{said}: {remedy}.")

    def _line(self, text: str) -> str:
        return one_line(redacted(text, self._key), _LONGEST_MESSAGE)


def _count(usage: Any, name: str) -> int | None:
    """A number of tokens as the server counted it; None where it is none, such as a negative one or a text."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _error(body: bytes) -> tuple[str, str]:
    """The message and the code of an error in OpenAI's form; empty where the body has another."""
    try:
        error = json.loads(body[:_LARGEST_BODY])["error"]
        message, code = error.get("message"), error.get("code")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "", ""
    return message if isinstance(message, str) else "", code if isinstance(code, str) else ""
