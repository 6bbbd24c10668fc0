"""A faulty chat server on loopback, and a small oracle's reply function."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from iteralign.oracle import JudgeRequest, read_request


@dataclass
class Fault:
    """How the server answers one request: first silence, then, if `cut`, less than was announced.

    With `drip_s` the body comes a byte at a time, that many seconds apart.
    """

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    silence_s: float = 0.0
    cut: bool = False
    drip_s: float = 0.0


def completion(text: object, finish_reason: str | None = "stop", refusal: str | None = None) -> Fault:
    """A whole chat completion with `text` as its content."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}
    return Fault(body=json.dumps(body), headers={"Content-Type": "application/json"})


def error(status: int, message: str = "", code: str | None = None, **headers: str) -> Fault:
    """An error in OpenAI's form."""
    return Fault(status, json.dumps({"error": {"message": message, "code": code}}), headers)


class FaultyServer:
    """Answers each request with the next of its faults, the last one for good.

    `seen` keeps headers and bodies, `paths` what was asked for.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = [completion("")]
        self.seen: list[tuple[dict[str, str], Any]] = []
        self.paths: list[str] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> Fault:
        with self._lock:
            self.seen.append((headers, json.loads(body)))
            return self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take, paths = self.take, self.paths

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fault = take({name.lower(): value for name, value in self.headers.items()}, body)
                time.sleep(fault.silence_s)
                content = fault.body.encode() if isinstance(fault.body, str) else fault.body
                self.send_response(fault.status)
                for name, value in fault.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(content) + (100 if fault.cut else 0)))
                self.end_headers()
                pieces = [bytes([byte]) for byte in content] if fault.drip_s else [content]
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        time.sleep(fault.drip_s)
                except ConnectionError:
                    pass  # the client has had enough, which is what such a fault is for

            def log_message(self, *args: object) -> None:
                """Keep the tests' output clean."""

        return Handler


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.close()


@pytest.fixture
def other_host() -> Iterator[FaultyServer]:
    """A second server, to which a redirect can lead."""
    server = FaultyServer()
    yield server
    server.close()


def small_reply(messages: list[dict[str, str]]) -> str:
    """An oracle of one rule: an answer that begins with "Sure" violates."""
    request = read_request(messages)
    if isinstance(request, JudgeRequest):
        bad = request.answer.startswith("Sure")
        label, severity = ("violation", "medium") if bad else ("satisfactory", "none")
        fields = {"id": request.id, "label": label, "category": "help", "severity": severity}
        return json.dumps({**fields, "reason": f"it begins {label}", "quote": request.answer[:80] if bad else ""})
    examples = list(range(len(request.violations)))
    return json.dumps({"id": request.id, "principles": [{"text": "Do not be so sure.", "examples": examples}]})


@pytest.fixture
def reply() -> Callable[[list[dict[str, str]]], str]:
    return small_reply


@dataclass(frozen=True)
class Answers:
    """How to write the faulty server's answers: a chat completion, an error in OpenAI's form, anything else."""

    completion: Callable[..., Fault] = completion
    error: Callable[..., Fault] = error
    fault: Callable[..., Fault] = Fault


@pytest.fixture
def answers() -> Answers:
    return Answers()
