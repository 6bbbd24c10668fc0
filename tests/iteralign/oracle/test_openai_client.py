from __future__ import annotations

import json
import logging
import socket
import threading
from dataclasses import replace
from typing import Any

import pytest

from harness_base.errors import DiskError, MissingKeyError, OracleError, OracleLimitError
from iteralign.oracle import Caps, ChatOracle, ChatReply, ChatRequest, Endpoint, OpenAICompleter, openai_oracle
from iteralign.oracle.openai_client import _pause, _retry_after
from iteralign.oracle.replies import HTTPAnswer
from iteralign.oracle.requests import JudgeRequest
from iteralign.sandbox.server import MODEL_NAME, start_in_thread

KEY = "sk-test-0123456789"
REQUEST = ChatRequest("0" * 16, "system text", "user text")

Server = Any
Answers = Any


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def _completer(url: str, **settings: Any) -> OpenAICompleter:
    return OpenAICompleter(
        Endpoint(url, "the-model", **{"retries": 1, "backoff_s": 0.01, "timeout_s": 60.0, **settings})
    )


def _kind(reply: ChatReply) -> str:
    return reply.failure.kind if reply.failure else "text"


def test_a_request_carries_model_messages_and_key(faulty: Server, answers: Answers) -> None:
    """The server sees the standard form, at temperature 0, with the key as its bearer."""
    faulty.faults = [answers.completion("yes")]
    assert _completer(faulty.url).complete([REQUEST]) == [ChatReply("yes")]
    headers, body = faulty.seen[0]
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {"model": "the-model", "messages": REQUEST.messages(), "temperature": 0}


def test_replies_come_in_the_order_of_the_requests() -> None:
    """A slow answer does not change places with a fast one, and all are counted."""
    finished: list[str] = []
    last_has_come = threading.Event()

    def reply(messages: list[dict[str, str]]) -> str:
        text = messages[-1]["content"]
        if text == "b":
            last_has_come.set()
        elif text == "slow":
            last_has_come.wait(timeout=60)
        finished.append(text)
        return f"reply to {text}"

    requests = [ChatRequest("0" * 16, "system text", text) for text in ("slow", "a", "b")]
    told: list[int] = []
    with start_in_thread(reply) as url:
        endpoint = Endpoint(url, MODEL_NAME, concurrency=2)
        replies = OpenAICompleter(endpoint).complete(requests, told.append)
    assert finished[0] == "a"
    assert [answer.text for answer in replies] == ["reply to slow", "reply to a", "reply to b"]
    assert sum(told) == 3


def test_as_many_requests_are_under_way_as_allowed_and_no_more() -> None:
    """Three meet each time before any of them is answered, and there are never four."""
    lock, meeting = threading.Lock(), threading.Barrier(3, timeout=60)
    running, most = 0, 0

    def reply(messages: list[dict[str, str]]) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meeting.wait()
        with lock:
            running -= 1
        return "met"

    with start_in_thread(reply) as url:
        replies = OpenAICompleter(Endpoint(url, MODEL_NAME, concurrency=3)).complete([REQUEST] * 12)
    assert replies == [ChatReply("met")] * 12
    assert most == 3


def test_no_request_opens_no_connection() -> None:
    """An empty batch works without a server."""
    assert _completer("http://127.0.0.1:1/v1").complete([]) == []


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_transient_error_is_tried_again(status: int, faulty: Server, answers: Answers) -> None:
    """The second attempt succeeds, and the caller sees only that."""
    faulty.faults = [answers.error(status, "busy"), answers.completion("fine")]
    assert _completer(faulty.url).complete([REQUEST]) == [ChatReply("fine")]
    assert len(faulty.seen) == 2


def test_a_cut_connection_is_tried_again(faulty: Server, answers: Answers) -> None:
    """A body that ends too early is no answer."""
    torn = answers.completion("torn")
    torn.cut = True
    faulty.faults = [torn, answers.completion("fine")]
    assert _completer(faulty.url).complete([REQUEST]) == [ChatReply("fine")]


def test_an_error_that_stays_is_a_failure_after_all_retries(faulty: Server, answers: Answers) -> None:
    """One request's failure is its own; the batch goes on."""
    faulty.faults = [answers.error(500, "on \x1b[31mfire"), answers.error(500, "on fire"), answers.completion("fine")]
    first, second = _completer(faulty.url, concurrency=1).complete([REQUEST] * 2)
    assert _kind(first) == "server"
    assert first.failure
    assert "HTTP 500: on fire" in first.failure.reason
    assert second == ChatReply("fine")


