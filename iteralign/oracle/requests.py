"""What an oracle is asked, as data, and the block of text that carries it.

The block is made of three lines. The middle one is JSON in which `json_string` has escaped whatever a marker could be
made of, so that no text inside can close the block or open another:

    <<<judge:0123456789abcdef>>>
    {"prompt": "…", "answer": "…"}
    <<<end:0123456789abcdef>>>

What was said before the prompt stands as a list of messages under "earlier"; a single turn has no such member.

The id is a nonce for one call: a hash of the content, of the wording, of the repeat and of whether this is a repair. So
no two calls share one, a run with the same seed repeats its own, and a text can't name the id of the request that it
stands in, since that id depends on the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness_base.errors import OracleError
from harness_base.text import well_formed
from harness_base.types import Fields
from iteralign.core.content import content_id
from iteralign.core.conversation import Conversation, Message, asking
from iteralign.core.worked_example import TriedTwin
from iteralign.oracle.json_strings import json_string

REQUEST_VERSION = "2"
"""Changes whenever the wording or the form of a request does, so that stored replies are never taken for new ones."""

_BLOCK = re.compile(r"<<<(judge|propose|illustrate):([0-9a-f]{16})>>>\n([^\n<>]*)\n<<<end:([0-9a-f]{16})>>>")
_VIOLATION_FIELDS = ("prompt", "answer", "category", "reason")


@dataclass(frozen=True)
class JudgeRequest:
    """An answer to be judged, with its prompt; `prompt` is None where the judge is to see the answer alone.

    `earlier` holds the messages of the conversation before the prompt, which is its last user turn.
    """

    id: str
    prompt: str | None
    answer: str
    earlier: tuple[Message, ...] = ()

    @classmethod
    def of(cls, asked: Conversation | str | None, answer: str, *, salt: str = "") -> JudgeRequest:
        """Name a request by its content; `salt` tells repeats of it apart."""
        if asked is None:
            answer = well_formed(answer)
            return cls(content_id(REQUEST_VERSION, salt, "judge alone", answer), None, answer)
        earlier, prompt = parted(asking(asked))
        earlier, prompt, answer = _well_formed_messages(earlier), well_formed(prompt), well_formed(answer)
        seen = ["judge", *_flat(earlier), prompt, answer]
        return cls(content_id(REQUEST_VERSION, salt, *seen), prompt, answer, earlier)

    @classmethod
    def named(cls, request_id: str, asked: Conversation | str | None, answer: str) -> JudgeRequest:
        """A request that has its name already, with the texts as they are."""
        if asked is None:
            return cls(request_id, None, answer)
        earlier, prompt = parted(asking(asked))
        return cls(request_id, prompt, answer, earlier)


@dataclass(frozen=True)
class Violation:
    """An answer that was judged to violate, with the judge's category and reason; `earlier` as in a `JudgeRequest`."""

    prompt: str
    answer: str
    category: str = ""
    reason: str = ""
    earlier: tuple[Message, ...] = ()


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
        flat = [text for one in clean for text in (*_flat(one.earlier), *_fields(one).values())]
        return cls(content_id(REQUEST_VERSION, "propose", salt, str(most), *flat), clean, most)


@dataclass(frozen=True)
class FailedTwin:
    """A harmless request, and the answer of a model that did not help with it."""

    request: str
    answer: str


@dataclass(frozen=True)
class IllustrateRequest:
    """A principle to write worked examples for, with the violations that it was proposed from.

    `failed` holds twins that it made a model refuse, each with that model's answer: the principle is to be amended.
    """

    id: str
    principle: str
    violations: tuple[Violation, ...]
    failed: tuple[FailedTwin, ...] = ()

    @classmethod
    def of(
        cls, principle: str, violations: Sequence[Violation], failed: Sequence[TriedTwin] = (), *, salt: str = ""
    ) -> IllustrateRequest:
        """Name a request by its content; `salt` tells repeats of it apart."""
        clean = tuple(_well_formed_violation(violation) for violation in violations)
        twins = tuple(FailedTwin(*map(well_formed, (one.twin.request, one.answer))) for one in failed)
        flat = [text for one in clean for text in (*_flat(one.earlier), *_fields(one).values())]
        flat += [text for one in twins for text in (one.request, one.answer)]
        seen = ["illustrate", salt, well_formed(principle), *flat]
        return cls(content_id(REQUEST_VERSION, *seen), well_formed(principle), clean, twins)


Request = JudgeRequest | ProposeRequest | IllustrateRequest


