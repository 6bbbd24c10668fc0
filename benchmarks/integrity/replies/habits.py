"""The habits of servers, and what comes of each: verdicts, a reason, or one sentence with its exit code."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.integrity.replies.serving import Answer, Asked, Habit, completion, refused, right

KEY = "sk-bench-0123456789abcdef"


@dataclass(frozen=True)
class Kind:
    """A kind of server. It is asked at `url` (`@` is its root) with further `settings`.

    Without `says` its verdicts have to be right; else each has to be unscored for a reason that holds `says`, or, with
    an `exit_code`, the command has to end with that and a sentence that holds it.
    """

    name: str
    habit: Habit
    url: str = "@/v1"
    settings: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    exit_code: int | None = None


def _unless(fault: Any, when: Any) -> Habit:
    """A server that answers with `fault` when the request is such, and rightly otherwise."""
    return lambda asked: fault if when(asked) else right(asked)


def _sends(name: str) -> Any:
    return lambda asked: name in asked.body


def _has_system(asked: Asked) -> bool:
    return "system" in asked.roles


def _warm(asked: Asked) -> bool:
    return asked.body.get("temperature") not in (None, 1)


def _two_of_three(asked: Asked) -> bool:
    return asked.count % 3 != 2


def _fixed(answer: Answer) -> Habit:
    return lambda _: answer


def _parts(asked: Asked) -> Answer:
    text = json.dumps(asked.verdict())
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    return completion([thought, {"type": "text", "text": text[:20]}, {"type": "text", "text": text[20:]}])


def _events(asked: Asked, *, whole: bool = True) -> Answer:
    text = json.dumps(asked.verdict())
    pieces = [text[at : at + 30] for at in range(0, len(text), 30)]
    events = [{"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
    lines = [": keep-alive", *(f"data: {json.dumps(event)}" for event in events), *(["data: [DONE]"] if whole else [])]
    return Answer(body="\n\n".join(lines) + "\n\n", headers={"Content-Type": "text/event-stream"})


def _streams_when_asked(asked: Asked) -> Answer:
    return _events(asked) if asked.body.get("stream") else refused("This model only supports streaming responses.")


def _azure(asked: Asked) -> Answer:
    if asked.headers.get("api-key") != KEY:
        return refused("Access denied due to invalid subscription key.", 401)
    if asked.path != "/openai/deployments/d/chat/completions?api-version=2024-10-21":
        return refused("Resource not found", 404)
    return right(asked)


def _odd_in_everything(asked: Asked) -> Answer:
    if _warm(asked):
        return refused("Unsupported value: 'temperature' does not support 0 with this model.")
    if _has_system(asked):
        return refused("'messages[0].role' does not support 'system' with this model.")
    if "response_format" in asked.body:
        return refused("Invalid parameter: 'response_format' of type 'json_schema' is not supported.")
    return _parts(asked)


def _rewritten(change: Any) -> Habit:
    """The right answer, its body changed as text."""
    return lambda asked: Answer(body=change(right(asked).encoded()))


def _in_choice(asked: Asked) -> Answer:
    if _two_of_three(asked):
        return Answer(body={"choices": [{"error": {"code": 502, "message": "Bad gateway"}, "finish_reason": "error"}]})
    return right(asked)


def _inside_200(code: Any, message: str = "Provider returned error", **more: Any) -> Answer:
    return Answer(body={"error": {"message": message, "code": code, **more}, "user_id": "u"})


O1 = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported."
MAX = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
DETAIL = {"detail": [{"loc": ["body", "response_format"], "msg": "extra fields not permitted"}]}
GOOGLE = [{"error": {"code": 400, "message": "Developer instruction is not enabled", "status": "INVALID_ARGUMENT"}}]
AZURE = "@/openai/deployments/d"
QUERY = "?api-version=2024-10-21"
SLOW = {"retry_after_ms": "60"}

READ = (
    Kind("as the standard says", right),
    Kind("no temperature but 1", _unless(refused(O1, code="unsupported_value"), _warm)),
    Kind("no temperature at all", _unless(refused("Extra inputs: temperature is not permitted", 422), _sends("temperature"))),
    Kind("a temperature above 0", _unless(Answer(422, {"error": "`temperature` must be strictly positive", "error_type": "validation"}), lambda a: a.body.get("temperature") == 0)),
    Kind("max_completion_tokens in place of max_tokens", _unless(refused(MAX), _sends("max_tokens")), settings={"reply_tokens": 500}),
    Kind("max_tokens required", _unless(refused("max_tokens: Field required"), lambda a: "max_tokens" not in a.body)),
    Kind("max_completion_tokens required", _unless(refused("Missing required parameter: 'max_completion_tokens'."), lambda a: "max_completion_tokens" not in a.body)),
    Kind("no system role", _unless(refused("System role not supported"), _has_system)),
    Kind("roles that must alternate", _unless(refused("Conversation roles must alternate user/assistant/user/assistant/..."), _has_system)),
    Kind("no system role, in Google's form", _unless(Answer(400, GOOGLE), _has_system)),
    Kind("a reasoning effort", _unless(refused("reasoning_effort must be low"), lambda a: a.body.get("reasoning_effort") != "low"), settings={"reasoning_effort": "low"}),
    Kind("a switch of its own", _unless(refused("thinking must be off"), lambda a: not a.body.get("chat_template_kwargs")), settings={"extra_body": {"chat_template_kwargs": {"enable_thinking": False}}}),
    Kind("content in parts, a thought among them", _parts),
    Kind("content as an object", lambda asked: completion(asked.verdict())),
    Kind("thoughts in a field of their own", lambda asked: completion(json.dumps(asked.verdict()), reasoning_content="Hm.")),
    Kind("no reason to stop", lambda asked: completion(json.dumps(asked.verdict()), finish=None)),
    Kind("Azure's address", _azure, url=AZURE + QUERY),
    Kind("Azure's whole address", _azure, url=f"{AZURE}/chat/completions{QUERY}"),
    Kind("streams whether asked to or not", _events),
    Kind("streams alone", _streams_when_asked),
    Kind("no schema, HTTP 400 and a text for an error", _unless(Answer(400, {"error": "'response_format.type' must be 'json_object' or 'text'"}), _sends("response_format"))),
    Kind("no schema, HTTP 400 without a word", _unless(Answer(400, ""), _sends("response_format"))),
    Kind("no schema, HTTP 422", _unless(Answer(422, DETAIL), _sends("response_format"))),
    Kind("no schema, HTTP 500 about a grammar", _unless(refused("Failed to compile grammar: unsupported keyword", 500), _sends("response_format"))),
    Kind("no schema, HTTP 500 without a word", _unless(Answer(500, ""), _sends("response_format"))),
    Kind("no schema, HTTP 501", _unless(refused("not implemented", 501), _sends("response_format"))),
    Kind("no schema, HTTP 503", _unless(refused("upstream died", 503), _sends("response_format"))),
    Kind("no schema, inside HTTP 200", _unless(_inside_200(400, "response_format is not supported"), _sends("response_format"))),
    Kind("no schema, a router's 404", _unless(refused("No endpoints found that can handle the requested parameters.", 404), _sends("response_format"))),
    Kind("429 inside HTTP 200", _unless(_inside_200(429), _two_of_three)),
    Kind("overload inside HTTP 200, by its type", _unless(_inside_200(None, type="overloaded_error"), _two_of_three)),
    Kind("an error inside a choice", _in_choice),
    Kind("429 with retry-after-ms", _unless(refused("Rate limit reached", 429, "rate_limit_exceeded", **SLOW), _two_of_three)),
    Kind("HTTP 500 two times of three", _unless(refused("oops", 500), _two_of_three)),
    Kind("cut connections", _unless(Answer(body="{", cut=True), _two_of_three)),
    Kind("a byte order mark before the body", _rewritten(lambda body: b"\xef\xbb\xbf" + body)),
    Kind("blank lines before the body", _rewritten(lambda body: b"\n\n\n   " + body)),
    Kind("blanks round the address", right, url=" @/v1 \n"),
    Kind("the whole address of chat completions", right, url="@/v1/chat/completions"),
    Kind("an address that ends in a slash", right, url="@/v1/"),
    Kind("odd in everything at once", _odd_in_everything),
)  # fmt: skip

FAILING = (
    Kind("a key that is refused", _fixed(refused("bad key", 401)), says="refused the key, HTTP 401", exit_code=5),
    Kind("a key that is refused inside HTTP 200", _fixed(_inside_200(403)), says="refused the key, HTTP 403", exit_code=5),
    Kind("no money left", _fixed(refused("quota", 429, "insufficient_quota")), says="nothing left to spend", exit_code=5),
    Kind("no such model", _fixed(refused("no such model", 404)), says="check oracle.model", exit_code=5),
    Kind("an address without /v1", _unless(refused("no route", 404), lambda a: not a.path.startswith("/v1/")), url="@", says="try it with /v1", exit_code=5),
    Kind("a redirect", _fixed(Answer(307, "", {"Location": "http://127.0.0.2:9/v1"})), says="redirects to 127.0.0.2:9", exit_code=5),
    Kind("silence", _fixed(Answer(silence_s=1.0)), settings={"timeout_s": 0.2, "retries": 0}, says="can't be reached (no answer within 0.2 s)", exit_code=5),
    Kind("refuses whatever is sent", _fixed(refused("no")), says="would not take the request (HTTP 400: no)"),
    Kind("fails on a schema insisted on", _unless(refused("boom", 500), _sends("response_format")), settings={"json_schema": "on", "retries": 0}, says="set oracle.json_schema to auto or off"),
    Kind("a web page", _fixed(Answer(body="<html>Welcome</html>", headers={"Content-Type": "text/html"})), says="check oracle.url"),
    Kind("replies cut off", lambda asked: completion(json.dumps(asked.verdict())[:40], finish="length"), says="oracle.reply_tokens"),
    Kind("thoughts alone", _fixed(completion(None, reasoning_content="hm")), says="only its thoughts"),
    Kind("a refusal", _fixed(completion(None, refusal="I can't look at this.")), says="the oracle's model refused"),
    Kind("a content filter", _fixed(completion("", finish="content_filter")), says="content filter"),
    Kind("half a stream", lambda asked: _events(asked, whole=False), says="broke off"),
    Kind("calls of tools alone", _fixed(completion(None, tool_calls=[{"id": "1"}])), says="holds no text"),
    Kind("an error without a code inside HTTP 200", _fixed(_inside_200(None, "model is loading wrongly")), says="an error inside HTTP 200: model is loading wrongly"),
    Kind("an array", _fixed(Answer(body="[]")), says="no chat completion"),
    Kind("an address with a key behind #", right, url=f"@/v1#key={KEY}", says="must not hold anything behind #", exit_code=2),
    Kind("an address with a key behind ;", right, url=f"@/v1;key={KEY}", says="must not hold anything behind #", exit_code=2),
    Kind("an address with a key as its query", right, url=f"@/v1?key={KEY}", says="must not hold a query", exit_code=2),
    Kind("a key in the path", right, url=f"@/{KEY}/v1", says="oracle.url holds the key", exit_code=2),
    Kind("a key for a number", right, settings={"timeout_s": KEY}, says="oracle.timeout_s must be a number, not text", exit_code=2),
)  # fmt: skip
