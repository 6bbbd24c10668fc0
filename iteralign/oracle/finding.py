"""Finds JSON objects in what a model wrote: in a fence, behind its thoughts, in prose, or alone.

What stands inside a thought does not count, nor does anything before one: only what follows it. Nothing is mended: an
object that is no JSON is known to be there and to be of no use.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness_base.types import Json, Row

_THOUGHT = r"think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis"
# Forms of many models: tags, Magistral's and Kimi's brackets, Cohere's and others' special tokens, harmony's channels.
_OPENS = (
    rf"<(?:\w+:)?(?:{_THOUGHT})(?:\s[^<>]*)?>|\[(?:{_THOUGHT})\]|◁think▷"
    rf"|<\|(?:begin[_ ]of[_ ]thought|start_thinking|think)\|>|<unused94>"
)
_CLOSES = (
    rf"</(?:\w+:)?(?:{_THOUGHT})\s*>|\[/(?:{_THOUGHT})\]|◁/think▷"
    rf"|<\|(?:end[_ ]of[_ ]thought|end_thinking|/think)\|>|<unused95>|<channel\|>|<\|channel\|?>\s*final|assistantfinal"
)
_MARK = re.compile(
    rf"(?P<opens>{_OPENS})|(?P<closes>{_CLOSES})|(?P<channel><\|channel\|?>)|(?P<message><\|(?:end|start)\|>)",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\{(?=\s*[\"'}])")
# Python counts the lines before each that it can't read: without an end, a long reply would take minutes.
_MAX_BROKEN = 100
_BRACE = re.compile(r"[{}]")


class _NotJSONError(ValueError):
    """Text that Python would read as JSON, and that is none; the message says why. It never leaves this module."""


@dataclass(frozen=True)
class Broken:
    """Text that begins like an object and is none, with the reason."""

    text: str
    reason: str


@dataclass(frozen=True)
class Found:
    """What stands in a reply behind its thoughts, in order. `thought`: it has some; `thinking`: it broke off in one."""

    objects: tuple[Row, ...]
    broken: tuple[Broken, ...]
    thought: bool
    thinking: bool


def find_objects(text: str) -> Found:
    """The outermost objects of `text`. Raises nothing, whatever `text` is."""
    return _Scan(text).found()


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._marks = list(_MARK.finditer(text))
        self._objects: list[Row] = []
        self._broken: list[Broken] = []
        self._thought = ""  # the kind of mark that opened the thought that is being passed over
        self._thinks = False
        self._at = 0

    def found(self) -> Found:
        """Go through the text once."""
        starts = [mark.start() for mark in self._marks]
        while True:
            number = bisect_left(starts, self._at)
            mark = self._marks[number] if number < len(self._marks) else None
            limit = mark.start() if mark else len(self._text)
            opening = None if self._thought else _OBJECT.search(self._text, self._at, limit + 1)
            if opening and opening.start() < limit:
                self._object(opening.start(), limit)
            elif mark:
                self._mark(mark)
            else:
                return self._result()

    def _result(self) -> Found:
        return Found(tuple(self._objects), tuple(self._broken), self._thinks, bool(self._thought))

    def _mark(self, mark: re.Match[str]) -> None:
        self._at = mark.end()
        kind = str(mark.lastgroup)
        if kind == "message" and self._thought != "channel":
            return  # the end of a whole reply, in some models' words
        self._objects.clear()
        self._broken.clear()
        self._thinks = True
        self._thought = kind if kind in ("opens", "channel") else ""

    def _object(self, start: int, limit: int) -> None:
        """Read the object that begins at `start`. Marks in its strings are text; a broken one ends before a mark."""
        try:
            # Line breaks within a string are let pass: there is only one way to read them.
            value, self._at = _DECODER.raw_decode(self._text, start)
            self._objects.append(value)
            return
        except _NotJSONError as error:
            reason = str(error)
        except (ValueError, RecursionError):
            reason = "it is not valid JSON"
        self._at = self._end_of_broken(start, limit) if len(self._broken) < _MAX_BROKEN else limit
        self._broken.append(Broken(self._text[start : self._at], reason))

    def _end_of_broken(self, start: int, limit: int) -> int:
        depth = 0
        for brace in _BRACE.finditer(self._text, start, limit):
            depth += 1 if brace.group() == "{" else -1
            if depth == 0:
                return brace.end()
        return limit


def objects_within(value: object) -> Iterator[Row]:
    """Every object in `value`, itself and those in lists and objects at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _without_repeats(pairs: list[tuple[str, Any]]) -> Row:
    fields = {name.strip().casefold(): value for name, value in pairs}
    if len(fields) != len(pairs):
        raise _NotJSONError("it names a field twice")
    return fields


def _no_constant(name: str) -> Json:
    raise _NotJSONError(f"it holds {name}, which is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_constant=_no_constant, strict=False)
