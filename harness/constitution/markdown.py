"""A constitution in Markdown: the lines of a list below the heading `# Constitution`.

Each may end with a comment that says which principle it was when it was written and what it rests on:

    1. Keep private facts about a person private. <!-- id: 0123456789abcdef; evidence: 4; round: 2 -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.constitution.entries import Entry, Place, checked_count, checked_id, checked_text
from harness_base.errors import DataError
from iteralign.core.records import Principle
from iteralign.oracle.prompts import LONGEST_PRINCIPLE

_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_TITLE = re.compile(r"#{1,6}[ \t]+constitution\b", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t](.*))?$")
_LONGEST_LINE = 2_000
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What Markdown would read as HTML, a link, emphasis, code or an entity.
_SPECIAL = re.compile(r"[\\`*<\[]|&(?=#?\w+;)|(?<!\w)_|_(?!\w)")
_HINT = """\
One principle a line. Reword, remove, add and reorder them; the comment behind a principle
keeps its evidence with it when its text changes, and a new one needs none."""


def read(text: str, file: str) -> Iterator[Entry]:
    """The entries of the lists below the heading; between the heading and a list may stand anything."""
    below_title = in_list = False
    for number, line in _lines_outside_comments(text, file):
        place = Place(file, f"line {number}")
        if _HEADING.match(line):
            below_title, in_list = below_title or bool(_TITLE.match(line)), False
        elif not below_title or not line.strip():
            continue
        elif item := _ITEM.match(line):
            in_list = True
            yield _item(item.group(1) or "", place)
        elif in_list:
            raise place.wrong("goes on after a principle: write each on one line, beginning with `-` or a number")
        elif line[0] in " \t" and _ITEM.match(line.lstrip()):
            raise place.wrong("is indented: begin each principle at the beginning of a line")
    if not below_title:
        raise DataError(f"In {file} is no heading `# Constitution`: write it above the list of principles.")


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
        for number, principle in enumerate(principles, start=1)
    )
    return "\n\n".join(part for part in (*parts, listed) if part) + "\n"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
