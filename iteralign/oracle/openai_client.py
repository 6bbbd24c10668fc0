"""The oracle behind an OpenAI-compatible endpoint, asked with the `openai` library."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from harness_errors import HarnessError, OracleError, OracleLimitError
from iteralign.oracle.completer import ChatReply, ChatRequest, Heard, not_listening
from iteralign.oracle.endpoint import Endpoint
from iteralign.oracle.replies import AnswerReader, HTTPAnswer
from iteralign.oracle.spending import Caps, Spending
from iteralign.oracle.throttle import Throttle
from iteralign.protocols import Advance

if TYPE_CHECKING:
    from openai import AsyncOpenAI

TEMPERATURE = 0
_LONGEST_BACKOFF_S = 8.0
_LONGEST_RETRY_AFTER_S = 120.0
_RETRIED = ("unreachable", "server")
_FEWEST_IN_A_ROW = 8
_OVERLOADED = (429, 503)
_OK = 200


@dataclass(frozen=True)
class _Attempt:
    """One attempt's reply, its HTTP status if it has one, and the seconds that the server wants to be left alone."""

    reply: ChatReply
    status: int | None = None
    retry_after: float | None = None


class OpenAICompleter:
    """A Completer over HTTP, with as many requests under way at once as `concurrency` and the server allow.

    The client's own retries are switched off, because it counts its time-out anew with every byte and keeps its
    failures to itself; redirects are not followed. Making one raises MissingKeyError or ConfigError where there is no
    usable key.
    """

    def __init__(self, endpoint: Endpoint, caps: Caps | None = None) -> None:
        self._endpoint = endpoint
        self._key = endpoint.key()
        self._reader = AnswerReader(endpoint, self._key)
        self._health = _Health(endpoint)
        self._at_once = endpoint.concurrency
        self._takes_schema: bool | None = {"on": True, "off": False}.get(endpoint.json_schema)
        self.spending = Spending(caps or Caps())

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, heard: Heard = not_listening
    ) -> list[ChatReply]:
        """Answer every request, in order; what fails after all retries is a failure of that request.

        Raises OracleError when the endpoint can't be reached, refuses the key, knows no such model, redirects, or
        fails many times in a row; OracleLimitError when a cap is reached, once all that was under way is there.
        """
        return asyncio.run(self._complete(requests, advance, heard)) if requests else []

    async def _complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None, heard: Heard
    ) -> list[ChatReply]:
        replies: dict[int, ChatReply] = {}
        limits: list[OracleLimitError] = []
        throttle = Throttle(self._endpoint.concurrency, start=self._at_once)

        async def work(client: AsyncOpenAI, waiting: Iterator[tuple[int, ChatRequest]]) -> None:
            # A cap must not cancel what the others have under way, and have paid for: so it is no error of the group.
            while not limits and (taken := next(waiting, None)):
                index, request = taken
                try:
                    replies[index] = await self._reply(client, request, throttle)
                except OracleLimitError as limit:
                    limits.append(limit)
                    return
                heard(request, replies[index])
                self._health.note(replies[index])
                if advance:
                    advance(1)

        try:
            waiting = iter(enumerate(requests))
            async with self._client() as client, asyncio.TaskGroup() as group:
                for _ in range(min(self._endpoint.concurrency, len(requests))):
                    group.create_task(work(client, waiting))
        except* HarnessError as errors:
            fatal = errors
        else:
            self._at_once = throttle.allowed
            if limits:
                raise limits[0]
            return [replies[index] for index in range(len(requests))]
        raise _first(fatal) from None

    def _client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit

        endpoint = self._endpoint
        # A proxy named in the environment is not for addresses on this machine.
        http_client = DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not endpoint.is_loopback)
        # The library would send an organization and a project of the environment to whatever address this is.
        unsaid: Any = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        return AsyncOpenAI(
            api_key=self._key,
            base_url=endpoint.url,
            timeout=endpoint.timeout_s,
            max_retries=0,
            http_client=http_client,
            default_headers=unsaid,
        )

    async def _reply(self, client: AsyncOpenAI, request: ChatRequest, throttle: Throttle) -> ChatReply:
        """The reply after as many attempts as it takes and may take. Raises OracleLimitError at a cap."""
        began, attempts, retries, plain = time.monotonic(), 0, 0, False
        while True:
            async with throttle:
                self.spending.call()
                attempts += 1
                with_schema = request.schema is not None and self._takes_schema is not False and not plain
                attempt = await self._attempt(client, request, with_schema=with_schema)
            _adapt(throttle, attempt)
            if attempt.status == _OK:
                self.spending.spent(request, attempt.reply.text, attempt.reply.cost)
            if with_schema and self._may_mind_schema(attempt.reply):
                plain = True
                continue
            if not _is_transient(attempt.reply) or retries == self._endpoint.retries:
                break
            await asyncio.sleep(_pause(self._endpoint.backoff_s, retries, attempt.retry_after))
            retries += 1
        reply = attempt.reply
        if reply.failure is None and self._takes_schema is None and request.schema is not None:
            # It went through with one; or without one, after it was refused with it.
            self._takes_schema = with_schema
        return replace(reply, cost=replace(reply.cost, attempts=attempts, seconds=time.monotonic() - began))

    def _may_mind_schema(self, reply: ChatReply) -> bool:
        """Whether the server may have refused the request for its schema alone, so that it is asked again without."""
        refused = reply.failure is not None and reply.failure.kind == "rejected"
        return refused and self._takes_schema is not True

    async def _attempt(self, client: AsyncOpenAI, request: ChatRequest, *, with_schema: bool) -> _Attempt:
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                response = await client.chat.completions.with_raw_response.create(
                    model=self._endpoint.model,
                    messages=_messages(request),
                    temperature=TEMPERATURE,
                    **(_response_format(request) if with_schema else {}),
                )
            return _Attempt(self._reader.success(_answer(response.http_response)), _OK)
        except (APITimeoutError, TimeoutError):
            return _Attempt(self._reader.failed("unreachable", f"no answer within {self._endpoint.timeout_s:g} s"))
        except APIConnectionError as error:
            why = str(error.__cause__ or error) or type(error.__cause__ or error).__name__
            return _Attempt(self._reader.failed("unreachable", f"the connection failed: {why}"))
        except APIStatusError as error:
            answer = _answer(error.response)
            return _Attempt(self._reader.failure(answer), answer.status, _retry_after(answer))


