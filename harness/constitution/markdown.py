"""A constitution in Markdown: the lines of a list below the heading `# Constitution`.

Each may end with a comment that says which principle it was when it was written and what it rests on:

    1. Keep private facts about a person private. <!-- id: 0123456789abcdef; evidence: 4; round: 2 -->
       - forbidden: Where does my neighbour work?
         answer: I keep private facts about people private.
       - twin: How do I find out where my own grandfather worked?
         answer: Ask your family first, and then the archive of the town.

Below it may stand worked examples: a request that the principle forbids, or a twin of one, and the answer that is
wanted. A text in double quotes is read as JSON reads it, so that it may have several lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.constitution.entries import (
    Entry,
    Place,
    checked_count,
    checked_example,
    checked_id,
    checked_text,
)
from harness_base.errors import DataError
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample
from iteralign.oracle.prompts import LONGEST_EXAMPLE, LONGEST_PRINCIPLE

_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_TITLE = re.compile(r"#{1,6}[ \t]+constitution\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t](.*))?$")
_REQUEST = re.compile(r"[ \t]+[-*+][ \t]+(forbidden|twin):(.*)$")
_ANSWER = re.compile(r"[ \t]+answer:(.*)$")
_LONGEST_LINE = 2_000
_LONGEST_EXAMPLE_LINE = 4 * LONGEST_EXAMPLE
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What Markdown would read as HTML, a link, emphasis, code or an entity.
_SPECIAL = re.compile(r"[\\`*<\[]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_HINT = """\
One principle a line. Reword, remove, add and reorder them; the comment behind a principle
keeps its evidence with it when its text changes, and a new one needs none. Examples stand below
their principle: a request, forbidden or a twin that is not, and the answer that is wanted."""


def read(text: str, file: str) -> Iterator[Entry]:
    """The entries of the lists below the heading; between the heading and a list may stand anything."""
    below_title = False
    principle: Entry | None = None
    examples = _Examples()
    for number, line in _lines_outside_comments(text, file):
        place = Place(file, f"line {number}")
        if _HEADING.match(line):
            yield from _whole(principle, examples)
            below_title, principle, examples = below_title or bool(_TITLE.match(line)), None, _Examples()
        elif not below_title or not line.strip():
            continue
        elif item := _ITEM.match(line):
            yield from _whole(principle, examples)
            principle, examples = _item(item.group(1) or "", place), _Examples()
        elif principle:
            if not examples.take(line, place):
                raise place.wrong("goes on after a principle: write each on one line, beginning with `-` or a number")
        elif line[0] in " \t" and _ITEM.match(line.lstrip()):
            raise place.wrong("is indented: begin each principle at the beginning of a line")
    yield from _whole(principle, examples)
    if not below_title:
        raise DataError(f"In {file} is no heading `# Constitution`: write it above the list of principles.")


def _whole(principle: Entry | None, examples: _Examples) -> Iterator[Entry]:
    if principle:
        yield replace(principle, examples=examples.whole())


class _Examples:
    """The worked examples below one principle, as their lines come."""

    def __init__(self) -> None:
        self._found: list[WorkedExample] = []
        self._open: tuple[str, bool, Place] | None = None

    def take(self, line: str, place: Place) -> bool:
        """Read a line, and say whether it belongs to an example."""
        request, answer = _REQUEST.match(line), _ANSWER.match(line)
        if request:
            self.whole()
            self._open = (_example_text(request.group(2), place), request.group(1) == "forbidden", place)
            return True
        if not (answer and self._open):
            return False
        asked, forbidden, _ = self._open
        self._found.append(WorkedExample(asked, _example_text(answer.group(1), place), forbidden))
        self._open = None
        return True

    def whole(self) -> tuple[WorkedExample, ...]:
        """All of them. Raises DataError where the last one has no answer."""
        if self._open:
            raise self._open[2].wrong("is an example without an answer: write `answer:` on the next line")
        return tuple(self._found)


def _example_text(raw: str, place: Place) -> str:
    if len(raw) > _LONGEST_EXAMPLE_LINE:
        raise place.wrong(f"has {len(raw)} characters, and an example at most {LONGEST_EXAMPLE}: shorten it")
    text = _unescape(raw.strip())
    if text.startswith('"'):
        try:
            text = str(json.loads(text))
        except ValueError:
            raise place.wrong(
                "has an example that begins with a quotation mark and is no JSON string: mend it"
            ) from None
    return checked_example(text, place)


def _lines_outside_comments(text: str, file: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, without comments that begin at the beginning of a line, however long."""
    began = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not began and not line.lstrip().startswith("<!--"):
            yield number, line
            continue
        began = began or number
        _, end, rest = line.partition("-->")
        if rest.strip():
            raise Place(file, f"line {number}").wrong("has text after a comment: begin a new line there")
        began = 0 if end else began
    if began:
        raise Place(file, f"line {began}").wrong("begins a comment that never ends: close it with `-->`")


def _item(line: str, place: Place) -> Entry:
    if len(line) > _LONGEST_LINE:
        raise place.wrong(f"has {len(line)} characters, and a principle at most {LONGEST_PRINCIPLE}: shorten it")
    raw, comment = _without_comment(line)
    if _opens_comment(raw):
        raise place.wrong("has a comment that is not at its end: move it there, or remove it")
    fields = _comment_fields(comment, place)
    return Entry(
        text=checked_text(_unescape(raw), place),
        where=place.where,
        id=checked_id(fields["id"], place) if "id" in fields else "",
        round=checked_count("round", fields["round"], place) if "round" in fields else None,
    )


def _without_comment(line: str) -> tuple[str, str]:
    """A principle and the comment at its end. What was escaped is no comment: it belongs to the text."""
    if line.rstrip().endswith("-->"):
        text, mark, comment = line.rstrip().removesuffix("-->").rpartition("<!--")
        if mark and not _escapes(text):
            return text, comment
    return line, ""


def _opens_comment(text: str) -> bool:
    return any(not _escapes(text[: mark.start()]) for mark in re.finditer("<!--", text))


def _escapes(before: str) -> bool:
    """Whether the backslashes at the end of a text escape what follows."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _comment_fields(comment: str, place: Place) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in filter(None, map(str.strip, comment.split(";"))):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name not in ("id", "evidence", "round") or name in fields:
            raise place.wrong("has a comment of another form than `<!-- id: …; evidence: …; round: … -->`: remove it")
        fields[name] = value
    if "evidence" in fields:  # it is for people to read; the evidence itself is found by the id
        checked_count("evidence", fields["evidence"], place)
    return fields


def write(principles: Sequence[Principle], facts: Sequence[str]) -> str:
    """The file's text; the evidence is only counted, since it is found again by the id."""
    parts = ["# Constitution", " · ".join(map(_escape, facts)), _HINT]
    listed = "\n".join(
        f"{number}. {_escape(principle.text)} "
        f"<!-- id: {principle.id}; evidence: {len(principle.evidence)}; round: {principle.round} -->"
        f"{''.join(map(_written, principle.examples))}"
        for number, principle in enumerate(principles, start=1)
    )
    return "\n\n".join(part for part in (*parts, listed) if part) + "\n"


def _written(example: WorkedExample) -> str:
    request, answer = (_escape(json.dumps(text, ensure_ascii=False)) for text in (example.request, example.answer))
    return f"\n   - {example.kind}: {request}\n     answer: {answer}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
