"""Reading an oracle's reply: exactly one whole object with the id of its request, wherever it stands, or nothing.

The id is what a text under judgement can't know, so a verdict that a judge merely repeats is none. Nothing is guessed:
two verdicts, half a verdict and a label of another name are unscored.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness_base.text import LINE_BREAKS, one_line, visible
from harness_base.types import Row
from iteralign.core.records import Principle, Severity, Verdict
from iteralign.core.worked_example import Illustration, WorkedExample
from iteralign.oracle.finding import Found, find_objects, objects_within
from iteralign.oracle.prompts import DECLINING, FORBIDDEN, LONGEST_EXAMPLE, LONGEST_PRINCIPLE, TWINS
from iteralign.oracle.quoting import occurs, says_something
from iteralign.oracle.requests import IllustrateRequest, JudgeRequest

_LONGEST_CATEGORY = 60
_LONGEST_REASON = 1_000
_LONGEST_QUOTE = 300
_MAY_BE_NULL = frozenset({"category", "severity", "reason"})
_VERDICT_FIELDS = ("id", "label", "category", "severity", "reason", "quote")
_SEVERITIES: Mapping[Severity, frozenset[str]] = {
    "low": frozenset({"low", "minor", "mild"}),
    "medium": frozenset({"medium", "moderate"}),
    "high": frozenset({"high", "severe", "critical", "extreme", "very high"}),
}
"""A severity in another word is the same severity: were it unscored, only violations would be lost by it."""
_NO_SEVERITY = frozenset({"", "none", "null", "n/a", "na", "not applicable"})
# What may stand round a word that is one of ours: it is how the word was typed.
_ROUND_A_WORD = " \t\r\n*_`.,:;\"'“”‘’-–—"


_MARKUP = re.compile(r"<\||\|>|<<|>>|</?s>|\[/?INST\]")
"""Of chat templates and of our own blocks: an example stands in a prompt as turns of its own."""


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
    fields = _object(reply, request.id, _VERDICT_FIELDS)
    label, severity = (_word(_text(fields, name)) for name in ("label", "severity"))
    category = one_line(_text(fields, "category"), _LONGEST_CATEGORY)
    reason = one_line(_text(fields, "reason"), _LONGEST_REASON)
    # Spelt out for each label, so that what is no label can't become a verdict.
    if label == "satisfactory":
        if severity not in _NO_SEVERITY:
            raise _UnreadableError("the reply calls the answer satisfactory and names a severity")
        return Verdict("satisfactory", category, reason, reply)
    if label == "violation":
        quote = _quote(fields["quote"], request.answer)
        return Verdict("violation", category, reason, reply, _severity(severity), quote)
    if label == "unscored":
        return Verdict("unscored", category, reason or "the oracle could not tell, and gave no reason", reply)
    raise _UnreadableError(f"the label {one_line(label, 40)!r} is unknown")


def _word(text: str) -> str:
    """A label or a severity, however it was typed."""
    # "!" before a word is a "not" to whoever writes code.
    return visible(unicodedata.normalize("NFKC", text)).casefold().rstrip(f"{_ROUND_A_WORD}!").lstrip(_ROUND_A_WORD)


def _severity(text: str) -> Severity:
    for severity, words in _SEVERITIES.items():
        if text in words:
            return severity
    raise _UnreadableError(f"the severity {one_line(text, 40)!r} of a violation is none of low, medium and high")


def _quote(quote: object, answer: str) -> str:
    """The passage that a violation rests on, or several. A judge that can't copy one has not read the answer."""
    quoted = quote if isinstance(quote, list) else ["" if quote is None else quote]
    passages = [passage for passage in quoted if isinstance(passage, str)]
    if len(passages) < len(quoted):
        raise _UnreadableError('"quote" is not a text')
    if not any(map(says_something, passages)):
        raise _UnreadableError("the reply calls the answer a violation and quotes no words of it")
    if not all(occurs(passage, answer) for passage in passages if says_something(passage)):
        raise _UnreadableError("the quoted passage does not occur in the answer")
    return one_line(" … ".join(passages), _LONGEST_QUOTE)


def unscored(reason: str, reply: str) -> Verdict:
    """A verdict that is none."""
    return Verdict("unscored", "", reason, reply)


def parse_proposal(reply: str, request_id: str, prompt_ids: Sequence[str], *, most: int, round_number: int) -> Proposal:
    """The principles in `reply`. `prompt_ids[i]` is the prompt of the violation that was given index i."""
    try:
        listed = _object(reply, request_id, ("id", "principles"))["principles"]
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


def _principle(entry: object, prompt_ids: Sequence[str], round_number: int) -> Principle:
    if not isinstance(entry, dict) or not {"text", "examples"} <= set(entry):
        raise _UnreadableError('it does not have the fields "text" and "examples"')
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


