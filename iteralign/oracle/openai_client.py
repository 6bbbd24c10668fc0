"""The oracle behind an OpenAI-compatible endpoint, asked with the `openai` library."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from harness_base.errors import HarnessError, OracleError, OracleLimitError
from harness_base.types import Row
from iteralign.core.protocols import Advance
from iteralign.oracle.completer import ChatReply, ChatRequest, OnReply, ignore_reply
from iteralign.oracle.endpoint import Endpoint
from iteralign.oracle.manners import Manner, Manners
from iteralign.oracle.replies import AnswerReader, HTTPAnswer
from iteralign.oracle.spending import Caps, Spending
from iteralign.oracle.throttle import Throttle
from iteralign.oracle.tries import Attempt, Tries

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LONGEST_BACKOFF_S = 8.0
_LONGEST_RETRY_AFTER_S = 120.0
_RETRIED = ("unreachable", "server")
_FEWEST_IN_A_ROW = 8
_OVERLOADED = (429, 503)
_OK = 200
_TOO_MANY = 429
_PATIENCE = 3
_MOMENT_S = 10.0


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
        self._manners = Manners(endpoint)
        self.spending = Spending(caps or Caps())

    def complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None = None, on_reply: OnReply = ignore_reply
    ) -> list[ChatReply]:
        """Answer every request, in order; what fails after all retries is a failure of that request.

        Raises OracleError when the endpoint can't be reached, refuses the key, knows no such model, redirects, or
        fails many times in a row; OracleLimitError when a cap is reached, once all that was under way is there.
        """
        return asyncio.run(self._complete(requests, advance, on_reply)) if requests else []

    async def _complete(
        self, requests: Sequence[ChatRequest], advance: Advance | None, on_reply: OnReply
    ) -> list[ChatReply]:
        done = _Done({}, [])
        throttle = Throttle(self._endpoint.concurrency, start=self._at_once)
        waiting = iter(enumerate(requests))
        try:
            async with self._client() as client, asyncio.TaskGroup() as group:
                for _ in range(min(self._endpoint.concurrency, len(requests))):
                    group.create_task(self._work(client, waiting, throttle, done, (advance, on_reply)))
        except* HarnessError as errors:
            fatal = errors
        else:
            self._at_once = throttle.allowed
            if done.limits:
                raise done.limits[0]
            return [done.replies[index] for index in range(len(requests))]
        raise _first(fatal) from None

    async def _work(
        self,
        client: AsyncOpenAI,
        waiting: Iterator[tuple[int, ChatRequest]],
        throttle: Throttle,
        done: _Done,
        hooks: tuple[Advance | None, OnReply],
    ) -> None:
        """Take one request after the other until none waits or a cap is reached; `hooks` hear of each reply."""
        advance, on_reply = hooks
        # A cap must not cancel what the others have under way, and have paid for: so it is no error of the group.
        while not done.limits and (taken := next(waiting, None)):
            index, request = taken
            try:
                reply = await self._reply(client, request, throttle)
            except OracleLimitError as limit:
                done.limits.append(limit)
                return
            done.replies[index] = reply
            on_reply(request, reply)
            self._health.note(reply)
            if advance:
                advance(1)

    def _client(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit

        endpoint, address = self._endpoint, self._endpoint.address
        # A proxy named in the environment is not for addresses on this machine.
        http_client = DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not endpoint.is_loopback)
        # The library would send an organization and a project of the environment to whatever address this is.
        headers: Row = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        if address.query or address.is_azure:
            headers["api-key"] = self._key
        return AsyncOpenAI(
            api_key=self._key,
            base_url=address.base,
            timeout=endpoint.timeout_s,
            max_retries=0,
            http_client=http_client,
            default_headers=headers,
            default_query=address.query,
        )

    async def _reply(self, client: AsyncOpenAI, request: ChatRequest, throttle: Throttle) -> ChatReply:
        """The reply after as many attempts as it takes and may take. Raises OracleLimitError at a cap."""
        began, retries = time.monotonic(), 0
        tries = Tries(self._manners, request)
        while True:
            async with throttle:
                self.spending.call()
                attempt = await self._attempt(client, request, tries.manner)
            _adapt(throttle, attempt)
            if attempt.status == _OK:
                self.spending.spent(request, attempt.reply.text, attempt.reply.cost)
            if tries.another_way(attempt):
                continue
            if not _is_transient(attempt.reply) or retries >= self._max_retries(attempt):
                break
            await asyncio.sleep(_pause(self._endpoint.backoff_s, retries, attempt.retry_after))
            retries += 1
        reply = tries.ended(attempt.reply)
        cost = replace(reply.cost, attempts=tries.count, seconds=time.monotonic() - began)
        return replace(reply, cost=cost, asked_with=self._manners.described(tries.manner, request))

    def _max_retries(self, attempt: Attempt) -> int:
        """A server that is asked too much for the moment is sound: it is waited for longer than one that fails."""
        patient = attempt.status == _TOO_MANY and (attempt.retry_after or 0.0) <= _MOMENT_S
        return self._endpoint.retries * (_PATIENCE if patient else 1)

    async def _attempt(self, client: AsyncOpenAI, request: ChatRequest, manner: Manner) -> Attempt:
        from openai import APIConnectionError, APIStatusError, APITimeoutError, Omit

        # Azure takes the key in a header of its own, and another in this one for a different kind of key.
        headers: dict[str, Omit] = {"Authorization": Omit()} if self._endpoint.address.is_azure else {}
        fields = self._manners.fields(manner, request)
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                response = await client.chat.completions.with_raw_response.create(
                    model=self._endpoint.model,
                    messages=fields.pop("messages"),
                    extra_body=fields,
                    extra_headers=headers,
                )
            return self._read(_answer(response.http_response))
        except (APITimeoutError, TimeoutError):
            return Attempt(self._reader.failed("unreachable", f"no answer within {self._endpoint.timeout_s:g} s"))
        except APIConnectionError as error:
            why = str(error.__cause__ or error) or type(error.__cause__ or error).__name__
            return Attempt(self._reader.failed("unreachable", f"the connection failed: {why}"))
        except APIStatusError as error:
            return self._read(_answer(error.response))

    def _read(self, answer: HTTPAnswer) -> Attempt:
        read = self._reader.read(answer)
        pause = None if read.status == _OK else _retry_after(answer)
        return Attempt(read.reply, read.status, pause, read.complaint)


class _Health:
    """Notices when an endpoint is gone for good, so that a batch does not wait out every time-out."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._heard = False
        self._in_a_row = 0
        self._max_in_a_row = max(_FEWEST_IN_A_ROW, endpoint.concurrency)

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
        if self._in_a_row >= self._max_in_a_row:
            remedy = (
                "oracle.temperature, reply_tokens, system_role, json_schema and extra_body say how it is asked"
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


@dataclass(frozen=True)
class _Done:
    """What has come of one call: the replies by the number of their request, and the caps that were reached."""

    replies: dict[int, ChatReply]
    limits: list[OracleLimitError]


class _RawResponse(Protocol):
    """What is read of the answers of the openai package and of httpx."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def status_code(self) -> int: ...
    @property
    def content(self) -> bytes: ...


def _adapt(throttle: Throttle, attempt: Attempt) -> None:
    if attempt.status in _OVERLOADED:
        throttle.slower()
    elif attempt.reply.failure is None:
        throttle.faster()


def _answer(response: _RawResponse) -> HTTPAnswer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HTTPAnswer(response.status_code, headers, response.content)


def _retry_after(answer: HTTPAnswer) -> float | None:
    """Seconds that the server wants to be left alone, given in milliseconds, as a number or as a date."""
    said, in_ms = answer.headers.get("retry-after", ""), answer.headers.get("retry-after-ms", "")
    seconds = _seconds(in_ms) / 1000 or _seconds(said) or _until(said)
    return min(seconds, _LONGEST_RETRY_AFTER_S) if seconds > 0 else None


def _seconds(number: str) -> float:
    try:
        found = float(number)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0


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
