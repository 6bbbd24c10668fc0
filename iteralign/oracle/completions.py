"""Reading the body of a chat completion, as the many servers write it: whole, in parts, or as a stream of events."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from harness_base.types import Json, Row

_TEXT_PARTS = frozenset({"text", "output_text"})
# Of a stream of events: other separators of lines may stand in the JSON as they are.
_LINE_END = re.compile(r"\r\n|\n|\r")


class NoCompletionError(ValueError):
    """A body is no chat completion; the message says why."""


@dataclass(frozen=True)
class Completion:
    """What is of use in a chat completion. `text` is None where it holds none; `thoughts`: it holds those instead."""

    text: str | None
    ending: str
    refusal: str
    thoughts: bool
    usage: object


def decoded(body: bytes) -> Json:
    """The JSON of a body, also of a stream of events, which is put together. Raises NoCompletionError."""
    text = body.decode("utf-8-sig", "replace").strip()
    if text.startswith(("data:", ":", "event:", "id:")):
        return _stream(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NoCompletionError("it is not JSON") from None


def completion(value: Json) -> Completion:
    """What a decoded body says. Raises NoCompletionError."""
    try:
        choice = value["choices"][0]
        message, ending = choice["message"], choice.get("finish_reason")
        text, refusal = _text(message.get("content")), message.get("refusal")
        thoughts = message.get("reasoning_content") or message.get("reasoning")
    except (LookupError, TypeError, AttributeError):
        raise NoCompletionError("it has no message") from None
    return Completion(
        text,
        ending if isinstance(ending, str) else "",
        refusal if isinstance(refusal, str) else "",
        bool(thoughts),
        value.get("usage"),
    )


def _text(content: object) -> str | None:
    """The text of a message: as it is, of its parts but for thoughts, or of the object that a server made of it."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return _part(content) if "text" in content else json.dumps(content, ensure_ascii=False)
    if not isinstance(content, list):
        return None
    parts = [part for part in map(_part, content) if part is not None]
    return "".join(parts) if parts else None


def _part(part: object) -> str | None:
    if not isinstance(part, dict) or part.get("type", "text") not in _TEXT_PARTS:
        return None
    text = part.get("text")
    if isinstance(text, dict):
        text = text.get("value")
    return text if isinstance(text, str) else None


def _stream(text: str) -> Json:
    """One completion from the events of a stream. One that broke off is none."""
    pieces: list[str] = []
    ending, usage, done = None, None, False
    for line in _LINE_END.split(text):
        name, _, data = line.partition(":")
        if name.strip() != "data":
            continue
        if data.strip() == "[DONE]":
            done = True
            break
        event = _event(data)
        if event.get("error"):
            return event
        usage = event.get("usage") or usage
        piece, finish = _delta(event)
        pieces.append(piece)
        ending = finish or ending
    if not (done or ending):
        raise NoCompletionError("the stream of events broke off")
    message = {"content": "".join(pieces)}
    return {"choices": [{"message": message, "finish_reason": ending}], "usage": usage}


def _event(data: str) -> Row:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise NoCompletionError("the stream holds an event that is not JSON") from None
    if not isinstance(event, dict):
        raise NoCompletionError("the stream holds an event that is no object")
    return event


def _delta(event: Row) -> tuple[str, Json]:
    """The text that an event adds, and the reason to stop that it gives."""
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return "", None
    message = choices[0].get("delta") or choices[0].get("message")
    text = _text(message.get("content")) if isinstance(message, dict) else None
    return text or "", choices[0].get("finish_reason")
