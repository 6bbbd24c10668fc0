"""How a server wants to be asked: what is sent beside the messages, and what a refusal teaches of it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

from harness_base.types import Row
from iteralign.oracle.completer import ChatFailure, ChatRequest
from iteralign.oracle.endpoint import Endpoint

LimitName = Literal["", "max_tokens", "max_completion_tokens"]
_REPLY_TOKENS = 2048
"""The longest reply asked for where a server insists on a limit and the user sets none."""
_MIN_TEMPERATURE = 0.01
_OWN_TEMPERATURE = "at its own temperature, at which a question asked again may be answered otherwise"
_PROOFS = 2

_STREAM = re.compile(r"\bstream(ing|ed)?\b", re.IGNORECASE)
_LIMIT = re.compile(r"max_(completion_|new_|output_)?tokens", re.IGNORECASE)
_TEMPERATURE = re.compile(r"temperature", re.IGNORECASE)
_POSITIVE = re.compile(r"strictly positive|greater than (0|zero)|> ?0|above 0|non-?zero", re.IGNORECASE)
_ROLE = re.compile(
    r"(system|developer)['\"`]?[ _-]*(role|message|prompt|instruction)|roles?\b.*\b(system|developer)\b"
    r"|alternat(e|ing)\b|only .{0,20}user.{0,10}assistant|messages['\"]?\[?\.?0\]?\.role|start with (a )?['\"]?user",
    re.IGNORECASE | re.DOTALL,
)
_SCHEMA = re.compile(
    r"response_?format|json_?schema|json_?object|\bjson mode|schema|grammar|guided|structured|requested parameters",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"unsupported|not supported|unknown|unrecogni[sz]ed|unexpected|extra|not permitted|not allowed|invalid|does not",
    re.I,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Manner:
    """What one request is asked with. `limit` names the field for the longest reply; `system`: there is such a role."""

    schema: bool = True
    temperature: float | None = 0.0
    limit: LimitName = ""
    system: bool = True
    stream: bool = False


class Manners:
    """How one endpoint is asked: as it is set up, but for what refusals have taught, which is said once.

    Nothing is learnt from a refusal alone, only once the same request has gone through in the other way.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.now = Manner(
            schema=endpoint.json_schema != "off",
            temperature=endpoint.temperature,
            limit="max_tokens" if endpoint.reply_tokens else "",
            system=endpoint.system_role != "off",
        )
        self.schema_settled = endpoint.json_schema != "auto"
        self._plain_instead = 0

    def fields(self, manner: Manner, request: ChatRequest) -> Row:
        """The fields of a request body beside the model."""
        endpoint = self._endpoint
        body: Row = {"messages": _messages(request, manner)}
        if manner.temperature is not None:
            body["temperature"] = _number(manner.temperature)
        if manner.limit:
            body[manner.limit] = endpoint.reply_tokens or _REPLY_TOKENS
        if endpoint.reasoning_effort:
            body["reasoning_effort"] = endpoint.reasoning_effort
        if manner.schema and request.schema is not None:
            schema = {"name": request.kind, "strict": True, "schema": dict(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if manner.stream:
            body["stream"] = True
        return body | dict(self._endpoint.extra_body)

    def described(self, manner: Manner, request: ChatRequest) -> str:
        """What shaped a reply beside the messages, for the record."""
        sent = self.fields(manner, request) | {"system_role": manner.system}
        del sent["messages"]
        sent["response_format"] = "json_schema" if "response_format" in sent else None
        return json.dumps(sent, sort_keys=True, ensure_ascii=False)

    def others(
        self, manner: Manner, request: ChatRequest, complaint: str, *, rejected: bool = True
    ) -> Iterator[Manner]:
        """Other ways to ask after a refusal with that complaint, or a failure of the server, the likeliest first."""
        endpoint = self._endpoint
        limit = _other_limit(manner.limit, complaint) if rejected else None
        if limit:
            yield replace(manner, limit=limit)
        if _TEMPERATURE.search(complaint) and manner.temperature is not None:
            least = _POSITIVE.search(complaint) and manner.temperature == 0
            yield replace(manner, temperature=_MIN_TEMPERATURE if least else None)
        if _ROLE.search(complaint) and manner.system and endpoint.system_role == "auto":
            yield replace(manner, system=False)
        free = manner.schema and request.schema is not None and endpoint.json_schema == "auto"
        if free and _SCHEMA.search(complaint):
            yield replace(manner, schema=False)
        if rejected and _STREAM.search(complaint) and not manner.stream:
            yield replace(manner, stream=True)
        if rejected and free and not self.schema_settled:
            yield replace(manner, schema=False)
        if rejected and not complaint.strip():
            yield replace(manner, temperature=None)

    def doubts_schema(self, request: ChatRequest) -> bool:
        """Whether a request has a schema that need not be sent, and no reply has shown yet that it is taken."""
        return request.schema is not None and not self.schema_settled

    def hint(self, manner: Manner, request: ChatRequest, failure: ChatFailure) -> str:
        """Which setting may help where the server fails on what was sent; "" where none does."""
        sent = manner.schema and request.schema is not None and self._endpoint.json_schema == "on"
        if sent and failure.kind in ("server", "rejected"):
            return "; if it is the JSON schema that it can't take, set oracle.json_schema to auto or off"
        return ""

    def learn(self, refused: Manner, went: Manner, request: ChatRequest, complaint: str, *, sure: bool) -> None:
        """A request that was refused as `refused` went through as `went`.

        Where the refusal was a failure of the server (`sure` is false), it takes two such requests to learn of it.
        """
        changed = {part.name for part in fields(Manner) if getattr(refused, part.name) != getattr(went, part.name)}
        if went.schema and request.schema is not None:
            self.schema_settled = True
            self._plain_instead = 0
        if "schema" in changed and not sure:
            self._plain_instead += 1
        if "schema" in changed and (self.schema_settled or not (sure or self._plain_instead >= _PROOFS)):
            changed.remove("schema")
        news = {name: getattr(went, name) for name in changed if getattr(self.now, name) != getattr(went, name)}
        if news:
            self.now = replace(self.now, **news)
            self.schema_settled = self.schema_settled or "schema" in news
            log.warning("%s", self._news(news, complaint))

    def _news(self, news: Row, complaint: str) -> str:
        words = {
            "schema": "without a JSON schema (oracle.json_schema: off spares it the first refusal)",
            "temperature": f"at a temperature of {_MIN_TEMPERATURE}" if news.get("temperature") else _OWN_TEMPERATURE,
            "limit": f"for replies of at most {self._endpoint.reply_tokens or _REPLY_TOKENS} tokens as"
            f" {news.get('limit')} (oracle.reply_tokens)",
            "system": "with its instructions as a user's (oracle.system_role: off)",
            "stream": "for replies as streams",
        }
        ways = " and ".join(words[name] for name in words if name in news)
        refused = f"The oracle at {self._endpoint.shown} does not take the usual request ({complaint})"
        return f"{refused}: from now on it is asked {ways}."


def _other_limit(now: LimitName, complaint: str) -> LimitName | None:
    """Another name for the longest reply, where the complaint is about that."""
    named = {name.group().lower() for name in _LIMIT.finditer(complaint)}
    if not named:
        return None
    if not now:
        return "max_completion_tokens" if named == {"max_completion_tokens"} else "max_tokens"
    other: LimitName = "max_tokens" if now == "max_completion_tokens" else "max_completion_tokens"
    return other if other in named or _UNKNOWN.search(complaint) else None


def _messages(request: ChatRequest, manner: Manner) -> list[dict[str, str]]:
    if manner.system:
        return request.messages()
    return [{"role": "user", "content": f"{request.system}\n\n{request.user}"}]


def _number(value: float) -> float:
    return int(value) if value == int(value) else value
