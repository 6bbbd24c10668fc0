"""Where a remote oracle is, and the key that goes there and nowhere else."""

from __future__ import annotations

import ipaddress
import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from urllib.parse import unquote

from harness_base.errors import ConfigError, MissingKeyError
from harness_base.types import Fields
from iteralign.oracle.addresses import Address, address, problem, tidy
from iteralign.oracle.secrets import without_key

# What is sent where a server on this machine needs no key: the client library insists on one.
_PLACEHOLDER = "no-key-needed"
_SHORTEST_REAL = 12


@dataclass(frozen=True)
class Endpoint:
    """A chat completions endpoint. `url` ends before `/chat/completions`, or is made to; times are in seconds.

    `timeout_s` holds for one attempt from start to end, `retries` counts the attempts after the first, and
    `backoff_s` is the pause before the first of them, doubled for each that follows. With `json_schema` "auto" the
    server is asked to hold its replies to a schema until it turns out that it knows no such thing. A `temperature` that
    it does not take is left out, `reply_tokens` is the longest reply, asked for under the name that it takes, and
    instructions go to the user where `system_role` is "off", or is "auto" and there is no such role. `reasoning_effort`
    and the fields of `extra_body` are sent as they are.
    """

    url: str
    model: str
    key_env: str = "OPENAI_API_KEY"
    timeout_s: float = 60.0
    concurrency: int = 8
    retries: int = 3
    backoff_s: float = 0.5
    json_schema: Literal["auto", "on", "off"] = "auto"
    temperature: float | None = 0.0
    reply_tokens: int | None = None
    system_role: Literal["auto", "on", "off"] = "auto"
    reasoning_effort: str | None = None
    extra_body: Fields = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ConfigError unless `url` is a plain HTTP address without a secret in it."""
        object.__setattr__(self, "url", tidy(self.url))
        wrong = problem(self.url, any_query=True)
        if "store" in wrong:
            raise ConfigError(f"oracle.url {wrong}; the key goes into the environment variable {self.key_env}.")
        if wrong:
            raise ConfigError(f"The oracle's address {wrong}: oracle.url must look like http://127.0.0.1:8000/v1.")

    @cached_property
    def address(self) -> Address:
        """The address, taken apart."""
        return address(self.url, self.model)

    @property
    def shown(self) -> str:
        """The URL for messages: without a query, which may hold what is nobody's business."""
        return self.address.base

    @property
    def is_loopback(self) -> bool:
        """Whether the address is on this machine."""
        host = self.address.host
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
        self._check_places(key)
        return key

    def _check_places(self, key: str) -> None:
        """Miss a key that was put where it is stored and shown."""
        places = {"oracle.url": unquote(self.url), "oracle.model": self.model, "oracle.key_env": self.key_env}
        places["oracle.extra_body"] = json.dumps(dict(self.extra_body), ensure_ascii=False)
        for name, text in places.items():
            if may_be_secret(key) and key in text:
                raise ConfigError(
                    f"{name} holds the key, and is stored and shown: leave it out there, the environment variable "
                    f"{self.key_env} is enough."
                )


def may_be_secret(key: str) -> bool:
    """Whether it is no word that people set where no key is needed, such as the name of the server."""
    return len(key) >= _SHORTEST_REAL and not key.isalpha()


def redacted(text: str, key: str) -> str:
    """`text` with the key taken out, should a server send it back."""
    return text if key == _PLACEHOLDER else without_key(text, key)
