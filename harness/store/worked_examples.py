"""A principle's worked examples as rows: a JSON list of objects with request, answer and forbidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from iteralign.core.worked_example import WorkedExample


def as_rows(examples: Sequence[WorkedExample]) -> list[dict[str, Any]]:
    """The rows, in the order of the examples."""
    return [asdict(example) for example in examples]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[WorkedExample, ...]:
    """The examples that rows stand for; SQLite's JSON has 0 and 1 for `forbidden` where it was written there."""
    return tuple(WorkedExample(row["request"], row["answer"], bool(row["forbidden"])) for row in rows)
