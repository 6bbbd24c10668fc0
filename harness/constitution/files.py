"""A constitution as a file that a person reads and edits: Markdown or YAML, by the ending of its name.

A principle keeps its evidence when its text changes, because its id, the hash of the text that it had, still names it.
A new form is a module that reads and writes it, and an entry of `FORMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.constitution import markdown, yaml_lists
from harness.constitution.entries import Entry, Place, checked_example, checked_text
from harness_base.errors import DataError
from harness_base.text import one_line
from iteralign.core.content import content_id
from iteralign.core.records import Principle
from iteralign.oracle.prompts import LONGEST_PRINCIPLE

MAX_PRINCIPLES: Final = 200
"""Principles in a constitution, at most: a model reads all of them with every prompt that it revises."""

LARGEST_FILE: Final = 1_000_000
"""Bytes of a file, at most."""


@dataclass(frozen=True)
class Form:
    """A form of file: the endings that name it, and both directions.

    `read` is given a text and what messages call its file, and raises DataError; `write` the principles and the facts
    that stand above them.
    """

    endings: tuple[str, ...]
    read: Callable[[str, str], Iterator[Entry]]
    write: Callable[[Sequence[Principle], Sequence[str]], str]


FORMS: Final[Mapping[str, Form]] = {
    "markdown": Form((".md", ".markdown"), markdown.read, markdown.write),
    "yaml": Form((".yaml", ".yml"), yaml_lists.read, yaml_lists.write),
}
_BY_ENDING: Final = {ending: name for name, form in FORMS.items() for ending in form.endings}


def form_of(path: Path) -> str:
    """The form, by its name in `FORMS`, that the ending of `path` says. Raises DataError, naming them, for another."""
    form = _BY_ENDING.get(path.suffix.lower())
    if form is None:
        raise DataError(
            f"The constitution file {path} has an unknown ending {path.suffix!r}: name it by its form, one of "
            f"{', '.join(_BY_ENDING)}."
        )
    return form


def read_constitution(path: Path, known: Iterable[Principle] = ()) -> tuple[Principle, ...]:
    """The principles in the file at `path`, in order.

    `known` are principles whose evidence and round a principle of the file takes over where it bears the id, or has
    the very text, of one of them and the file does not say them itself; the first of several with an id counts. Worked
    examples it takes over by the text alone: beside an id they are what the file has.
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


def parse_entries(content: bytes, form: str, file: str) -> tuple[Entry, ...]:
    """`read_entries` for a content that is at hand; `file` is what messages call it, as in "the edited text"."""
    text = _decoded(content, file)
    entries: list[Entry] = []
    for entry in FORMS[form].read(text, file):
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
        examples = entry.examples if entry.examples or entry.id else origin.examples
        return Principle(entry.text, evidence, origin.round if entry.round is None else entry.round, examples)

    return tuple(map(principle_of, entries))


def write_constitution(principles: Sequence[Principle], form: str, heading: Mapping[str, object]) -> str:
    """The file's text for a person to edit, with the facts of `heading` above it, such as run and version.

    In Markdown the evidence is only counted: `as_principles` finds it again by id. Raises DataError where a principle
    is one that could not be read again.
    """
    for number, principle in enumerate(principles, start=1):
        place = Place("the constitution", f"principle {number}")
        if checked_text(principle.text, place) != principle.text:
            raise place.wrong("has spaces that a file does not keep: reword it")
        for text in (text for example in principle.examples for text in (example.request, example.answer)):
            if checked_example(text, place) != text:
                raise place.wrong("has an example with spaces that a file does not keep: reword it")
    facts = [f"{name}: {one_line(str(value), LONGEST_PRINCIPLE)}" for name, value in heading.items()]
    return FORMS[form].write(principles, facts)


def _decoded(content: bytes, file: str) -> str:
    if len(content) > LARGEST_FILE:
        raise DataError(f"In {file} are more than {LARGEST_FILE} bytes: a constitution is a short list of sentences.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Place(file, f"line {line}").wrong("is not UTF-8: save it as UTF-8") from None


def _check_distinct(entries: Sequence[Entry], file: str) -> None:
    texts: dict[str, str] = {}
    ids: dict[str, str] = {}
    for entry in entries:
        place = Place(file, entry.where)
        if entry.text in texts:
            raise place.wrong(f"has the same principle as {texts[entry.text]}: remove one of them")
        if entry.id and entry.id in ids:
            raise place.wrong(f"has the same id as {ids[entry.id]}: leave it to one of them")
        texts[entry.text] = ids[entry.id] = entry.where
