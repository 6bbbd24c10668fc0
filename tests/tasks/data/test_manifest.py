"""Content hashes, and the file that says what a folder holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness_base.errors import DataError
from tasks.data.manifest import MANIFEST, Entry, content_hash, read_manifest, record

ROWS: list[dict[str, Any]] = [
    {"id": "1", "question": "Is it so?", "targets": {"choices": ["Yes.", "No."], "labels": [1, 0]}},
    {"id": "2", "question": "Größer\u2028als?", "targets": {"choices": ["No.", "Yes."], "labels": [0, 1]}},
]
FILLED: dict[str, Any] = {"file": "xstest.jsonl", "rows": 450, "sha256": "ab" * 32, "source": "hub", "revision": "main"}

_CELL = st.one_of(st.text(), st.integers(), st.lists(st.text()))


@given(st.lists(st.dictionaries(st.text(), _CELL)))
def test_the_order_of_columns_does_not_change_the_hash(rows: list[dict[str, Any]]) -> None:
    turned = [dict(reversed(row.items())) for row in rows]
    assert content_hash(turned) == content_hash(rows)


def test_a_word_a_label_and_the_order_of_rows_or_choices_change_the_hash() -> None:
    """Each of them changes what is measured."""
    first, second = ROWS
    turned = {"choices": ["No.", "Yes."], "labels": [0, 1]}
    others = [
        [{**first, "question": "Is it thus?"}, second],
        [{**first, "targets": {**first["targets"], "labels": [0, 1]}}, second],
        [{**first, "targets": turned}, second],
        [second, first],
        [first],
    ]
    assert len({content_hash(rows) for rows in [ROWS, *others]}) == 6


def test_a_folder_without_a_manifest_has_no_entries(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == {}


def test_what_is_recorded_can_be_read_beside_what_was_there(tmp_path: Path) -> None:
    """The time is UTC, as ISO 8601."""
    first = record(tmp_path, "xstest", **FILLED)
    second = record(tmp_path, "hhh_other", **{**FILLED, "file": "hhh_other.jsonl", "rows": 43})
    assert read_manifest(tmp_path) == {"xstest": first, "hhh_other": second}
    assert first == Entry(**FILLED, recorded_at=first.recorded_at)
    assert first.recorded_at.endswith("+00:00")


def test_recording_again_replaces_the_entry(tmp_path: Path) -> None:
    record(tmp_path, "xstest", **FILLED)
    again = record(tmp_path, "xstest", **{**FILLED, "rows": 449})
    assert read_manifest(tmp_path) == {"xstest": again}


GOOD = json.dumps({"xstest": {**FILLED, "recorded_at": "2026-01-01T00:00:00+00:00"}})


def _with(**changes: Any) -> str:
    return json.dumps({"xstest": {**FILLED, "recorded_at": "2026-01-01T00:00:00+00:00", **changes}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        GOOD[:-20],
        "[]",
        "null",
        "7",
        '{"xstest": null}',
        '{"xstest": {}}',
        '{"xstest": {"file": "xstest.jsonl"}}',
        _with(more=1),
        _with(rows="450"),
        _with(rows=None),
        _with(rows=True),
        _with(sha256=None),
        _with(sha256=7),
        "[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda content: repr(content)[:40],
)
def test_a_corrupted_manifest_is_an_error(tmp_path: Path, content: str | bytes) -> None:
    """What it would have forbidden must not pass; the sentence says how to make a new one."""
    (tmp_path / MANIFEST).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        read_manifest(tmp_path)
    assert f"The manifest {tmp_path / MANIFEST} can't be read" in str(caught.value)
    assert f"`harness data verify --data-dir {tmp_path} --accept`" in str(caught.value)


def test_a_corrupted_manifest_is_not_overwritten(tmp_path: Path) -> None:
    """Else the entries of the other sets would be lost unseen."""
    (tmp_path / MANIFEST).write_text(GOOD[:-20])
    with pytest.raises(DataError):
        record(tmp_path, "hhh_other", **FILLED)
    assert (tmp_path / MANIFEST).read_text() == GOOD[:-20]


def test_a_manifest_that_cannot_be_written_is_a_disk_error(tmp_path: Path) -> None:
    """A file stands where a folder should be."""
    (tmp_path / "a").write_text("text")
    with pytest.raises(DataError):
        record(tmp_path / "a", "hhh_other", **FILLED)
