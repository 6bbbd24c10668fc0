"""Rows as a Parquet table; a list of messages is a list of structs."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from harness_base.types import Row


def content(rows: Sequence[Row]) -> bytes:
    """The content of the file."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()
