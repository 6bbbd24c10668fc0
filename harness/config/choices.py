"""Settings whose allowed values are the entries of a table elsewhere: an entry added there is allowed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def one_of(table: Mapping[str, object]) -> AfterValidator:
    """A check that a text is a key of `table`, which fails as pydantic's `Literal` does."""

    def check(name: str) -> str:
        if name not in table:
            raise PydanticCustomError("literal_error", "must be {expected}", {"expected": _either(table)})
        return name

    return AfterValidator(check)


def quoted(names: Iterable[str]) -> str:
    """The names as a setting's description lists them."""
    return ", ".join(f"`{name}`" for name in names)


def _either(names: Iterable[str]) -> str:
    *others, last = (repr(name) for name in names)
    return f"{', '.join(others)} or {last}" if others else last
