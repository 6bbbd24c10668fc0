"""Where a remote oracle is, and the key that goes there and nowhere else."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from harness_errors import ConfigError, MissingKeyError
from iteralign.oracle.text import one_line

# What is sent where a server on this machine needs no key: the client library insists on one.
_PLACEHOLDER = "no-key-needed"
# A shorter key can't be told from ordinary text, and removing it would garble replies.
_SHORTEST_REDACTED = 6
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")


@dataclass(frozen=True)
class Endpoint:
    """A chat completions endpoint. `url` ends before `/chat/completions`; times are in seconds.

    `timeout_s` holds for one attempt from start to end, `retries` counts the attempts after the first, and
    `backoff_s` is the pause before the first of them, doubled for each that follows. With `json_schema` "auto" the
    server is asked to hold its replies to a schema until it turns out that it knows no such thing.
    """

    url: str
    model: str
    key_env: str = "OPENAI_API_KEY"
    timeout_s: float = 60.0
    concurrency: int = 8
    retries: int = 3
    backoff_s: float = 0.5
    json_schema: Literal["auto", "on", "off"] = "auto"

    def __post_init__(self) -> None:
        """Raise ConfigError unless `url` is a plain HTTP address without a password in it."""
        parts = _split(self.url)
        if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
            raise ConfigError(
                f"{one_line(self.shown, 200)!r} is no address of an oracle: "
                "oracle.url must look like http://127.0.0.1:8000/v1."
            )
        if "@" in parts.netloc:
            raise ConfigError(
                "The oracle's URL holds a user name or password, which would end up in the store: leave it out of "
                f"oracle.url and put the key into the environment variable {self.key_env}."
            )

    @property
    def shown(self) -> str:
        """The URL for messages: without a query, which may hold what is nobody's business."""
        parts = _split(self.url)
        return f"{parts.scheme}://{_address(parts)}{parts.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether the address is on this machine."""
        host = _split(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def key(self) -> str:
        """The key from the environment; a placeholder where a server on this machine is given none.

        Raises MissingKeyError when there is none, ConfigError when it can't be one.
        """
        key = os.environ.get(self.key_env, "").strip()
        if not key and self.is_loopback:
            return _PLACEHOLDER
        if not key:
            raise MissingKeyError(
                f"The oracle at {self.shown} needs a key, and the environment variable {self.key_env} is not set: "
                "set it (to any text if the server wants none)."
            )
        # Otherwise the HTTP library would quote the whole header in its complaint.
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ConfigError(
                f"The environment variable {self.key_env} does not hold a key: there are spaces or characters in it "
                "that no key has."
            )
        return key


def redacted(text: str, key: str) -> str:
    """`text` with the key taken out, should a server send it back."""
    return text.replace(key, "[key]") if len(key) >= _SHORTEST_REDACTED and key != _PLACEHOLDER else text


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port out of range shows only when it is asked for
    except ValueError:
        raise ConfigError(
            "The oracle's URL is malformed: oracle.url must look like http://127.0.0.1:8000/v1."
        ) from None
    return parts


def _address(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
