"""A run's configuration as a list that is safe to show: dotted names in order, secrets masked."""

from __future__ import annotations

import re

from harness_base.types import Fields

_SECRET = re.compile(r"(?i)(^|_)(key|token|secret|password)s?$")
_USER_IN_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@]*@")


def configuration_rows(nested: Fields) -> list[tuple[str, str]]:
    """A nested configuration as (dotted name, value) in order, with secrets masked.

    The program keeps none in a configuration; this is for those that a user put where they don't belong.
    """
    return _flat(nested, "")


def _flat(value: object, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [row for key in value for row in _flat(value[key], f"{name}.{key}" if name else str(key))]
    return [(name, _shown(name.rpartition(".")[2], value))]


def _shown(key: str, value: object) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _SECRET.search(key):
        return "(masked)"
    if isinstance(value, list):
        return ", ".join(_shown(key, item) for item in value)
    return _USER_IN_URL.sub(r"\1", str(value))