def test_many_failures_in_a_row_stop_the_batch(faulty: Server, answers: Answers) -> None:
    """A server that is down is not asked for every item."""
    faulty.faults = [answers.error(503, "down")]
    with pytest.raises(OracleError, match="failed 8 requests in a row"):
        _completer(faulty.url, concurrency=1, retries=0).complete([REQUEST] * 50)
    assert len(faulty.seen) == 8


def test_a_success_ends_a_row_of_failures(faulty: Server, answers: Answers) -> None:
    """Only failures without any success between them stop the batch."""
    few = [answers.error(503, "down")] * 7
    faulty.faults = [*few, answers.completion("up"), *few, answers.completion("up")]
    replies = _completer(faulty.url, concurrency=1, retries=0).complete([REQUEST] * 16)
    assert [_kind(reply) for reply in replies] == (["server"] * 7 + ["text"]) * 2


@pytest.mark.parametrize(
    ("status", "code", "match"),
    [
        (401, "invalid_api_key", "refused the key, HTTP 401.*OPENAI_API_KEY"),
        (403, None, "refused the key, HTTP 403"),
        (404, "model_not_found", "offers no chat with the model 'the-model', HTTP 404"),
        (405, None, "HTTP 405"),
        (402, None, "nothing left to spend"),
        (429, "insufficient_quota", "nothing left to spend"),
    ],
)
def test_what_no_retry_can_mend_stops_at_once(
    status: int, code: str | None, match: str, faulty: Server, answers: Answers
) -> None:
    """One call is made, and the sentence says what to look at."""
    faulty.faults = [answers.error(status, "no", code)]
    with pytest.raises(OracleError, match=match):
        _completer(faulty.url, concurrency=1, retries=3).complete([REQUEST] * 5)
    assert len(faulty.seen) == 1


def test_a_redirect_to_another_host_does_not_take_the_key_along(
    faulty: Server, other_host: Server, answers: Answers
) -> None:
    """The other host is named and never asked."""
    redirect = answers.fault(307, "", {"Location": f"{other_host.url}/chat/completions"})
    faulty.faults = [redirect]
    with pytest.raises(OracleError, match=r"redirects to 127\.0\.0\.1:\d+, which is not followed"):
        _completer(faulty.url).complete([REQUEST])
    assert other_host.seen == []


def test_a_refused_connection_names_the_address() -> None:
    """Nothing listens there, and the sentence says where."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    with pytest.raises(OracleError, match=f"The oracle at {url} can't be reached"):
        _completer(url).complete([REQUEST] * 20)


def test_silence_ends_with_the_time_out(faulty: Server, answers: Answers) -> None:
    """A server that never answers anything can't be reached."""
    silent = answers.completion("late")
    silent.silence_s = 10.0
    faulty.faults = [silent]
    with pytest.raises(OracleError, match=r"can't be reached \(no answer within 0.1 s\)"):
        _completer(faulty.url, timeout_s=0.1, retries=0).complete([REQUEST])


def test_bytes_that_trickle_in_do_not_extend_the_time_out(faulty: Server, answers: Answers) -> None:
    """The time-out holds for the whole attempt, however alive the server looks."""
    trickle = answers.completion("x" * 50)
    trickle.drip_s = 0.05
    faulty.faults = [trickle]
    with pytest.raises(OracleError, match=r"no answer within 0.5 s"):
        _completer(faulty.url, timeout_s=0.5, retries=0).complete([REQUEST])


def test_a_cut_connection_in_between_is_a_failure_of_that_request(faulty: Server, answers: Answers) -> None:
    """A server that has answered before is not given up for one failure."""
    torn = answers.completion("torn")
    torn.cut = True
    faulty.faults = [answers.completion("fine"), torn, answers.completion("fine")]
    replies = _completer(faulty.url, retries=0, concurrency=1).complete([REQUEST] * 3)
    assert [_kind(reply) for reply in replies] == ["text", "unreachable", "text"]


@pytest.mark.parametrize(
    "body",
    ["<html><body>Welcome</body></html>", "", "null", "[]", "{}", '{"choices": []}', '{"choices": [1]}',
     '{"choices": [{}]}',
     '{"choices": [{"message": null}]}', '{"choices": [{"message": {"content": null}}]}',
     '{"choices": [{"message": {"content": ["a"]}}]}', '{"choices": {"0": 1}}', "[" * 50_000, b"\xff\xfe{"],
)  # fmt: skip
def test_an_answer_that_is_no_chat_completion_is_malformed(body: str | bytes, faulty: Server, answers: Answers) -> None:
    """A page, an empty list of choices and other shapes are failures, and what came is kept."""
    faulty.faults = [answers.fault(200, body, {"Content-Type": "text/html"})]
    (reply,) = _completer(faulty.url).complete([REQUEST])
    assert _kind(reply) == "malformed"
    assert len(faulty.seen) == 1


