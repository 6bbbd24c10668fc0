"""A constitution as a file that a person reads and edits: Markdown or YAML, by the ending of its name.

In Markdown, principles are the lines of a list below the heading `# Constitution`, each with a comment that says which
principle it was when it was written and what it rests on; the comment may be missing:

    1. Keep private facts about a person private. <!-- id: 0123456789abcdef; evidence: 4; round: 2 -->

In YAML they are a list named `principles`, of texts or of objects with text, id, round, evidence and why. A principle
keeps its evidence when its text changes, because its id, the hash of the text that it had, still names it.
"""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import yaml

from harness_base.errors import DataError
from harness_base.text import INVISIBLE, LINE_BREAKS, one_line
from iteralign.core.content import content_id
from iteralign.core.records import Principle
from iteralign.oracle.prompts import LONGEST_PRINCIPLE

Form = Literal["markdown", "yaml"]

MAX_PRINCIPLES: Final = 200
"""Principles in a constitution, at most: a model reads all of them with every prompt that it revises."""

LARGEST_FILE: Final = 1_000_000
"""Bytes of a file, at most."""

_FORMS: Final[Mapping[str, Form]] = {".md": "markdown", ".markdown": "markdown", ".yaml": "yaml", ".yml": "yaml"}
_ID = re.compile(r"[0-9a-f]{16}")
_COUNT = re.compile(r"[0-9]{1,6}")

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
_HINT_YAML = """\
Reword, remove, add and reorder the principles; the id keeps a principle's evidence with it
when its text changes. A new one may be just a text, and `why` may say what you thought."""
_NEW_LINE = "\n" + " " * 15
_FIELDS = ("id", "text", "round", "evidence", "why")


@dataclass(frozen=True)
class Entry:
    """A principle as a file has it. `where` is its place there, for messages: "line 7", "entry 2 (line 9)".

    `id` names the principle that it was when the file was written; it is empty for a new one. `evidence` and `round`
    are None where the file does not say them, and `why` is what a person wrote beside it.
    """

    text: str
    where: str
    id: str = ""
    evidence: tuple[str, ...] | None = None
    round: int | None = None
    why: str = ""


@dataclass(frozen=True)
class _Place:
    """Where in which file a message is about."""

    file: str
    where: str

    def wrong(self, what: str) -> DataError:
        return DataError(f"In {self.file}, {self.where} {what}.")


def form_of(path: Path) -> Form:
    """The form that the ending of `path` says. Raises DataError, naming the endings, for another."""
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise DataError(
            f"The constitution file {path} has an unknown ending {path.suffix!r}: name it by its form, one of "
            f"{', '.join(_FORMS)}."
        )
    return form


def read_constitution(path: Path, known: Iterable[Principle] = ()) -> tuple[Principle, ...]:
    """The principles in the file at `path`, in order.

    `known` are principles whose evidence and round a principle of the file takes over where it bears the id, or has
    the very text, of one of them and the file does not say them itself; the first of several with an id counts.
    Whatever is in none of them is a person's own: no evidence, round 0. The ids of evidence are as the file has them:
    whether a store holds these prompts is for `Store.with_known_evidence`.

    Raises DataError, naming file and place, for a file that can't be read, is too large or of no known form, holds no
    principle, more than `MAX_PRINCIPLES` or one twice, or one that is empty, too long, not one line of words, or
    holds characters that can't be seen.
    """
    return as_principles(read_entries(path), known)


def read_entries(path: Path) -> tuple[Entry, ...]:
    """What the file at `path` says, before anything is looked up. Raises DataError as `read_constitution` does."""
    form = form_of(path)
    if not path.is_file():
        raise DataError(f"There is no constitution file {path}: check its name.")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise DataError(f"The constitution file {path} can't be read: {error.strerror or error}.") from None
    return parse_entries(content, form, f"the constitution file {path}")


def parse_entries(content: bytes, form: Form, file: str) -> tuple[Entry, ...]:
    """`read_entries` for a content that is at hand; `file` is what messages call it, as in "the edited text"."""
    text = _decoded(content, file)
    entries: list[Entry] = []
    for entry in _READERS[form](text, file):
        if len(entries) == MAX_PRINCIPLES:
            raise DataError(
                f"In {file} are more than {MAX_PRINCIPLES} principles: keep those that matter most, since a model "
                "reads all of them."
            )
        entries.append(entry)
    if not entries:
        raise DataError(f"In {file} is no principle: write at least one.")
    _check_distinct(entries, file)
    return tuple(entries)


def as_principles(entries: Sequence[Entry], known: Iterable[Principle] = ()) -> tuple[Principle, ...]:
    """The principles that entries stand for; `known` is as in `read_constitution`."""
    by_id: dict[str, Principle] = {}
    for principle in known:
        by_id.setdefault(principle.id, principle)
    stated = {entry.id for entry in entries if entry.id}

    def principle_of(entry: Entry) -> Principle:
        own = content_id(entry.text)
        # A reworded principle has the evidence of its id; its old text, written beside it once more, is a new one.
        origin = by_id.get(entry.id or ("" if own in stated else own), Principle("", (), 0))
        evidence = origin.evidence if entry.evidence is None else entry.evidence
        return Principle(entry.text, evidence, origin.round if entry.round is None else entry.round)

    return tuple(map(principle_of, entries))


