"""The embedded oracle behind an OpenAI-compatible HTTP interface, so that the way over the network is walked for real.

It offers `POST /v1/chat/completions` and `GET /v1/models`, needs no key, and is meant for this machine only.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from harness_base.errors import ConfigError, OracleError
from harness_base.types import Row
from iteralign.core.content import content_id
from iteralign.oracle.spending import tokens_of
from iteralign.sandbox.oracle import ReplyFunction, rules_reply

MODEL_NAME = "embedded-rules"
"""The one model that the server offers."""

_LARGEST_REQUEST = 4_000_000
_IDLE_S = 60.0


class _RequestError(Exception):
    """An answer in OpenAI's error form."""

    def __init__(self, status: int, message: str, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OracleServer(ThreadingHTTPServer):
    """Answers chat completions with `reply`. Raises ConfigError when it can't listen at the address."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, reply: ReplyFunction = rules_reply) -> None:
        self.reply = reply
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"The oracle can't listen at {host}:{port} ({error}): choose another host or port (0 takes a free one)."
            ) from None

    def server_bind(self) -> None:
        """Bind without the base class's reverse look-up of the host's name, which can hang without a network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """A client that hangs up is no error of ours; anything else is shown with its traceback."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/v1"


def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    announce: Callable[[str], None] = lambda url: None,
    *,
    reply: ReplyFunction = rules_reply,
) -> None:
    """Serve until interrupted; `announce` is told the base URL once the port is open.

    Raises ConfigError when the address can't be had, and lets KeyboardInterrupt through.
    """
    with OracleServer(host, port, reply) as server:
        announce(server.url)
        server.serve_forever()


@contextmanager
def start_in_thread(reply: ReplyFunction = rules_reply) -> Iterator[str]:
    """Serve on a free loopback port for as long as the context lasts; yields the base URL."""
    with OracleServer("127.0.0.1", 0, reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: OracleServer
    protocol_version = "HTTP/1.1"
    server_version = "iteralign-oracle"
    sys_version = ""
    timeout = _IDLE_S
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        if self.path.rstrip("/") == "/v1/models":
            model = {"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "iteralign"}
            self._send(200, {"object": "list", "data": [model]})
        else:
            self._send_error(_RequestError(404, f"There is nothing at {self.path!r}.", "not_found"))

    def do_POST(self) -> None:
        try:
            body = self._body()
            if self.path.rstrip("/") != "/v1/chat/completions":
                raise _RequestError(404, f"There is nothing at {self.path!r}.", "not_found")
            messages = _messages(body)
            text = self.server.reply(messages)
        except _RequestError as error:
            self._send_error(error)
        except OracleError as error:
            self._send_error(_RequestError(400, str(error), "unknown_request"))
        else:
            self._send(200, _completion(messages, text))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _RequestError(411, "The request must say its Content-Length.", "length_required")
        if len(length) > 15 or int(length) > _LARGEST_REQUEST:
            raise _RequestError(413, f"The request is larger than {_LARGEST_REQUEST:,} bytes.", "request_too_large")
        return self.rfile.read(int(length))

    def _send_error(self, error: _RequestError) -> None:
        # What is left of the request may not have been read, so the connection can't be used again.
        self.close_connection = True
        shape = {"message": str(error), "type": "invalid_request_error", "param": None, "code": error.code}
        self._send(error.status, {"error": shape})

    def _send(self, status: int, content: Row) -> None:
        body = json.dumps(content).encode("ascii")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet: a line per judgement would drown everything else in the terminal."""


def _messages(body: bytes) -> list[dict[str, str]]:
    """The messages of a chat completion request. Raises _RequestError, which says what is wrong with it."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise _RequestError(400, "The request is not JSON.", "invalid_json") from None
    if not isinstance(request, dict):
        raise _RequestError(400, "The request is JSON, but no object.", "invalid_json")
    if request.get("model") != MODEL_NAME:
        raise _RequestError(404, f"The only model here is {MODEL_NAME!r}.", "model_not_found")
    if request.get("stream"):
        raise _RequestError(400, "This server does not stream.", "unsupported_value")
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise _RequestError(
            400, "'messages' must be a list of objects with a text as 'role' and as 'content'.", "invalid_messages"
        )
    return [{"role": message["role"], "content": message["content"]} for message in messages]


def _is_message(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("role", "content"))


def _completion(messages: list[dict[str, str]], text: str) -> Row:
    said = [part for message in messages for part in message.values()]
    return {
        "id": f"chatcmpl-{content_id(*said)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL_NAME,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": None, "finish_reason": "stop"}
        ],
        # The rules know no tokens: these are by length, so that caps on tokens and cost can be tried.
        "usage": _usage("".join(message["content"] for message in messages), text),
    }


def _usage(asked: str, text: str) -> dict[str, int]:
    into, out = tokens_of(asked), tokens_of(text)
    return {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
