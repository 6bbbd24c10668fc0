"""Rows as JSON lines: UTF-8, one object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness_base.types import Row


def content(rows: Sequence[Row]) -> bytes:
    """The content of the file."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")
