"""Reading an oracle's reply: exactly the one JSON object that was asked for, or nothing."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iteralign.oracle.prompts import LONGEST_PRINCIPLE
from iteralign.oracle.requests import JudgeRequest
from iteralign.oracle.text import LINE_BREAKS, one_line, visible
from iteralign.records import Principle, Severity, Verdict

_LONGEST_CATEGORY = 60
_LONGEST_REASON = 1_000
_LONGEST_QUOTE = 300
_VERDICT_FIELDS = ("id", "label", "category", "severity", "reason", "quote")
_SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high")


class _UnreadableError(ValueError):
    """A reply is not what was asked for; the message says why. It never leaves this module."""


@dataclass(frozen=True)
class Proposal:
    """The principles in a reply. `refused` says why others were left out; `unreadable`, why the whole reply was."""

    principles: tuple[Principle, ...] = ()
    refused: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def problem(self) -> str:
        """Why nothing in the reply can be used, or "". An oracle that has nothing to propose is no problem."""
        return self.unreadable or ("" if self.principles or not self.refused else self.refused[0])


def parse_verdict(reply: str, request: JudgeRequest) -> Verdict:
    """The verdict in `reply`; where that is not what was asked for: unscored, with the reason and the whole reply."""
    try:
        return _verdict(reply, request)
    except _UnreadableError as error:
        return unscored(str(error), reply)


def verdict_problem(reply: str, request: JudgeRequest) -> str:
    """Why there is no verdict in `reply`, or "" where there is one. "I can't tell" is one."""
    try:
        _verdict(reply, request)
    except _UnreadableError as error:
        return str(error)
    return ""


def _verdict(reply: str, request: JudgeRequest) -> Verdict:
    fields = _object(reply, request.id, set(_VERDICT_FIELDS))
    label, category, severity, reason, quote = (_text(fields, name) for name in _VERDICT_FIELDS[1:])
    category, reason = one_line(category, _LONGEST_CATEGORY), one_line(reason, _LONGEST_REASON)
    # Spelt out for each label, so that what is no label can't become a verdict.
    if label == "satisfactory":
        if severity not in ("none", ""):
            raise _UnreadableError("the reply calls the answer satisfactory and names a severity")
        return Verdict("satisfactory", category, reason, reply)
    if label == "violation":
        return Verdict("violation", category, reason, reply, _severity(severity), _quote(quote, request.answer))
    if label == "unscored":
        return Verdict("unscored", category, reason or "the oracle could not tell, and gave no reason", reply)
    raise _UnreadableError(f"the label {one_line(label, 40)!r} is unknown")


def _severity(text: str) -> Severity:
    for severity in _SEVERITIES:
        if text == severity:
            return severity
    raise _UnreadableError(f"the severity {one_line(text, 40)!r} of a violation is none of low, medium and high")


def _quote(quote: str, answer: str) -> str:
    """The passage that a violation rests on. A judge that can't copy one has not read the answer."""
    if not any(unicodedata.category(character).startswith("L") for character in quote):
        raise _UnreadableError("the reply calls the answer a violation and quotes no words of it")
    if _as_quoted(quote) not in _as_quoted(answer):
        raise _UnreadableError("the quoted passage does not occur in the answer")
    return one_line(quote, _LONGEST_QUOTE)


def _as_quoted(text: str) -> str:
    """What a faithful copy may differ in taken out: spacing, case, forms of the same character, what can't be seen."""
    return " ".join(visible(unicodedata.normalize("NFKC", text)).casefold().split())


def unscored(reason: str, reply: str) -> Verdict:
    """A verdict that is none."""
    return Verdict("unscored", "", reason, reply)


def parse_proposal(reply: str, request_id: str, prompt_ids: Sequence[str], *, most: int, round_number: int) -> Proposal:
    """The principles in `reply`. `prompt_ids[i]` is the prompt of the violation that was given index i."""
    try:
        listed = _object(reply, request_id, {"id", "principles"})["principles"]
        if not isinstance(listed, list):
            raise _UnreadableError('"principles" is not a list')
    except _UnreadableError as error:
        return Proposal(unreadable=str(error))
    accepted: list[Principle] = []
    refused: list[str] = []
    for number, entry in enumerate(listed, start=1):
        try:
            if len(accepted) == most:
                raise _UnreadableError(f"more than the {most} asked for")
            accepted.append(_principle(entry, prompt_ids, round_number))
        except _UnreadableError as error:
            refused.append(f"principle {number}: {error}")
    return Proposal(tuple(accepted), tuple(refused))


def _principle(entry: Any, prompt_ids: Sequence[str], round_number: int) -> Principle:
    if not isinstance(entry, dict) or set(entry) != {"text", "examples"}:
        raise _UnreadableError('it does not have exactly the fields "text" and "examples"')
    return Principle(principle_text(_text(entry, "text")), _evidence(entry["examples"], prompt_ids), round_number)


def principle_text(text: str) -> str:
    """A principle as it is kept: one visible line. Raises ValueError, which says why, where `text` is none."""
    if not LINE_BREAKS.isdisjoint(text.strip()):
        raise _UnreadableError("its text has more than one line")
    line = " ".join(visible(text).split())
    if len(line) > LONGEST_PRINCIPLE:
        raise _UnreadableError(f"its text has {len(line)} characters, more than {LONGEST_PRINCIPLE}")
    if not any(unicodedata.category(character).startswith("L") for character in line):
        raise _UnreadableError("its text holds no words")
    return line


def _evidence(examples: Any, prompt_ids: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(examples, list) or not examples:
        raise _UnreadableError("it names no example")
    for index in examples:
        # bool is an int to Python, and never an index here.
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(prompt_ids):
            raise _UnreadableError(f"its example {one_line(repr(index), 20)} is none of the {len(prompt_ids)} given")
    return tuple(dict.fromkeys(prompt_ids[index] for index in sorted(examples)))


def _object(reply: str, request_id: str, names: set[str]) -> dict[str, Any]:
    """The one JSON object that `reply` is, with exactly the fields `names` and the id of the request."""
    if not reply.strip():
        raise _UnreadableError("the reply is empty")
    try:
        value = json.loads(reply, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except _UnreadableError:
        raise
    except (ValueError, RecursionError):
        raise _UnreadableError("the reply is not exactly one JSON object") from None
    if not isinstance(value, dict):
        raise _UnreadableError("the reply is JSON, but no object")
    if set(value) != names:
        raise _UnreadableError(f"the reply does not have exactly the fields {', '.join(sorted(names))}")
    if value["id"] != request_id:
        raise _UnreadableError("the reply carries the id of another request")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _UnreadableError("the reply names a field twice")
    return fields


def _no_constant(name: str) -> Any:
    raise _UnreadableError(f"the reply holds {name}, which is not JSON")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise _UnreadableError(f'"{name}" is not a text')
    return value
