"""Servers that want to be asked otherwise: found out by a refusal, learnt once, said once."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from harness_base.errors import OracleError
from iteralign.oracle import ChatReply, ChatRequest, Endpoint, OpenAICompleter

REQUEST = ChatRequest("0" * 16, "system text", "user text", schema={"type": "object"})
PLAIN = replace(REQUEST, schema=None)

Server = Any
Answers = Any


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")


def _completer(url: str, **settings: Any) -> OpenAICompleter:
    quick = {"retries": 1, "backoff_s": 0.01, "concurrency": 1}
    return OpenAICompleter(Endpoint(url, "the-model", **(quick | settings)))


REFUSALS = [
    ("Unsupported value: 'temperature' does not support 0. Only the default (1) is.", {"temperature": None}),
    ("`temperature` must be strictly positive", {"temperature": 0.01}),
    ("max_tokens: Field required", {"max_tokens": 2048}),
    ("Missing required parameter: 'max_completion_tokens'.", {"max_completion_tokens": 2048}),
    ("System role not supported", {"roles": ["user"]}),
    ("Conversation roles must alternate user/assistant/user/assistant/...", {"roles": ["user"]}),
    ("Developer instruction is not enabled for models/gemma-3", {"roles": ["user"]}),
    ("'messages[0].role' does not support 'system' with this model.", {"roles": ["user"]}),
    ("'response_format.type' must be 'json_object' or 'text'", {"response_format": None}),
    ("something that says nothing", {"response_format": None}),
    ("This model only supports streaming responses: set stream to true", {"stream": True}),
]  # fmt: skip


@pytest.mark.parametrize(("complaint", "sent"), REFUSALS, ids=[complaint[:30] for complaint, _ in REFUSALS])
def test_a_refusal_teaches_how_to_ask(
    complaint: str, sent: dict[str, Any], faulty: Server, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    """Every later request goes out in the new way at once, and one sentence says so."""
    faulty.faults = [answers.error(400, complaint), answers.completion("fine")]
    completer = _completer(faulty.url, retries=0)
    with caplog.at_level(logging.WARNING):
        assert completer.complete([REQUEST] * 3) == [ChatReply("fine")] * 3
    assert len(faulty.seen) == 4
    for _, body in faulty.seen[1:]:
        body["roles"] = [message["role"] for message in body["messages"]]
        assert {name: body.get(name) for name in sent} == sent
    assert len(caplog.records) == 1
    assert faulty.url in caplog.text


FORMS = [
    {"error": "System role not supported"},
    {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "system role not permitted"}]},
    {"detail": "system messages are not supported"},
    {"object": "error", "message": "System role not supported", "type": "BadRequestError", "code": 400},
    [{"error": {"message": "system instruction is not enabled", "status": "INVALID_ARGUMENT", "code": 400}}],
    {"error": {"message": "Provider returned error", "metadata": {"raw": "system role is not supported"}}},
    {"error": {"message": "x" * 400 + " system role"}},
    "System role not supported",
]


CASES = [(form, status) for form in FORMS for status in (400, 422, 200) if status != 200 or "error" in str(form)]


@pytest.mark.parametrize(("form", "status"), CASES, ids=[f"{status} {str(form)[:20]}" for form, status in CASES])
def test_a_refusal_is_understood_in_every_form(form: Any, status: int, faulty: Server, answers: Answers) -> None:
    """OpenAI's, FastAPI's, vLLM's, Google's, a router's and plain text, also inside HTTP 200."""
    faulty.faults = [answers.fault(status, json.dumps(form)), answers.completion("fine")]
    assert _completer(faulty.url).complete([PLAIN]) == [ChatReply("fine")]
    assert [message["role"] for message in faulty.seen[1][1]["messages"]] == ["user"]
    assert "system text" in faulty.seen[1][1]["messages"][0]["content"]


def test_several_habits_are_found_out_one_after_the_other(faulty: Server, answers: Answers) -> None:
    faulty.faults = [
        answers.error(400, "temperature is not supported"),
        answers.error(400, "System role not supported"),
        answers.error(400, "response_format is not supported"),
        answers.completion("fine"),
    ]
    [first, second] = _completer(faulty.url, retries=0).complete([REQUEST] * 2)
    assert (first.cost.attempts, second.cost.attempts) == (4, 1)
    assert json.loads(first.asked_with) == {"response_format": None, "system_role": False}


