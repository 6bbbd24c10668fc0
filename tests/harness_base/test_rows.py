"""Reading rows of a file, beyond what red-team files need: compressed ones, and lists below a key."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from harness_base.errors import DataError
from harness_base.rows import Reading, read_rows

PLAIN = Reading("data file")
EXAMPLES = Reading("data file", list_key="examples")
ROWS = [{"text": "Is it so?"}, {"text": "Größer?"}]
LIST = json.dumps(ROWS)
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def _compressed(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.json.gz", LIST),
        ("rows.jsonl.gz", LINES),
        ("rows.jsonl.gz", LIST),
        ("ROWS.JSONL.GZ", LINES),
        ("of.2022.jsonl.gz", LINES),
        ("rows.csv.gz", "text\nIs it so?\nGrößer?\n"),
    ],
)
def test_a_compressed_file_gives_the_rows_of_the_file_in_it(tmp_path: Path, name: str, content: str) -> None:
    """The ending before `.gz` says its form; hh-rlhf's attempts are a list named .jsonl.gz."""
    assert [value for _, value in read_rows(_compressed(tmp_path / name, content), PLAIN)] == ROWS


def test_rows_of_a_compressed_file_have_the_names_they_have_in_it(tmp_path: Path) -> None:
    path = _compressed(tmp_path / "rows.jsonl.gz", "\n" + LINES)
    assert [name for name, _ in read_rows(path, PLAIN)] == ["line 2", "line 3"]


@pytest.mark.parametrize("kept", [1, 15, -9, -1], ids=["header", "body", "end", "last byte"])
def test_a_truncated_compressed_file_is_told(tmp_path: Path, kept: int) -> None:
    """Wherever it ends, no rows are given of it."""
    path = _compressed(tmp_path / "rows.jsonl.gz", LINES)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"no whole gzip file.*it may be truncated") as caught:
        list(read_rows(path, PLAIN))
    assert str(path) in str(caught.value)


def test_a_damaged_compressed_file_is_told(tmp_path: Path) -> None:
    """Its checksum, or the code itself, does not fit."""
    path = _compressed(tmp_path / "rows.jsonl.gz", LINES)
    whole = path.read_bytes()
    for place in (12, len(whole) - 6):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(DataError, match="no whole gzip file"):
            list(read_rows(path, PLAIN))


def test_a_file_that_is_only_named_compressed_is_told(tmp_path: Path) -> None:
    """As a clone has it that left the large files out."""
    path = tmp_path / "rows.jsonl.gz"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\n")
    with pytest.raises(DataError, match="no whole gzip file"):
        list(read_rows(path, PLAIN))


@pytest.mark.parametrize("name", ["rows.gz", "rows.bin.gz"])
def test_a_compressed_file_of_no_known_form_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="unknown form"):
        list(read_rows(_compressed(tmp_path / name, LINES), PLAIN))


def test_a_compressed_file_of_nothing_is_empty(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty"):
        list(read_rows(_compressed(tmp_path / "rows.jsonl.gz", ""), PLAIN))


def test_rows_may_stand_below_a_key(tmp_path: Path) -> None:
    """Whatever stands beside it, and whatever it is called elsewhere."""
    path = tmp_path / "task.json"
    path.write_text(json.dumps({"name": "x", "metrics": ["acc"], "examples": ROWS, "canary": [1]}))
    assert list(read_rows(path, EXAMPLES)) == [("entry 1", ROWS[0]), ("entry 2", ROWS[1])]


def test_a_file_whose_list_stands_at_its_top_needs_no_key(tmp_path: Path) -> None:
    """The same set may be in either form; lines and lists have no key."""
    for name, content in (("rows.json", LIST), ("rows.jsonl", LINES)):
        (tmp_path / name).write_text(content)
        assert [value for _, value in read_rows(tmp_path / name, EXAMPLES)] == ROWS


@pytest.mark.parametrize("content", ['{"name": "x"}', '{"examples": {"a": []}}', '{"examples": null}', "{}"])
def test_a_file_without_the_list_below_its_key_is_told(tmp_path: Path, content: str) -> None:
    """It is no file of this set, not one without rows."""
    (tmp_path / "task.json").write_text(content)
    with pytest.raises(DataError, match=r"task\.json has no list 'examples'"):
        list(read_rows(tmp_path / "task.json", EXAMPLES))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_table_is_read_in_the_encodings_that_spreadsheets_save(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "rows.csv").write_bytes("text,n\r\nIs it so?,1\r\n".encode(encoding))
    assert [value for _, value in read_rows(tmp_path / "rows.csv", PLAIN)] == [{"text": "Is it so?", "n": "1"}]


@pytest.mark.parametrize(
    "content",
    [
        "text;n\nIs it, so?;1\n", "text\tn\nIs it, so?\t1\n", "text|n\nIs it, so?|1\n", 'text, n\n"Is it, so?", 1\n',
        "sep=;\ntext;n\nIs it, so?;1\n", "\n\ntext;n\n\nIs it, so?;1;\n", "text;n\rIs it, so?;1\r",
    ],
)  # fmt: skip
def test_the_header_says_what_parts_the_cells(tmp_path: Path, content: str) -> None:
    (tmp_path / "rows.csv").write_bytes(content.encode())
    assert [value for _, value in read_rows(tmp_path / "rows.csv", PLAIN)] == [{"text": "Is it, so?", "n": "1"}]


def test_a_cell_may_be_of_any_length(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"text\n{'x' * 200_000}\n")
    [(_, row)] = read_rows(tmp_path / "rows.csv", PLAIN)
    assert len(row["text"]) == 200_000


def test_of_columns_with_one_name_the_first_filled_cell_counts(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("text,text\na,\n,b\nc,d\n")
    assert [row["text"] for _, row in read_rows(tmp_path / "rows.csv", PLAIN)] == ["a", "b", "c"]


def test_quotes_in_a_table_of_tabs_may_be_letters_like_others(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text('text\tn\n"So" it is\t1\n')
    assert [row["text"] for _, row in read_rows(tmp_path / "rows.tsv", PLAIN)] == ['"So" it is']


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("page.csv", "<!DOCTYPE html>\n<html>", "is a web page from line 1 on"),
        ("page.txt", "<html><body>", "is a web page from line 1 on"),
        ("rows.txt", "version https://git-lfs.github.com/spec/v1\n", "Git LFS's pointer in line 1"),
        ("rows.xlsx", "PK", "is a spreadsheet: save its sheet as CSV"),
    ],
)
def test_what_is_no_file_of_rows_is_told_for_what_it_is(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=says):
        list(read_rows(tmp_path / name, PLAIN))


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_json_values_may_follow_one_another_however_they_are_laid_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\n".join(json.dumps(row, indent=2) for row in ROWS))
    assert list(read_rows(tmp_path / name, PLAIN)) == [("line 1", ROWS[0]), ("line 4", ROWS[1])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(tmp_path: Path, end: str) -> None:
    """And not at separators within a text."""
    (tmp_path / "rows.txt").write_bytes(end.join(["a\u2028b", "c\x85d"]).encode())
    assert [value for _, value in read_rows(tmp_path / "rows.txt", PLAIN)] == ["a\u2028b", "c\x85d"]
