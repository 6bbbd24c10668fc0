from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness_base.errors import ConfigError
from iteralign.oracle import JudgeRequest
from iteralign.oracle.prompts import judge_chat
from iteralign.sandbox.server import MODEL_NAME, OracleServer, serve, start_in_thread

CHAT = judge_chat(JudgeRequest.of("How?", "Sure, so."))


@pytest.fixture
def url(reply: Callable[..., str]) -> Iterator[str]:
    with start_in_thread(reply) as base_url:
        yield base_url


def _send(url: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def _chat(url: str, request: Any) -> tuple[int, Any]:
    return _send(url, "POST", "/v1/chat/completions", json.dumps(request).encode())


def test_a_chat_completion_has_the_standard_form(url: str) -> None:
    """The reply stands where every client looks for it, and is the reply function's."""
    status, completion = _chat(url, {"model": MODEL_NAME, "messages": CHAT.messages(), "temperature": 0})
    assert status == 200
    assert completion["object"] == "chat.completion"
    (choice,) = completion["choices"]
    assert choice["finish_reason"] == "stop"
    assert json.loads(choice["message"]["content"])["id"] == CHAT.id


def test_the_models_are_listed(url: str) -> None:
    """A client can find out the model's name."""
    status, models = _send(url, "GET", "/v1/models")
    assert (status, [model["id"] for model in models["data"]]) == (200, [MODEL_NAME])


def test_the_server_listens_on_loopback_only(url: str) -> None:
    """The address handed out is this machine's own."""
    assert urlsplit(url).hostname == "127.0.0.1"


GOOD = {"model": MODEL_NAME, "messages": CHAT.messages()}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (json.dumps({**GOOD, "model": "gpt-x"}).encode(), 404, "model_not_found"),
        (json.dumps({**GOOD, "stream": True}).encode(), 400, "unsupported_value"),
        (json.dumps({**GOOD, "messages": []}).encode(), 400, "invalid_messages"),
        (json.dumps({**GOOD, "messages": [{"role": "user"}]}).encode(), 400, "invalid_messages"),
        (json.dumps({**GOOD, "messages": [{"role": "user", "content": ["a"]}]}).encode(), 400, "invalid_messages"),
        (json.dumps({**GOOD, "messages": [{"role": "user", "content": "Hello"}]}).encode(), 400, "unknown_request"),
    ],
)
def test_a_bad_request_gets_an_error_in_the_standard_form(url: str, body: bytes, status: int, code: str) -> None:
    """Client libraries can read the message and the code."""
    answered, content = _send(url, "POST", "/v1/chat/completions", body)
    assert (answered, content["error"]["code"]) == (status, code)
    assert content["error"]["message"]


def test_an_unknown_path_is_not_found(url: str) -> None:
    """Only the two paths exist."""
    assert _send(url, "POST", "/v1/completions", b"{}")[0] == 404
    assert _send(url, "GET", "/")[0] == 404


def test_a_request_that_says_it_is_huge_is_refused_unread(url: str) -> None:
    """The limit holds before anything is read."""
    assert _send(url, "POST", "/v1/chat/completions", Content_Length="4000001")[0] == 413
    assert _send(url, "POST", "/v1/chat/completions", Content_Length="9" * 5_000)[0] == 413


def test_a_request_without_a_length_is_refused(url: str) -> None:
    """A body of unknown length is not read."""
    assert _send(url, "POST", "/v1/chat/completions", Content_Length="-1")[0] == 411


def test_one_connection_serves_several_requests(url: str) -> None:
    """Connections are kept alive between chat completions."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for _ in range(2):
        connection.request("POST", "/v1/chat/completions", json.dumps(GOOD))
        assert connection.getresponse().read()
    assert connection.sock is not None
    connection.close()


def test_a_port_that_is_taken_is_the_users_mistake(url: str) -> None:
    """The sentence names the address."""
    port = urlsplit(url).port
    assert port is not None
    with pytest.raises(ConfigError, match=f"can't listen at 127.0.0.1:{port}"):
        serve("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("999.1.1.1", 0)])
def test_an_address_that_cannot_be_is_the_users_mistake(host: str, port: int) -> None:
    """A port out of range and a host that is none are told the same way."""
    with pytest.raises(ConfigError, match="can't listen"):
        OracleServer(host, port)


def test_serving_announces_its_address_and_ends_with_an_interrupt(reply: Callable[..., str]) -> None:
    """What the command line prints is the base URL, and Ctrl-C reaches it."""
    announced: list[str] = []

    def announce(url: str) -> None:
        announced.append(url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve("127.0.0.1", 0, announce, reply=reply)
    assert announced[0].startswith("http://127.0.0.1:")
    assert announced[0].endswith("/v1")
