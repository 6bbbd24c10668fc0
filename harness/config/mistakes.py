"""What is said of a wrong setting: its key, what was expected and where it came from, and never a secret."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from types import NoneType

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_OUT_OF_RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"})
_NUMBER = re.compile(r"[-+]?[0-9.]{1,12}(e[-+]?[0-9]{1,3})?|[-+]?(nan|inf)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]{1,16}")
_LONGEST_SHOWN = 60


def unknown(key: str, known: Mapping[str, FieldInfo], origin: str) -> str:
    """The sentence about a setting that does not exist."""
    return f"{origin} has a setting {short(key)} that does not exist{did_you_mean(near(key, known))}"


def near(key: str, known: Mapping[str, FieldInfo]) -> list[str]:
    """The known keys most like this one, also when only its last part is (`lerning_rate`)."""
    by_name = {name.rpartition(".")[2]: name for name in known}
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
    if not near:
        near = [by_name[name] for name in difflib.get_close_matches(key.rpartition(".")[2], by_name, n=1, cutoff=0.7)]
    return near


def did_you_mean(near: Sequence[str]) -> str:
    """How a sentence about an unknown name ends."""
    return f": did you mean {near[0]}?" if near else ": `harness config check` lists all."


def sentence(error: ErrorDetails, known: Mapping[str, FieldInfo], origins: Mapping[str, str]) -> str:
    """One of pydantic's errors as a sentence with key, expectation, value and origin."""
    parts = [str(part) for part in error["loc"]]
    key = next(name for name in known if parts[: name.count(".") + 1] == name.split("."))
    each = "each of " if len(parts) > key.count(".") + 1 else ""
    context = error.get("ctx", {})
    expected = {
        "value_error": str(context.get("error", "")),
        "literal_error": f"must be {context.get('expected', '')}",
        "greater_than": f"must be above {context.get('gt')}",
        "greater_than_equal": f"must be at least {context.get('ge')}",
        "less_than": f"must be below {context.get('lt')}",
        "less_than_equal": f"must be at most {context.get('le')}",
        "too_short": "must name at least one",
        "finite_number": "must be a finite number",
    }.get(error["type"]) or _expected_type(error["type"])
    # Our own checks say enough by themselves, and what they refuse may be a secret.
    given = "" if error["type"] == "value_error" else f", not {_given(error)}"
    return f"{each}{key} {expected}{given} (from {origins[key]})."


def _given(error: ErrorDetails) -> str:
    """What was given: a number out of range, a word that is none of those asked for, else its kind alone.

    A value of a wrong type may be a key that was put in the wrong place, and may be of any length.
    """
    value = error["input"]
    if error["type"] in _OUT_OF_RANGE and _NUMBER.fullmatch(str(value)):
        return repr(value)
    if error["type"] == "literal_error" and isinstance(value, str) and _WORD.fullmatch(value):
        return repr(value)
    return kind(value)


def kind(value: object) -> str:
    """What sort of value it is, which may be said of a secret too."""
    kinds = {str: "text", bool: "true or false", int: "a number", float: "a number", NoneType: "null"}
    listed = {dict: "a group", list: "a list", tuple: "a list"}
    return (kinds | listed).get(type(value), "something else")


def short(key: str) -> str:
    """A key, or its length where it is too long to be one."""
    return key if len(key) <= _LONGEST_SHOWN else f"of {len(key):,} characters"


def _expected_type(kind: str) -> str:
    words = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "string": "text",
        "tuple": "a list",
        "dict": "a group of fields (JSON)",
        "path": "a path",
    }
    return f"must be {words.get(kind.partition('_')[0], 'of another type')}"