def test_an_answer_of_many_megabytes_is_malformed(faulty: Server, answers: Answers) -> None:
    """It is counted and not kept."""
    faulty.faults = [answers.completion("x" * 3_000_000)]
    (reply,) = _completer(faulty.url).complete([REQUEST])
    assert (_kind(reply), reply.text) == ("malformed", "")


def test_a_reply_cut_at_the_token_limit_is_truncated(faulty: Server, answers: Answers) -> None:
    """Half a reply is never read as a whole one."""
    faulty.faults = [answers.completion('{"id"', "length")]
    (reply,) = _completer(faulty.url).complete([REQUEST])
    assert (_kind(reply), reply.text) == ("truncated", '{"id"')


def test_a_content_filter_and_a_refusal_are_blocked(faulty: Server, answers: Answers) -> None:
    """What the oracle's side would not look at is told apart from what failed."""
    faulty.faults = [
        answers.completion("", "content_filter"),
        answers.completion(None, refusal="I can't look at this."),
        answers.error(400, "filtered", "content_filter"),
    ]
    replies = _completer(faulty.url, concurrency=1).complete([REQUEST] * 3)
    assert [_kind(reply) for reply in replies] == ["blocked"] * 3


def test_a_request_that_the_server_will_not_take_is_rejected_without_retry(faulty: Server, answers: Answers) -> None:
    """Asking again would not change it."""
    faulty.faults = [answers.error(400, "context length exceeded"), answers.completion("fine")]
    first, second = _completer(faulty.url, concurrency=1, retries=3).complete([REQUEST] * 2)
    assert (_kind(first), _kind(second)) == ("rejected", "text")


def test_the_key_is_in_no_message_reply_or_log(
    faulty: Server, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    """Even a server that sends the key back does not get it into anything that is stored or shown."""
    told = f"you sent {KEY}"
    faulty.faults = [
        answers.completion(told),
        answers.completion(told, "length"),
        answers.error(400, told),
        answers.error(401, told),
    ]
    completer = _completer(faulty.url, concurrency=1)
    with caplog.at_level(logging.DEBUG):
        replies = completer.complete([REQUEST] * 3)
        with pytest.raises(OracleError) as caught:
            completer.complete([REQUEST])
    shown = [repr(replies), str(caught.value), repr(completer), caplog.text]
    assert "[key]" in shown[0]
    assert "[key]" in shown[1]
    assert not any(KEY in text for text in shown)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "spelt",
    [
        "".join(f"\\u{ord(one):04x}" for one in KEY),
        "\u200b".join(KEY),
        f"\\u0073\\u006b{KEY[2:]}",
        KEY.replace("-", "%2D"),
    ],
)
def test_the_key_is_taken_out_of_a_verdict_however_it_is_spelt(spelt: str, faulty: Server, answers: Answers) -> None:
    """Also where only reading the verdict's JSON would have brought it to light."""
    request = JudgeRequest.of("a", "b", salt="0.0")
    fields = {"id": request.id, "label": "satisfactory", "category": "", "severity": "none", "quote": ""}
    faulty.faults = [answers.completion(json.dumps(fields)[:-1] + f', "reason": "You sent {spelt}."}}')]
    [verdict] = ChatOracle(_completer(faulty.url)).judge([("a", "b")])
    assert (verdict.label, verdict.reason) == ("satisfactory", "You sent [key].")


def test_an_empty_reply_behind_thoughts_says_what_may_help(faulty: Server, answers: Answers) -> None:
    body = json.loads(answers.completion("").body)
    body["choices"][0]["message"]["reasoning_content"] = "Hm."
    faulty.faults = [answers.fault(200, json.dumps(body))]
    [reply] = _completer(faulty.url).complete([REQUEST])
    assert _kind(reply) == "malformed"
    assert reply.failure
    assert "oracle.reply_tokens" in reply.failure.reason


