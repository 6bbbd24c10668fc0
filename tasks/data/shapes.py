"""From a row as its publisher wrote it to the one shape that we keep of its set; every flaw is named with file and row.

Each function takes a row's value and the words that name it. What it gives back it also takes, unchanged: so a set that
was fetched and written down again reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from harness_base.errors import DataError
from harness_base.types import Json, Row

Shape = Callable[[object, str], Row]
"""Checks a row's value and brings it into form; the words name it in messages. Raises DataError."""

_AGAIN = "fetch or copy the file again"
# JSON can name half a surrogate pair; UTF-8 can't hold it, so it could be neither hashed nor stored.
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


def truthfulqa(value: object, where: str) -> Row:
    """`question`, and `mc1_targets` and `mc2_targets`, each with `choices` and `labels`."""
    row = row_of(value, where)
    both = {name: targets(row, name, where) for name in ("mc1_targets", "mc2_targets")}
    return {**_own_id(row, where), "question": text(row, "question", where), **both}


def hhh(value: object, where: str) -> Row:
    """`input` and `targets`; BIG-bench's own file has `target_scores`, from a choice to its label, in their place."""
    row = row_of(value, where)
    if "targets" not in row and isinstance(scores := row.get("target_scores"), dict):
        row = {**row, "targets": {"choices": list(scores), "labels": list(scores.values())}}
    return {**_own_id(row, where), "input": text(row, "input", where), "targets": targets(row, "targets", where)}


def xstest(value: object, where: str) -> Row:
    """`id`, `prompt`, `type` and `label`, which is safe or unsafe."""
    row = row_of(value, where)
    label = text(row, "label", where)
    if label not in ("safe", "unsafe"):
        raise DataError(f"{where}: the label {label[:40]!r} is neither safe nor unsafe: {_AGAIN}.")
    named = {name: text(row, name, where) for name in ("prompt", "type")}
    _column(row, "id", where)
    return {**_own_id(row, where), **named, "label": label}


def question(value: object, where: str) -> Row:
    """`question`, whether the file has objects or bare texts."""
    return {"question": text(value if isinstance(value, dict) else {"question": value}, "question", where)}


def column(name: str) -> Shape:
    """The shape of rows of which one column is kept, which holds a text: a prompt, or a whole dialogue."""
    return partial(_one_column, name)  # and no function of its own: `spawn` sends a set to another process


def _one_column(name: str, value: object, where: str) -> Row:
    return {name: text(value, name, where)}


def text(row: object, column: str, where: str) -> str:
    """The text in a column. Raises DataError where there is none."""
    value = _column(row, column, where)
    if not _is_text(value):
        raise DataError(f"{where}: the column {column!r} is not a text: {_AGAIN}.")
    return str(value)


def targets(row: object, column: str, where: str) -> dict[str, list[object]]:
    """Choices and labels of a column, checked; labels are 0 and 1. Raises DataError for a flaw."""
    value = _column(row, column, where)
    if not isinstance(value, dict) or not all(isinstance(value.get(key), list) for key in ("choices", "labels")):
        raise DataError(f"{where}: the column {column!r} does not hold choices and labels: {_AGAIN}.")
    choices, labels = value["choices"], value["labels"]
    if flaw := _flaw(choices, labels):
        raise DataError(f"{where}: in the column {column!r} {flaw}: {_AGAIN}.")
    return {"choices": choices, "labels": [int(label) for label in labels]}


def _flaw(choices: list[object], labels: list[object]) -> str:
    if len(labels) != len(choices):
        return f"{len(labels)} labels stand against {len(choices)} choices"
    if not all(map(_is_text, choices)):
        return "a choice is empty or not a text"
    if any(label not in (0, 1) or isinstance(label, bool) for label in labels):
        return "a label is neither 0 nor 1"
    if 1 not in labels or 0 not in labels:
        return "there is no right or no wrong choice"
    return ""


def row_of(value: object, where: str) -> Row:
    """The row itself. Raises DataError for a value that is none."""
    if not isinstance(value, dict):
        raise DataError(f"{where} is not a JSON object: {_AGAIN}.")
    return value


def _column(row: object, column: str, where: str) -> Json:
    columns = row_of(row, where)
    if column not in columns:
        raise DataError(f"{where} has no column {column!r}: {_AGAIN}.")
    return columns[column]


def _own_id(row: Row, where: str) -> Row:
    if "id" not in row:
        return {}
    if not isinstance(row["id"], int | float) and not _is_text(row["id"]):
        raise DataError(f"{where}: the id is neither a number nor a text: {_AGAIN}.")
    return {"id": str(row["id"])}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _HALF_A_PAIR.search(value)
