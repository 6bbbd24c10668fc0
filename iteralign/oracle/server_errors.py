"""What a server says is wrong, in any of the forms that servers have for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from harness_base.types import Row

_LONGEST_READ = 100_000
_LONGEST_TEXT = 2_000
_MESSAGES = ("message", "msg", "detail", "error_description", "description", "title", "reason")
_STATUSES = ("code", "status", "status_code", "statusCode", "http_status", "type")
# Words of codes and types, lower case, for the HTTP status that they stand for.
_NAMED = {
    "rate_limit": 429,
    "ratelimit": 429,
    "too_many": 429,
    "overloaded": 429,
    "resource_exhausted": 429,
    "throttl": 429,
    "quota": 429,
    "authentication": 401,
    "invalid_api_key": 401,
    "unauthorized": 401,
    "unauthenticated": 401,
    "permission": 403,
    "forbidden": 403,
    "billing": 402,
    "payment": 402,
    "not_found": 404,
    "notfound": 404,
    "timeout": 504,
    "unavailable": 503,
    "server_error": 500,
    "servererror": 500,
    "internal": 500,
    "api_error": 500,
    "invalid": 400,
    "unsupported": 400,
    "badrequest": 400,
    "bad_request": 400,
    "context_length": 400,
    "content_filter": 400,
}


@dataclass(frozen=True)
class Said:
    """A server's complaint: its message with all that it says beside it, its code, and the HTTP status that it means.

    `status` is None where it names none. All three are as they came: nobody vouches for them.
    """

    message: str = ""
    code: str = ""
    status: int | None = None


def said_in(body: bytes) -> Said:
    """What the body of a failed answer says; nothing where it is a page."""
    text = body[:_LONGEST_READ].decode("utf-8-sig", "replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Said("" if text.startswith("<") else text[:_LONGEST_TEXT])
    return said_by(value)


def said_by(value: object) -> Said:
    """What a decoded body says."""
    if isinstance(value, list) and value:
        return said_by(value[0])
    if isinstance(value, str):
        return Said(value[:_LONGEST_TEXT])
    if not isinstance(value, dict):
        return Said()
    inner = value.get("error")
    levels = [level for level in (inner, value) if isinstance(level, dict)]
    message = next(filter(None, (" ".join(_texts(level)) for level in levels)), "")
    if isinstance(inner, str):
        message = " ".join(filter(None, (inner, message)))
    codes = [level[name] for level in levels for name in _STATUSES if level.get(name) is not None]
    code = next((one for one in codes if isinstance(one, str) and not one.isdigit()), "")
    return Said(message[:_LONGEST_TEXT], code, next(filter(None, map(_status, codes)), None))


def complaint(completion: object) -> Said | None:
    """The error in what came with HTTP 200 in place of a chat completion; None where there is none."""
    if isinstance(completion, list) and completion:
        completion = completion[0]
    if not isinstance(completion, dict):
        return None
    if completion.get("error"):
        return said_by(completion)
    choices = completion.get("choices")
    if isinstance(choices, list) and choices:
        first = choices[0] if isinstance(choices[0], dict) else {}
        return said_by({"error": first["error"]}) if first.get("error") else None
    said = said_by(completion)
    return said if said.message and said.status is not None else None


def _texts(level: Row) -> Iterator[str]:
    for name in _MESSAGES:
        if isinstance(level.get(name), str):
            yield level[name]
            break
    for name in ("detail", "errors"):  # pydantic's form: where it stands, and what is wrong there
        listed = level.get(name)
        for one in listed if isinstance(listed, list) else []:
            yield json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else str(one)
    if isinstance(level.get("param"), str) and level["param"]:
        yield f"(param {level['param']})"
    metadata = level.get("metadata")  # what a router passes on from its provider
    if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
        yield metadata["raw"]


def _status(code: object) -> int | None:
    if isinstance(code, bool) or not isinstance(code, int | str):
        return None
    if isinstance(code, int) or code.isdecimal():
        return int(code) if len(str(code)) == 3 and 400 <= int(code) < 600 else None
    name = code.casefold().replace(" ", "_").replace("-", "_")
    return next((status for word, status in _NAMED.items() if word in name), None)
