"""An OpenAI-compatible server as the oracle: the kind `openai`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from harness_base.errors import ConfigError
from iteralign.core.protocols import JudgingOracle, Oracle
from iteralign.oracle.addresses import problem, tidy
from iteralign.oracle.chat import ChatOracle
from iteralign.oracle.completer import Completer
from iteralign.oracle.endpoint import Endpoint
from iteralign.oracle.kinds import MAX_PROPOSED, OracleKind
from iteralign.oracle.openai_client import OpenAICompleter
from iteralign.oracle.prompts import WORDINGS
from iteralign.oracle.remembering import CallLog, RememberingCompleter
from iteralign.oracle.requests import REQUEST_VERSION
from iteralign.oracle.spending import Caps

_SERVERS_ALONE = "{key} is set, but oracle.kind is {kind}, which has none: add --oracle openai."
_COSTS_NOTHING = "{key} is for --oracle openai: the oracle {kind} runs here and costs nothing."
_CAPS = ("max_calls", "max_tokens", "max_cost")


def _variable_name(name: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        # The value is kept out of the message: it may be a key that was put in the wrong place.
        raise ValueError("must be the name of an environment variable (A-Z, 0-9, _), never a key itself")
    return name


def _plain_url(url: str) -> str:
    url = tidy(url)
    if wrong := problem(url):
        raise ValueError(wrong)
    return url


def _extra_fields(fields: dict[str, Any]) -> dict[str, Any]:
    ours = sorted({"messages", "model", "n", "stream"} & set(fields))
    if ours:
        raise ValueError(f"must not hold {ours[0]}, which the harness sets itself")
    if any(re.search(r"key|secret|password|authorization", name, re.IGNORECASE) for name in fields):
        raise ValueError("must not hold a key: it is written to the store")
    try:
        json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError("must hold what JSON can say") from None
    return fields


class OpenAIKind(OracleKind):
    """A model behind a server that speaks OpenAI's chat completions."""

    costs_calls: ClassVar[bool] = True
    changeable: ClassVar[tuple[str, ...]] = (*OracleKind.changeable, *_CAPS, "price_in", "price_out")
    refused_elsewhere: ClassVar[Mapping[str, str]] = {
        "url": _SERVERS_ALONE,
        "model": _SERVERS_ALONE,
        **dict.fromkeys(_CAPS, _COSTS_NOTHING),
    }

    kind: Literal["openai"] = "openai"
    url: Annotated[str, AfterValidator(_plain_url)] | None = Field(
        None, description="address that ends in /v1, or Azure's with its `?api-version=…`"
    )
    model: Annotated[str, AfterValidator(str.strip)] | None = Field(
        None, description="name of the model on that server"
    )
    key_env: Annotated[str, AfterValidator(_variable_name)] = Field(
        "OPENAI_API_KEY", description="environment variable that holds the key"
    )
    timeout_s: float = Field(60.0, gt=0, description="seconds to wait for one reply")
    concurrency: int = Field(8, ge=1, le=256, description="requests under way at once")
    retries: int = Field(3, ge=0, le=20, description="tries after a failed request")
    json_schema: Literal["auto", "on", "off"] = Field(
        "auto", description="ask the server to hold replies to a schema; auto: until it turns out that it can't"
    )
    temperature: float | None = Field(
        0.0, ge=0, le=2, description="temperature of replies, or the model's own where it takes no other; null: its own"
    )
    reply_tokens: int | None = Field(
        None, ge=16, description="longest reply, thoughts included; null: as long as the server allows"
    )
    system_role: Literal["auto", "on", "off"] = Field(
        "auto",
        description="give instructions as the system's; off: as the user's; auto: until it turns out that it can't",
    )
    reasoning_effort: str | None = Field(
        None, min_length=1, max_length=20, description="how much a reasoning model thinks, such as `low`; null: its own"
    )
    extra_body: Annotated[dict[str, Any], AfterValidator(_extra_fields)] = Field(
        {}, description='further fields of each request, as JSON, such as `{"top_p": 0.9}`'
    )
    reuse: bool = Field(True, description="take replies that the store already holds for the very same question")
    max_calls: int | None = Field(None, ge=1, description="calls of one process, at most; the run then stops")
    max_tokens: int | None = Field(None, ge=1, description="tokens, asked and answered, at most")
    max_cost: float | None = Field(None, gt=0, description="money, at most, by the two prices")
    price_in: float = Field(0.0, ge=0, description="price of a million tokens asked")
    price_out: float = Field(0.0, ge=0, description="price of a million tokens answered")

    @property
    def caps(self) -> Caps:
        return Caps(self.max_calls, self.max_tokens, self.max_cost, self.price_in, self.price_out)

    def check(self) -> None:
        for key, value, flag in (("url", self.url, "--oracle-url"), ("model", self.model, "--oracle-model")):
            if not value:
                raise ConfigError(f"oracle.kind openai needs oracle.{key}: give it with {flag}.")
        if self.max_cost is not None and not (self.price_in or self.price_out):
            raise ConfigError(
                "oracle.max_cost needs the prices: set oracle.price_in and oracle.price_out, per million tokens."
            )

    def check_key(self) -> None:
        self._endpoint().key()

    def secret(self) -> str:
        return os.environ.get(self.key_env, "").strip()

    def label(self) -> str:
        return str(self.model)

    def judge_name(self, oracle: Oracle) -> str:
        return self._name()

    def max_wordings(self) -> int:
        return len(WORDINGS) if self.judge_sees == "prompt_and_answer" else 1

    def build(self, call_log: CallLog | None = None, *, max_principles: int = MAX_PROPOSED) -> JudgingOracle:
        completer: Completer = OpenAICompleter(self._endpoint(), self.caps)
        if call_log:
            completer = RememberingCompleter(
                completer, call_log, name=self._name(), parameters=self._parameters(), reuse=self.reuse
            )
        return ChatOracle(completer, max_principles=max_principles, judge_sees=self.judge_sees)

    def _name(self) -> str:
        seen = " (answers alone)" if self.judge_sees == "answer" else ""
        return f"{self.model} at {self.url}, prompt {REQUEST_VERSION}{self._asked_otherwise()}{seen}"

    def _asked_otherwise(self) -> str:
        """The settings that make another judge of the same model, where they are not the usual ones."""
        own = "its own" if self.temperature is None else f"{self.temperature:g}"
        differing = {
            f"temperature {own}": self.temperature != 0,
            f"reasoning effort {self.reasoning_effort}": self.reasoning_effort,
            f"with {json.dumps(self.extra_body, sort_keys=True)}": self.extra_body,
        }
        return "".join(f", {text}" for text, differs in differing.items() if differs)

    def _parameters(self) -> str:
        """What else shapes a reply. What a server has refused of it stands with each call."""
        system = "" if self.system_role == "auto" else f", system role {self.system_role}"
        length = f", at most {self.reply_tokens} tokens" if self.reply_tokens else ""
        return f"temperature 0, schema {self.json_schema}{system}{length}"

    def _endpoint(self) -> Endpoint:
        if self.url is None or self.model is None:
            raise ConfigError("oracle.kind is openai, but oracle.url or oracle.model is missing: give both.")
        shared = ("key_env", "timeout_s", "concurrency", "retries", "json_schema", "temperature", "reply_tokens")
        more = ("system_role", "reasoning_effort", "extra_body")
        return Endpoint(self.url, self.model, **{name: getattr(self, name) for name in (*shared, *more)})