def test_max_tokens_is_asked_for_under_the_name_that_is_taken(faulty: Server, answers: Answers) -> None:
    """OpenAI's reasoning models know the newer name alone, many servers the older."""
    faulty.faults = [answers.error(400, "Unsupported parameter: 'max_tokens'"), answers.completion("fine")]
    _completer(faulty.url, reply_tokens=99).complete([PLAIN])
    assert faulty.seen[0][1]["max_tokens"] == faulty.seen[1][1]["max_completion_tokens"] == 99
    assert "max_tokens" not in faulty.seen[1][1]


@pytest.mark.parametrize("complaint", ["System role not supported", "temperature 0 is not supported"])
def test_a_failure_of_the_server_may_say_as_much(complaint: str, faulty: Server, answers: Answers) -> None:
    """A chat template that raises is HTTP 500 at some servers."""
    faulty.faults = [answers.error(500, complaint), answers.completion("fine")]
    assert _completer(faulty.url, retries=0).complete([REQUEST] * 2) == [ChatReply("fine")] * 2
    assert all("response_format" in body for _, body in faulty.seen)
    assert len(faulty.seen) == 3


def test_a_server_that_refuses_everything_is_asked_a_bounded_number_of_times(faulty: Server, answers: Answers) -> None:
    complaint = (
        "temperature, max_tokens, max_completion_tokens, system role, stream and response_format are unsupported"
    )
    faulty.faults = [answers.error(400, complaint)]
    [reply] = _completer(faulty.url).complete([REQUEST])
    assert reply.failure
    assert reply.failure.kind == "rejected"
    assert len(faulty.seen) <= 10


def test_what_the_user_insists_on_is_not_given_up(faulty: Server, answers: Answers) -> None:
    """With "on" the role and the schema stay, and a reasoning effort does too."""
    faulty.faults = [answers.error(400, "no system role, no response_format, no reasoning_effort")]
    settings = {"system_role": "on", "json_schema": "on", "reasoning_effort": "low"}
    [reply] = _completer(faulty.url, **settings).complete([REQUEST])
    assert len(faulty.seen) == 1
    assert reply.failure
    assert "oracle.json_schema" in reply.failure.reason


def test_settings_are_sent_as_they_are(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.completion("fine")]
    settings = {"temperature": 0.5, "reasoning_effort": "low", "system_role": "off", "extra_body": {"top_p": 0.9}}
    [reply] = _completer(faulty.url, **settings).complete([PLAIN])
    [(_, body)] = faulty.seen
    assert (body["temperature"], body["reasoning_effort"], body["top_p"]) == (0.5, "low", 0.9)
    assert len(body["messages"]) == 1
    assert json.loads(reply.asked_with)["reasoning_effort"] == "low"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_schema_answered_with_a_failure_is_tried_once_without(status: int, faulty: Server, answers: Answers) -> None:
    """Also where no retry is allowed; two such requests in a row are proof enough."""
    faulty.faults = [answers.error(status, "boom"), answers.completion("fine")] * 2 + [answers.completion("fine")]
    replies = _completer(faulty.url, retries=0).complete([REQUEST] * 4)
    assert replies == [ChatReply("fine")] * 4
    with_schema = ["response_format" in body for _, body in faulty.seen]
    assert with_schema == (
        [True, False, False, False, False] if status == 501 else [True, False, True, False, False, False]
    )


def test_a_failure_that_names_the_schema_needs_no_second_proof(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.error(500, "Failed to compile grammar: unsupported keyword"), answers.completion("fine")]
    assert _completer(faulty.url, retries=0).complete([REQUEST] * 2) == [ChatReply("fine")] * 2
    assert ["response_format" in body for _, body in faulty.seen] == [True, False, False]


