"""Prompts in plain text and Markdown: one a line, perhaps as a list with bullets, numbers and headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from harness_base.rows import NamedRow

HEADING = "a heading or comment"
AROUND = "text around a Markdown list"

_HEADING = re.compile(r"#{1,6}\s")
_RULE = re.compile(r"\s*(?:[-=*_]\s*){3,}")
_BULLET = re.compile(r"\s*[-*+•]\s+(?:\[[ xX]\]\s+)?")
_NUMBER = re.compile(r"\s*\(?(\d{1,6})[.):]\s+")


def listed(rows: Sequence[NamedRow], *, marked_up: bool) -> tuple[list[NamedRow], Mapping[str, int]]:
    """The prompts among the lines of a text, without the marks of a list, and how many lines are none, by reason.

    Marks are taken off where every line has one, or, in Markdown (`marked_up`), where any has: what stands around the
    list is then no prompt.
    """
    left_out: Counter[str] = Counter()
    rows = _joined(rows) if marked_up else rows
    lines = [row for row in rows if not _is_heading(row[1])]
    # A text of headings alone is a text whose prompts begin that way.
    if lines and len(lines) < len(rows):
        left_out[HEADING] = len(rows) - len(lines)
    lines = lines or list(rows)
    mark = _mark(lines, marked_up=marked_up)
    if mark is None:
        return lines, left_out
    items = [(where, mark.sub("", line, count=1)) for where, line in lines if mark.match(line)]
    if len(items) < len(lines):
        left_out[AROUND] = len(lines) - len(items)
    return items, left_out


def _joined(rows: Sequence[NamedRow]) -> list[NamedRow]:
    """The lines of Markdown, those of an item that goes on over several as one."""
    joined: list[NamedRow] = []
    for where, line in rows:
        goes_on = line[:1].isspace() and not (_BULLET.match(line) or _NUMBER.match(line))
        if goes_on and joined and (_BULLET.match(joined[-1][1]) or _NUMBER.match(joined[-1][1])):
            joined[-1] = (joined[-1][0], f"{joined[-1][1].rstrip()}\n{line.strip()}")
        else:
            joined.append((where, line))
    return joined


def _is_heading(line: str) -> bool:
    return bool(_HEADING.match(line) or _RULE.fullmatch(line))


def _mark(lines: Sequence[NamedRow], *, marked_up: bool) -> re.Pattern[str] | None:
    """What begins the items of a list: bullets, or numbers that count from one line to the next."""
    bulleted = sum(bool(_BULLET.match(line)) for _, line in lines)
    numbers = [int(mark[1]) for _, line in lines if (mark := _NUMBER.match(line))]
    enough = 1 if marked_up else len(lines)
    if bulleted >= enough and bulleted >= len(numbers):
        return _BULLET
    if len(numbers) >= max(enough, 2 - marked_up) and _counts(numbers):
        return _NUMBER
    return None


def _counts(numbers: Sequence[int]) -> bool:
    return all(later in (earlier + 1, 1) for earlier, later in pairwise(numbers))
