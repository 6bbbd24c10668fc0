"""The names of untyped data, once for the whole project: what files, stores and servers give before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value read from JSON or YAML whose shape its reader knows. Where the reader has to find out, `object` says so."""

Row: TypeAlias = dict[str, Any]
"""One row of a table, a view or a data set, or one JSON object: values by the names of their columns."""

Fields: TypeAlias = Mapping[str, Any]
"""A `Row` that is only read."""