def test_a_failure_in_between_does_not_cost_the_schema(faulty: Server, answers: Answers) -> None:
    """A server that has taken one is merely down, and one plain try that fails as well was not for it."""
    faulty.faults = [answers.error(503, "down"), answers.error(503, "down"), answers.completion("fine"),
                     answers.error(500, "oops"), answers.completion("fine")]  # fmt: skip
    assert _completer(faulty.url, retries=1).complete([REQUEST] * 2) == [ChatReply("fine")] * 2
    assert ["response_format" in body for _, body in faulty.seen] == [True, False, True, True, True]


def test_a_schema_insisted_on_says_which_setting_helps(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.error(500, "boom")]
    [reply] = _completer(faulty.url, json_schema="on", retries=0).complete([REQUEST])
    assert reply.failure
    assert "set oracle.json_schema to auto or off" in reply.failure.reason


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "Provider returned error", "code": 429}, "user_id": "u"}, "server"),
        ({"error": {"message": "x", "code": "502"}}, "server"),
        ({"error": {"message": "x", "type": "overloaded_error"}}, "server"),
        ({"error": {"message": "x", "code": "rate_limit_exceeded"}}, "server"),
        ({"choices": [{"error": {"code": 502, "message": "x"}, "finish_reason": "error"}]}, "server"),
        ({"object": "error", "message": "x", "code": 503}, "server"),
        ({"error": {"message": "x", "code": 400}}, "rejected"),
        ({"error": {"message": "x"}}, "rejected"),
        ({"error": "x"}, "rejected"),
    ],
)
def test_an_error_inside_http_200_is_classed_by_its_own_code(
    body: dict[str, Any], kind: str, faulty: Server, answers: Answers
) -> None:
    """What will pass is tried again, the rest is a failure of that request with the server's words."""
    faulty.faults = [answers.fault(200, json.dumps(body)), answers.completion("fine")]
    [reply] = _completer(faulty.url).complete([PLAIN])
    assert (reply.failure.kind if reply.failure else "server") == kind
    assert len(faulty.seen) == (2 if kind == "server" else 1)
    if reply.failure:
        assert "inside HTTP 200" in reply.failure.reason


@pytest.mark.parametrize("code", [401, 403, "invalid_api_key", "PERMISSION_DENIED"])
def test_a_refused_key_inside_http_200_stops_at_once(code: Any, faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.fault(200, json.dumps({"error": {"message": "no", "code": code}}))]
    with pytest.raises(OracleError, match="refused the key"):
        _completer(faulty.url).complete([PLAIN] * 5)
    assert len(faulty.seen) == 1


CONTENTS = [
    [{"type": "text", "text": "fi"}, {"type": "text", "text": "ne"}],
    [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "fine"}],
    [{"type": "output_text", "text": {"value": "fine", "annotations": []}}],
    [{"text": "fine"}],
    "fine",
]


@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_content_in_parts_is_read_without_its_thoughts(content: Any, faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.completion(content, finish_reason=None)]
    assert _completer(faulty.url).complete([PLAIN]) == [ChatReply("fine")]


def _events(*events: Any, done: bool = True) -> str:
    lines = [": processing", *(f"data: {json.dumps(event)}" for event in events), *(["data: [DONE]"] if done else [])]
    return "\n\n".join(lines) + "\n\n"


def _delta(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


def test_a_stream_of_events_is_put_together(faulty: Server, answers: Answers) -> None:
    """Some servers stream whether they are asked to or not; what they count is counted."""
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    faulty.faults = [answers.fault(200, _events(_delta("fi"), _delta("ne", "stop"), usage))]
    [reply] = _completer(faulty.url).complete([PLAIN])
    assert (reply.text, reply.cost.tokens_in, reply.failure) == ("fine", 7, None)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_only_a_new_line_ends_an_event(separator: str, faulty: Server, answers: Answers) -> None:
    """Servers that write JSON without escapes leave such characters in a text as they are, as JSON allows."""
    event = json.dumps(_delta("fi|ne", "stop")).replace("|", separator)
    faulty.faults = [answers.fault(200, f"data: {event}\r\n\r\ndata: [DONE]\r\n")]
    [reply] = _completer(faulty.url).complete([PLAIN])
    assert reply.text == f"fi{separator}ne"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_events(_delta("fi"), done=False), "malformed"),
        (_events(_delta("fine", "length")), "truncated"),
        (_events(_delta("fi"), {"error": {"message": "x", "code": 400}}), "rejected"),
        ("data: {\n\n", "malformed"),
    ],
)
def test_half_a_stream_is_no_reply(body: str, kind: str, faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.fault(200, body)]
    [reply] = _completer(faulty.url).complete([PLAIN])
    assert reply.failure
    assert reply.failure.kind == kind