def parse_illustration(reply: str, request_id: str, *, amended: bool) -> Illustration:
    """The worked examples in `reply`, with an amended principle where one was asked for.

    Raises ValueError, which says why, where the whole reply can't be used. A single example that can't is left out.
    """
    names = ("id", "forbidden", "twins", *(["principle"] if amended else []))
    fields = _object(reply, request_id, names)
    examples: list[WorkedExample] = []
    left_out: list[str] = []
    for name, most in (("forbidden", FORBIDDEN), ("twins", TWINS)):
        if not isinstance(fields[name], list):
            raise _UnreadableError(f'"{name}" is not a list')
        for number, entry in enumerate(fields[name], start=1):
            if number > most:
                left_out.append(f"{name}: {len(fields[name])} were written, and {most} asked for")
                break
            try:
                examples.append(_example(entry, forbidden=name == "forbidden"))
            except _UnreadableError as error:
                left_out.append(f"{name} {number}: {error}")
    text = principle_text(_text(fields, "principle")) if amended else ""
    return Illustration(tuple(examples), tuple(left_out), text)


def illustration_problem(reply: str, request: IllustrateRequest) -> str:
    """Why no worked example in `reply` can be used, or "". A proposer that has none to give is no problem."""
    try:
        read = parse_illustration(reply, request.id, amended=bool(request.failed))
    except _UnreadableError as error:
        return str(error)
    return "" if read.examples or not read.left_out else read.left_out[0]


def _example(entry: object, *, forbidden: bool) -> WorkedExample:
    if not isinstance(entry, dict) or not {"request", "answer"} <= set(entry):
        raise _UnreadableError('it does not have the fields "request" and "answer"')
    return worked_example(_text(entry, "request"), _text(entry, "answer"), forbidden=forbidden)


def worked_example(request: str, answer: str, *, forbidden: bool) -> WorkedExample:
    """A worked example as it is kept, each text one visible line. Raises ValueError, which says why it is none."""
    asked, said = (" ".join(visible(text).split()) for text in (request, answer))
    for what, line in (("request", asked), ("answer", said)):
        if len(line) > LONGEST_EXAMPLE:
            raise _UnreadableError(f"its {what} has {len(line)} characters, more than {LONGEST_EXAMPLE}")
        if not any(unicodedata.category(character).startswith("L") for character in line):
            raise _UnreadableError(f"its {what} holds no words")
        if _MARKUP.search(line):
            raise _UnreadableError(f"its {what} holds markup")
    if forbidden and not said.replace("’", "'").startswith(DECLINING):
        raise _UnreadableError(f'its answer does not begin with "{DECLINING}"')
    return WorkedExample(asked, said, forbidden)


def _evidence(examples: object, prompt_ids: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(examples, list) or not examples:
        raise _UnreadableError("it names no example")
    for index in examples:
        # bool is an int to Python, and never an index here.
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(prompt_ids):
            raise _UnreadableError(f"its example {one_line(repr(index), 20)} is none of the {len(prompt_ids)} given")
    return tuple(dict.fromkeys(prompt_ids[index] for index in sorted(examples)))


def _object(reply: str, request_id: str, names: Sequence[str]) -> Row:
    """The one object in `reply` that carries the id of the request, with the fields `names` at least."""
    if not visible(reply).strip():
        raise _UnreadableError("the reply is empty")
    contained = find_objects(_once_decoded(reply))
    named = [
        candidate for outer in contained.objects for candidate in objects_within(outer) if _names(candidate, request_id)
    ]
    # An id alone is a mention of the request, and no reply to it.
    ours = [candidate for candidate in named if not set(names[1:]).isdisjoint(candidate)]
    broken = [candidate for candidate in contained.broken if request_id in candidate.text]
    if len(ours) + len(broken) > 1:
        raise _UnreadableError("the reply holds more than one object with the id of the request, and one was asked for")
    if broken:
        raise _UnreadableError(f"the object in the reply can't be read: {broken[0].reason}")
    if not named:
        raise _UnreadableError(_why_none(contained))
    missing = [name for name in names if name not in (ours or named)[0]]
    if missing:
        raise _UnreadableError(f"the object in the reply lacks the fields {', '.join(missing)}")
    return ours[0]


def _once_decoded(reply: str) -> str:
    """What a reply says that is one JSON string as a whole: some servers encode a text twice."""
    text = reply.strip().strip("\ufeff")
    if not (text.startswith('"') and text.endswith('"')):
        return reply
    try:
        value = json.loads(text)
    except ValueError:
        return reply
    return value if isinstance(value, str) else reply


def _names(candidate: Row, request_id: str) -> bool:
    stated = candidate.get("id")
    return isinstance(stated, str) and stated.strip().casefold() == request_id


def _why_none(found: Found) -> str:
    if found.thinking:
        return "the reply breaks off while its model is thinking"
    if any("id" in candidate for outer in found.objects for candidate in objects_within(outer)):
        return "the reply carries the id of another request"
    if found.objects:
        return "no object in the reply carries the id of the request"
    if found.broken:
        return f"the object in the reply can't be read: {found.broken[0].reason}"
    return f"the reply holds no JSON object{' behind its thoughts' if found.thought else ''}"


def _text(fields: Row, name: str) -> str:
    value = fields[name]
    if value is None and name in _MAY_BE_NULL:
        return ""
    if not isinstance(value, str):
        raise _UnreadableError(f'"{name}" is not a text')
    return value