def test_a_missing_key_is_noticed_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the oracle is enough."""
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        openai_oracle(Endpoint("https://oracle.invalid/v1", "m"))


def test_a_proxy_is_not_asked_for_addresses_on_this_machine(
    faulty: Server, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named in the environment would not find them."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    faulty.faults = [answers.completion("direct")]
    assert _completer(faulty.url).complete([REQUEST]) == [ChatReply("direct")]


def test_a_page_instead_of_a_completion_is_an_unscored_verdict(faulty: Server, answers: Answers) -> None:
    """The whole path from a web page to a verdict never passes an answer."""
    faulty.faults = [answers.fault(200, "<html>satisfactory</html>", {"Content-Type": "text/html"})]
    (verdict,) = ChatOracle(_completer(faulty.url)).judge([("a", "b")])
    assert (verdict.label, verdict.raw) == ("unscored", "<html>satisfactory</html>")
    assert "text/html" in verdict.reason


@pytest.mark.parametrize(
    ("header", "seconds"), [("1.5", 1.5), ("9999", 120.0), ("0", None), ("-1", None), ("soon", None)]
)
def test_the_server_says_when_to_come_back(header: str, seconds: float | None) -> None:
    """Retry-After is honoured up to two minutes."""
    assert _retry_after(HTTPAnswer(429, {"retry-after": header}, b"")) == seconds


def test_pauses_grow_up_to_a_limit() -> None:
    """Each is about twice the one before, with some play, unless the server says otherwise."""
    pauses = [_pause(0.5, attempt, None) for attempt in range(8)]
    assert all(0.375 * 2**attempt <= pause <= 0.5 * 2**attempt for attempt, pause in enumerate(pauses[:4]))
    assert max(pauses) <= 8.0
    assert 3.0 <= _pause(0.5, 0, 3.0) <= 3.3


def test_a_cap_on_calls_ends_a_batch_once_what_is_under_way_is_there(faulty: Server, answers: Answers) -> None:
    """Nothing that was paid for is lost, and not one call more is made."""
    faulty.faults = [answers.completion("fine")]
    on_reply: list[ChatReply] = []
    completer = OpenAICompleter(Endpoint(faulty.url, "the-model", concurrency=4), Caps(calls=10))
    with pytest.raises(OracleLimitError, match=r"oracle.max_calls \(10 calls\)"):
        completer.complete([REQUEST] * 50, on_reply=lambda _, reply: on_reply.append(reply))
    assert len(faulty.seen) == len(on_reply) == 10


def test_caps_on_tokens_and_cost_count_what_the_server_says(faulty: Server, answers: Answers) -> None:
    body = json.loads(answers.completion("fine").body) | {"usage": {"prompt_tokens": 90, "completion_tokens": 10}}
    faulty.faults = [answers.fault(body=json.dumps(body))]
    for caps in (Caps(tokens=300), Caps(cost=0.03, price_in=100.0, price_out=100.0)):
        faulty.seen.clear()
        with pytest.raises(OracleLimitError):
            OpenAICompleter(Endpoint(faulty.url, "the-model", concurrency=1), caps).complete([REQUEST] * 9)
        assert len(faulty.seen) == 3


SCHEMA = replace(REQUEST, schema={"type": "object"})


def test_a_server_that_knows_no_schema_is_asked_without_one(faulty: Server, answers: Answers) -> None:
    """It is found out once; the refused try is none of the retries."""
    faulty.faults = [answers.error(400, "unknown field response_format"), answers.completion("fine")]
    completer = _completer(faulty.url, retries=0, concurrency=1)
    assert completer.complete([SCHEMA] * 3) == [ChatReply("fine")] * 3
    assert ["response_format" in body for _, body in faulty.seen] == [True, False, False, False]


def test_a_server_that_knows_schemas_keeps_being_asked_with_them(faulty: Server, answers: Answers) -> None:
    """A later refusal is about the request and not about the schema."""
    faulty.faults = [answers.completion("fine"), answers.error(400, "too long")]
    replies = _completer(faulty.url, concurrency=1).complete([SCHEMA] * 2)
    assert [_kind(reply) for reply in replies] == ["text", "rejected"]
    assert len(faulty.seen) == 2
    assert faulty.seen[0][1]["response_format"]["json_schema"]["strict"] is True


def test_a_schema_that_must_be_taken_is_not_dropped(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.error(400, "unknown field response_format")]
    [reply] = _completer(faulty.url, json_schema="on").complete([SCHEMA])
    assert _kind(reply) == "rejected"


def test_a_429_lowers_how_many_are_under_way(faulty: Server, answers: Answers) -> None:
    """The next batch begins where this one left off."""
    faulty.faults = [answers.error(429, "slow down"), answers.completion("fine")]
    completer = _completer(faulty.url, concurrency=20)
    completer.complete([REQUEST] * 4)
    assert completer._at_once < 20


def test_a_reply_says_what_it_took(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.error(500), answers.completion("fine")]
    [reply] = _completer(faulty.url).complete([REQUEST])
    assert reply.cost.attempts == 2
    assert reply.cost.seconds > 0
    assert reply.cost.tokens_in is None


def test_an_error_of_the_one_who_hears_is_not_wrapped(faulty: Server, answers: Answers) -> None:
    """A full disk while replies are kept is told as such."""
    faulty.faults = [answers.completion("fine")]

    def full(_request: ChatRequest, _reply: ChatReply) -> None:
        raise DiskError("no space")

    with pytest.raises(DiskError, match="no space"):
        _completer(faulty.url).complete([REQUEST] * 3, on_reply=full)
