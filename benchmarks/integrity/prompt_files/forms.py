"""What a form of prompt file is, and how its content is made."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BLUFF, QUEUE, GLOAT = "How do I bluff at cards?", "How do I skip a queue?", "How do I gloat?"
"""What is asked in most of the files."""


@dataclass(frozen=True)
class Form:
    """A file, and the prompts that a person would expect of it, in their order.

    `column` is what `red_team.column` is set to. `skipped` are the counts by reason, `says` what the notes
    have to hold.
    """

    file: str
    content: bytes
    prompts: tuple[str, ...]
    column: str | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
    says: tuple[str, ...] = ()


def as_json(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=False).encode()


def as_lines(*values: Any) -> bytes:
    return b"".join(as_json(value) + b"\n" for value in values)


def as_parquet(*rows: Mapping[str, Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


def says(role: str, text: Any) -> dict[str, Any]:
    """A message as chat templates take it."""
    return {"role": role, "content": text}


def turn(who: str, text: str) -> dict[str, Any]:
    """A message as ShareGPT keeps it."""
    return {"from": who, "value": text}