def write_constitution(principles: Sequence[Principle], form: Form, heading: Mapping[str, object]) -> str:
    """The file's text for a person to edit, with the facts of `heading` above it, such as run and version.

    In Markdown the evidence is only counted: `as_principles` finds it again by id. Raises DataError where a principle
    is one that could not be read again.
    """
    for number, principle in enumerate(principles, start=1):
        place = _Place("the constitution", f"principle {number}")
        if _checked_text(principle.text, place) != principle.text:
            raise place.wrong("has spaces that a file does not keep: reword it")
    facts = [f"{name}: {one_line(str(value), LONGEST_PRINCIPLE)}" for name, value in heading.items()]
    return _as_markdown(principles, facts) if form == "markdown" else _as_yaml(principles, facts)


def _as_markdown(principles: Sequence[Principle], facts: Sequence[str]) -> str:
    parts = ["# Constitution", " · ".join(map(_escape, facts)), _HINT]
    listed = "\n".join(
        f"{number}. {_escape(principle.text)} "
        f"<!-- id: {principle.id}; evidence: {len(principle.evidence)}; round: {principle.round} -->"
        for number, principle in enumerate(principles, start=1)
    )
    return "\n\n".join(part for part in (*parts, listed) if part) + "\n"


def _as_yaml(principles: Sequence[Principle], facts: Sequence[str]) -> str:
    lines = [
        "# Constitution",
        *(f"# {fact}" for fact in facts),
        "#",
        *(f"# {line}" for line in _HINT_YAML.splitlines()),
        "",
    ]
    lines.append("principles:" if principles else "principles: []")
    for principle in principles:
        # JSON's strings are YAML's too, and leave nothing to be guessed: an id of digits stays a text.
        lines.append(f"  - id: {_quoted(principle.id)}")
        lines.append(f"    text: {_quoted(principle.text)}")
        lines.append(f"    round: {principle.round}")
        ids = textwrap.wrap(", ".join(map(_quoted, principle.evidence)), 100)
        lines.append(f"    evidence: [{_NEW_LINE.join(ids)}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _decoded(content: bytes, file: str) -> str:
    if len(content) > LARGEST_FILE:
        raise DataError(f"In {file} are more than {LARGEST_FILE} bytes: a constitution is a short list of sentences.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _Place(file, f"line {line}").wrong("is not UTF-8: save it as UTF-8") from None


def _check_distinct(entries: Sequence[Entry], file: str) -> None:
    texts: dict[str, str] = {}
    ids: dict[str, str] = {}
    for entry in entries:
        place = _Place(file, entry.where)
        if entry.text in texts:
            raise place.wrong(f"has the same principle as {texts[entry.text]}: remove one of them")
        if entry.id and entry.id in ids:
            raise place.wrong(f"has the same id as {ids[entry.id]}: leave it to one of them")
        texts[entry.text] = ids[entry.id] = entry.where


def _checked_text(raw: str, place: _Place) -> str:
    """The text of a principle with single spaces. Raises DataError where it is none."""
    if not LINE_BREAKS.isdisjoint(raw.strip(" \t\n")):
        raise place.wrong("is a principle of several lines: write it on one")
    hidden = next((c for c in raw if unicodedata.category(c) in INVISIBLE and c not in "\t\n"), None)
    if hidden is not None:
        raise place.wrong(f"has a character that can't be seen (U+{ord(hidden):04X}): remove it")
    text = " ".join(raw.split())
    if not text:
        raise place.wrong("is a principle without a text: write one, or remove it")
    if len(text) > LONGEST_PRINCIPLE:
        raise place.wrong(f"is a principle of {len(text)} characters, more than {LONGEST_PRINCIPLE}: shorten it")
    if not any(unicodedata.category(c).startswith("L") for c in text):
        raise place.wrong("is a principle without words: write a sentence")
    return text


def _checked_id(text: str, place: _Place) -> str:
    if not _ID.fullmatch(text):
        raise place.wrong("has an id that is not 16 of the digits 0 to 9 and a to f: leave it as it was, or remove it")
    return text


def _checked_count(name: str, text: str, place: _Place) -> int:
    if not _COUNT.fullmatch(text):
        raise place.wrong(f"has no whole number after {name}: leave it as it was, or remove it")
    return int(text)


def _markdown(text: str, file: str) -> Iterator[Entry]:
    """The entries of the lists below the heading; between the heading and a list may stand anything."""
    below_title = in_list = False
    for number, line in _lines_outside_comments(text, file):
        place = _Place(file, f"line {number}")
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
            raise _Place(file, f"line {number}").wrong("has text after a comment: begin a new line there")
        began = 0 if end else began
    if began:
        raise _Place(file, f"line {began}").wrong("begins a comment that never ends: close it with `-->`")


def _item(line: str, place: _Place) -> Entry:
    if len(line) > _LONGEST_LINE:
        raise place.wrong(f"has {len(line)} characters, and a principle at most {LONGEST_PRINCIPLE}: shorten it")
    raw, comment = _without_comment(line)
    if _opens_comment(raw):
        raise place.wrong("has a comment that is not at its end: move it there, or remove it")
    fields = _comment_fields(comment, place)
    return Entry(
        text=_checked_text(_unescape(raw), place),
        where=place.where,
        id=_checked_id(fields["id"], place) if "id" in fields else "",
        round=_checked_count("round", fields["round"], place) if "round" in fields else None,
    )


def _without_comment(line: str) -> tuple[str, str]:
    """A principle and the comment at its end. What was escaped is no comment: it belongs to the text."""
    if line.rstrip().endswith("-->"):
        text, mark, comment = line.rstrip().removesuffix("-->").rpartition("<!--")
        if mark and not _escapes(text):
            return text, comment
    return line, ""


def _opens_comment(text: str) -> bool:
    return any(not _escapes(text[: found.start()]) for found in re.finditer("<!--", text))


def _escapes(before: str) -> bool:
    """Whether the backslashes at the end of a text escape what follows."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _comment_fields(comment: str, place: _Place) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in filter(None, map(str.strip, comment.split(";"))):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name not in ("id", "evidence", "round") or name in fields:
            raise place.wrong("has a comment of another form than `<!-- id: …; evidence: …; round: … -->`: remove it")
        fields[name] = value
    if "evidence" in fields:  # it is for people to read; the evidence itself is found by the id
        _checked_count("evidence", fields["evidence"], place)
    return fields


def _yaml(text: str, file: str) -> Iterator[Entry]:
    """The entries of the list `principles`. Nodes are read and no objects made, so that aliases multiply nothing."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the text"
        problem = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
        raise _Place(file, where).wrong(f"is not valid YAML ({problem}): mend it") from None
    except RecursionError:
        raise DataError(f"In {file} lists are nested too deeply: write one list of principles.") from None
    listed = _fields(root, ("principles",), _Place(file, "the top")).get("principles") if root else None
    if not isinstance(listed, yaml.SequenceNode):
        raise DataError(f"In {file} is no list of principles: write `principles:` and below it `- TEXT` for each.")
    for number, node in enumerate(listed.value, start=1):
        yield _entry(node, _Place(file, f"entry {number} (line {node.start_mark.line + 1})"))


def _entry(node: yaml.Node, place: _Place) -> Entry:
    if isinstance(node, yaml.ScalarNode):
        return Entry(_checked_text(_text(node, place), place), place.where)
    fields = _fields(node, _FIELDS, place)
    if "text" not in fields:
        raise place.wrong("has no text: write `text:` and the principle")
    return Entry(
        text=_checked_text(_text(fields["text"], place), place),
        where=place.where,
        id=_checked_id(_scalar(fields["id"], place), place) if "id" in fields else "",
        evidence=_evidence(fields["evidence"], place) if "evidence" in fields else None,
        round=_checked_count("round", _scalar(fields["round"], place), place) if "round" in fields else None,
        why=_text(fields["why"], place) if "why" in fields else "",
    )


def _fields(node: yaml.Node, allowed: Sequence[str], place: _Place) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise place.wrong(f"is not of the form `{allowed[0]}: …`: write it so")
    fields: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name not in allowed or name in fields:
            problem = "twice" if name in fields else f"and may have {', '.join(allowed)}"
            raise place.wrong(f"has the field {one_line(name, 40)} {problem}: remove it")
        fields[name] = value
    return fields


def _text(node: yaml.Node, place: _Place) -> str:
    text = _scalar(node, place)
    if node.tag == "tag:yaml.org,2002:null":
        return ""
    if node.tag != "tag:yaml.org,2002:str":
        raise place.wrong("is read by YAML as something else than a text: put it in quotes")
    return text


def _scalar(node: yaml.Node, place: _Place) -> str:
    """What was written, whatever YAML takes it for: an id may look like a number."""
    if not isinstance(node, yaml.ScalarNode):
        raise place.wrong("has a list or an object where a single value belongs: write one value")
    return str(node.value)


def _evidence(node: yaml.Node, place: _Place) -> tuple[str, ...]:
    ids = [_scalar(each, place) for each in node.value] if isinstance(node, yaml.SequenceNode) else [""]
    if not all(map(_ID.fullmatch, ids)):
        raise place.wrong("has evidence that is no list of ids of prompts: leave it as it was, or remove it")
    return tuple(dict.fromkeys(ids))


_READERS: Final = {"markdown": _markdown, "yaml": _yaml}