def block(request: Request) -> str:
    """The three lines that carry `request`."""
    if isinstance(request, JudgeRequest):
        prompt = {} if request.prompt is None else {"prompt": request.prompt}
        name, line = "judge", _object(request.earlier, {**prompt, "answer": request.answer})
    elif isinstance(request, ProposeRequest):
        name, line = "propose", f'{{"most": {request.most}, "violations": [{_rows(request.violations)}]}}'
    else:
        failed = ", ".join(_object((), {"request": one.request, "answer": one.answer}) for one in request.failed)
        name, line = "illustrate", f'{{"principle": {json_string(request.principle)}, "failed": [{failed}], '
        line += f'"violations": [{_rows(request.violations)}]}}'
    return f"<<<{name}:{request.id}>>>\n{line}\n<<<end:{request.id}>>>"


def _rows(violations: Sequence[Violation]) -> str:
    return ", ".join(
        f'{{"index": {index}, {_object(violation.earlier, _fields(violation))[1:]}'
        for index, violation in enumerate(violations)
    )


def read_request(messages: Sequence[Mapping[str, str]]) -> Request:
    """Read back what `messages` ask.

    Raises OracleError when the last user message does not carry exactly one well-formed block.
    """
    user_turns = [message["content"] for message in messages if message.get("role") == "user"]
    blocks = _BLOCK.findall(user_turns[-1]) if user_turns else []
    if len(blocks) != 1:
        raise OracleError(
            "The message holds no request that this oracle knows: it needs exactly one judge, propose or illustrate "
            "block."
        )
    name, request_id, line, closing_id = blocks[0]
    if request_id != closing_id:
        raise OracleError(f"The block opens with id {request_id} and closes with {closing_id}: it is not whole.")
    try:
        data = json.loads(line)
        return _READERS[name](request_id, data)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OracleError(f"The {name} block {request_id} does not hold the JSON that belongs there.") from error


def _judge(request_id: str, data: Fields) -> JudgeRequest:
    prompt = _text(data["prompt"]) if "prompt" in data else None
    return JudgeRequest(request_id, prompt, _text(data["answer"]), _earlier(data))


def _propose(request_id: str, data: Fields) -> ProposeRequest:
    return ProposeRequest(request_id, _violations(data), int(data["most"]))


def _illustrate(request_id: str, data: Fields) -> IllustrateRequest:
    failed = tuple(FailedTwin(_text(row["request"]), _text(row["answer"])) for row in data["failed"])
    return IllustrateRequest(request_id, _text(data["principle"]), _violations(data), failed)


_READERS: Mapping[str, Callable[[str, Fields], Request]] = {
    "judge": _judge,
    "propose": _propose,
    "illustrate": _illustrate,
}


def _violations(data: Fields) -> tuple[Violation, ...]:
    rows = data["violations"]
    if [row["index"] for row in rows] != list(range(len(rows))):
        raise ValueError("indices out of order")
    return tuple(map(_violation, rows))


def _violation(row: Fields) -> Violation:
    prompt, answer, category, reason = (_text(row[name]) for name in _VIOLATION_FIELDS)
    return Violation(prompt, answer, category, reason, _earlier(row))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _fields(violation: Violation) -> dict[str, str]:
    return {name: getattr(violation, name) for name in _VIOLATION_FIELDS}


def _well_formed_violation(violation: Violation) -> Violation:
    prompt, answer, category, reason = (well_formed(text) for text in _fields(violation).values())
    return Violation(prompt, answer, category, reason, _well_formed_messages(violation.earlier))


def parted(conversation: Conversation) -> tuple[tuple[Message, ...], str]:
    """What was said before the last user turn, and that turn's text."""
    return conversation.messages[:-1], conversation.last_user_turn


def _well_formed_messages(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(Message(message.role, well_formed(message.content)) for message in messages)


def _flat(messages: Sequence[Message]) -> list[str]:
    return [part for message in messages for part in (message.role, message.content)]


def _earlier(data: Fields) -> tuple[Message, ...]:
    """The messages before the prompt. Raises ValueError, KeyError or TypeError where they are none."""
    if "earlier" not in data:
        return ()
    turns = [{"role": _text(row["role"]), "content": _text(row["content"])} for row in data["earlier"]]
    return Conversation.from_dicts([*turns, {"role": "user", "content": _text(data["prompt"])}]).messages[:-1]


def _object(earlier: Sequence[Message], fields: Mapping[str, str]) -> str:
    """The JSON of an answer; with one turn there is nothing earlier, and no member for it."""
    members = [f'"{name}": {json_string(text)}' for name, text in fields.items()]
    said = [f'{{"role": "{message.role}", "content": {json_string(message.content)}}}' for message in earlier]
    return "{" + ", ".join([f'"earlier": [{", ".join(said)}]', *members] if said else members) + "}"