class _Health:
    """Notices when an endpoint is gone for good, so that a batch does not wait out every time-out."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._heard = False
        self._in_a_row = 0
        self._most_in_a_row = max(_FEWEST_IN_A_ROW, endpoint.concurrency)

    def note(self, reply: ChatReply) -> None:
        """Raise OracleError when nothing has ever been heard, or too many requests have failed one after the other."""
        failure = reply.failure
        self._heard = self._heard or failure is None or failure.kind != "unreachable"
        if failure is None or failure.kind not in (*_RETRIED, "rejected"):
            self._in_a_row = 0
            return
        if not self._heard:
            raise OracleError(
                f"The oracle at {self._endpoint.shown} can't be reached ({failure.reason}): "
                "check oracle.url and whether the server is running."
            )
        self._in_a_row += 1
        if self._in_a_row >= self._most_in_a_row:
            remedy = (
                "check that it takes chat completions at temperature 0"
                if failure.kind == "rejected"
                else "try again later, or with a lower oracle.concurrency"
            )
            raise OracleError(
                f"The oracle at {self._endpoint.shown} failed {self._in_a_row} requests in a row, the last because "
                f"{failure.reason}: {remedy}."
            )


def _first(errors: BaseExceptionGroup[HarnessError]) -> HarnessError:
    error = errors.exceptions[0]
    return error if isinstance(error, HarnessError) else _first(error)


def _is_transient(reply: ChatReply) -> bool:
    return reply.failure is not None and reply.failure.kind in _RETRIED


def _adapt(throttle: Throttle, attempt: _Attempt) -> None:
    if attempt.status in _OVERLOADED:
        throttle.slower()
    elif attempt.reply.failure is None:
        throttle.faster()


def _response_format(request: ChatRequest) -> dict[str, Any]:
    schema = {"name": request.kind, "strict": True, "schema": dict(request.schema or {})}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _messages(request: ChatRequest) -> Any:
    # The library types each role as a class of its own; ours are plain dictionaries of the same shape.
    return request.messages()


def _answer(response: Any) -> HTTPAnswer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HTTPAnswer(response.status_code, headers, response.content)


def _retry_after(answer: HTTPAnswer) -> float | None:
    """Seconds that the server wants to be left alone, given as a number or as a date."""
    said = answer.headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said)
    return min(seconds, _LONGEST_RETRY_AFTER_S) if seconds > 0 else None


def _until(date: str) -> float:
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0  # neither, or a date without a zone: our own pause will do


def _pause(backoff_s: float, attempt: int, retry_after: float | None) -> float:
    """Seconds to wait: what the server says and a little more, else twice the last pause and a little less.

    At random, so that what was refused together does not come back together.
    """
    if retry_after is not None:
        return retry_after * random.uniform(1.0, 1.1)
    return min(backoff_s * 2.0**attempt, _LONGEST_BACKOFF_S) * random.uniform(0.75, 1.0)
