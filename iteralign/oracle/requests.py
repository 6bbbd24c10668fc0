"""What an oracle is asked, as data, and the block of text that carries it.

The block is made of three lines. The middle one is JSON in which `json_string` has escaped whatever a marker could be
made of, so that no text inside can close the block or open another:

    <<<judge:0123456789abcdef>>>
    {"prompt": "…", "answer": "…"}
    <<<end:0123456789abcdef>>>

The id is a nonce for one call: a hash of the content, of the wording, of the repeat and of whether this is a repair. So
no two calls share one, a run with the same seed repeats its own, and a text can't name the id of the request that it
stands in, since that id depends on the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness_base.errors import OracleError
from harness_base.text import well_formed
from iteralign.core.records import content_id
from iteralign.oracle.json_strings import json_string

REQUEST_VERSION = "2"
"""Changes whenever the wording or the form of a request does, so that stored replies are never taken for new ones."""

_BLOCK = re.compile(r"<<<(judge|propose):([0-9a-f]{16})>>>\n([^\n<>]*)\n<<<end:([0-9a-f]{16})>>>")
_VIOLATION_FIELDS = ("prompt", "answer", "category", "reason")


@dataclass(frozen=True)
class JudgeRequest:
    """An answer to be judged, with its prompt; `prompt` is None where the judge is to see the answer alone."""

    id: str
    prompt: str | None
    answer: str

    @classmethod
    def of(cls, prompt: str | None, answer: str, *, salt: str = "") -> JudgeRequest:
        """Name a request by its content; `salt` tells repeats of it apart."""
        prompt, answer = None if prompt is None else well_formed(prompt), well_formed(answer)
        seen = ["judge", prompt, answer] if prompt is not None else ["judge alone", answer]
        return cls(content_id(REQUEST_VERSION, salt, *seen), prompt, answer)


@dataclass(frozen=True)
class Violation:
    """An answer that was judged to violate, with the judge's category and reason."""

    prompt: str
    answer: str
    category: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ProposeRequest:
    """Violations to learn from, and the largest number of principles wanted."""

    id: str
    violations: tuple[Violation, ...]
    most: int

    @classmethod
    def of(cls, violations: Sequence[Violation], most: int, *, salt: str = "") -> ProposeRequest:
        """Name a request by its content; `salt` tells repeats of it apart."""
        clean = tuple(_well_formed_violation(violation) for violation in violations)
        flat = [text for violation in clean for text in _fields(violation).values()]
        return cls(content_id(REQUEST_VERSION, "propose", salt, str(most), *flat), clean, most)


def block(request: JudgeRequest | ProposeRequest) -> str:
    """The three lines that carry `request`."""
    if isinstance(request, JudgeRequest):
        prompt = {} if request.prompt is None else {"prompt": request.prompt}
        name, line = "judge", _object({**prompt, "answer": request.answer})
    else:
        rows = ", ".join(
            f'{{"index": {index}, {_object(_fields(violation))[1:]}'
            for index, violation in enumerate(request.violations)
        )
        name, line = "propose", f'{{"most": {request.most}, "violations": [{rows}]}}'
    return f"<<<{name}:{request.id}>>>\n{line}\n<<<end:{request.id}>>>"


def read_request(messages: Sequence[Mapping[str, str]]) -> JudgeRequest | ProposeRequest:
    """Read back what `messages` ask.

    Raises OracleError when the last user message does not carry exactly one well-formed block.
    """
    said = [message["content"] for message in messages if message.get("role") == "user"]
    blocks = _BLOCK.findall(said[-1]) if said else []
    if len(blocks) != 1:
        raise OracleError(
            "The message holds no request that this oracle knows: it needs exactly one judge or propose block."
        )
    name, request_id, line, closing_id = blocks[0]
    if request_id != closing_id:
        raise OracleError(f"The block opens with id {request_id} and closes with {closing_id}: it is not whole.")
    try:
        data = json.loads(line)
        return _judge(request_id, data) if name == "judge" else _propose(request_id, data)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OracleError(f"The {name} block {request_id} does not hold the JSON that belongs there.") from error


def _judge(request_id: str, data: Any) -> JudgeRequest:
    prompt = _text(data["prompt"]) if "prompt" in data else None
    return JudgeRequest(request_id, prompt, _text(data["answer"]))


def _propose(request_id: str, data: Any) -> ProposeRequest:
    rows = data["violations"]
    if [row["index"] for row in rows] != list(range(len(rows))):
        raise ValueError("indices out of order")
    violations = tuple(Violation(*(_text(row[name]) for name in _VIOLATION_FIELDS)) for row in rows)
    return ProposeRequest(request_id, violations, int(data["most"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _fields(violation: Violation) -> dict[str, str]:
    return {name: getattr(violation, name) for name in _VIOLATION_FIELDS}


def _well_formed_violation(violation: Violation) -> Violation:
    return Violation(**{name: well_formed(text) for name, text in _fields(violation).items()})


def _object(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {json_string(text)}' for name, text in fields.items()) + "}"