def test_the_pause_may_be_given_in_milliseconds(faulty: Server, answers: Answers) -> None:
    faulty.faults = [
        answers.error(429, "slow", None, retry_after_ms="50", retry_after="60"),
        answers.completion("fine"),
    ]
    [reply] = _completer(faulty.url).complete([PLAIN])
    assert reply.text == "fine"
    assert reply.cost.seconds < 10


def test_an_address_with_a_version_keeps_it_and_takes_the_key_in_azures_header(
    faulty: Server, answers: Answers
) -> None:
    faulty.faults = [answers.completion("fine")]
    url = f"{faulty.url.removesuffix('/v1')}/openai/deployments/d?api-version=2024-10-21"
    assert _completer(url).complete([PLAIN]) == [ChatReply("fine")]
    assert faulty.seen[0][0]["api-key"] == "sk-test-0123456789"
    assert faulty.paths == ["/openai/deployments/d/chat/completions?api-version=2024-10-21"]


def test_azure_itself_gets_the_key_in_its_header_alone(
    faulty: Server, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one in the usual header too, it takes that for a token of another kind."""
    monkeypatch.setattr("iteralign.oracle.addresses._AZURE", ("127.0.0.1",))
    faulty.faults = [answers.completion("fine")]
    url = f"{faulty.url.removesuffix('/v1')}/?api-version=2024-10-21"
    assert _completer(url).complete([PLAIN]) == [ChatReply("fine")]
    [(headers, _)] = faulty.seen
    assert headers["api-key"] == "sk-test-0123456789"
    assert "authorization" not in headers
    assert faulty.paths == ["/openai/deployments/the-model/chat/completions?api-version=2024-10-21"]


@pytest.mark.parametrize("blank", [" {} ", "{}/chat/completions", "{}/"])
def test_an_address_is_asked_however_it_was_pasted(blank: str, faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.completion("fine")]
    assert _completer(blank.format(faulty.url)).complete([PLAIN]) == [ChatReply("fine")]
    assert faulty.paths == ["/v1/chat/completions"]


def test_an_address_without_v1_is_told_so(faulty: Server, answers: Answers) -> None:
    faulty.faults = [answers.error(404, "no such route")]
    with pytest.raises(OracleError, match=r"check oracle.model and oracle.url, and try it with /v1"):
        _completer(faulty.url.removesuffix("/v1")).complete([PLAIN])


def test_a_router_without_a_provider_for_a_schema_is_asked_without(faulty: Server, answers: Answers) -> None:
    """It answers 404, which otherwise means that there is no such model."""
    complaint = "No endpoints found that can handle the requested parameters."
    faulty.faults = [answers.error(404, complaint), answers.completion("fine")]
    assert _completer(faulty.url).complete([REQUEST]) == [ChatReply("fine")]


def test_what_one_request_has_learnt_helps_those_under_way(faulty: Server, answers: Answers) -> None:
    """A request that went out before with a schema is asked again without, also once nobody doubts that any more."""
    faulty.faults = [answers.error(500, "")] * 4 + [answers.completion("fine")]
    assert _completer(faulty.url, concurrency=4, retries=0).complete([REQUEST] * 8) == [ChatReply("fine")] * 8


def test_a_server_that_is_asked_too_much_is_waited_for_longer(faulty: Server, answers: Answers) -> None:
    """Three times as often as one that fails; never without end."""
    faulty.faults = [*[answers.error(429, "slow down")] * 5, answers.completion("fine")]
    assert _completer(faulty.url, retries=2).complete([PLAIN]) == [ChatReply("fine")]
    faulty.seen.clear()
    faulty.faults = [answers.error(429, "slow down")]
    [reply] = _completer(faulty.url, retries=2).complete([PLAIN])
    assert reply.failure
    assert len(faulty.seen) == 7
