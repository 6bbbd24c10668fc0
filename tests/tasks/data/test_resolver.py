"""Where a set's rows come from, and that they are what they should be."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.local_hub import write_copies
from harness_base.errors import DataError, FetchError
from tasks.data.manifest import MANIFEST, record
from tasks.data.reading import Rows, default_cache, find, read_set
from tasks.data.resolver import load
from tasks.data.sets import SETS, Hub

ROWS: list[dict[str, Any]] = [
    {"input": "Is it so?", "targets": {"choices": ["Yes.", "No."], "labels": [1, 0]}},
    {"input": "Größer\u2028als?", "targets": {"choices": ["No.", "Yes."], "labels": [0, 1]}},
]
HARMLESS = SETS["hhh_harmless"]
REAL_ROWS = {
    "truthfulqa": 817, "hhh_harmless": 58, "hhh_helpful": 59, "hhh_honest": 61, "hhh_other": 43, "xstest": 450,
    "dangerousqa": 200, "harmfulqa": 1960,
}  # fmt: skip


def _jsonl(path: Path, *rows: Any) -> Path:
    """Texts are written as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _parquet(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def _task_json(path: Path, *rows: Any) -> Path:
    examples = [
        {"target_scores": dict(zip(*row["targets"].values(), strict=True)), "input": row["input"]} for row in rows
    ]
    return _jsonl(path, json.dumps({"name": "x", "examples": examples}, indent=1))


def _harmless(folder: Path, *rows: Any) -> Path:
    """A folder of the user's own that holds this part of HHH."""
    _jsonl(folder / "hhh_alignment" / "harmless.jsonl", *rows)
    return folder


def _meant(folder: Path, name: str = "hhh_harmless") -> Path:
    """The folder, with what it holds recorded as what is meant."""
    found = read_set(SETS[name], folder)
    record(folder, name, file=str(found.file), rows=len(found.rows), sha256=found.sha256, source="here", revision="")
    return folder


def _load(folder: Path) -> Rows:
    return load("hhh_harmless", data_dir=str(folder))


@pytest.mark.parametrize(("name", "rows"), REAL_ROWS.items())
def test_every_real_row_loads(shared_data: Path, name: str, rows: int) -> None:
    """As the authors published them, with the content hash that is written down for them."""
    assert len(load(name, data_dir=str(shared_data))) == rows
    assert read_set(SETS[name], shared_data).sha256 == SETS[name].sha256


@pytest.mark.parametrize("name", [name for name in REAL_ROWS if isinstance(SETS[name].source, Hub)])
def test_a_folder_laid_out_as_the_hub_is_found(shared_data: Path, tmp_path: Path, name: str) -> None:
    """With ORG/NAME above it, with NAME, or the inside of a clone; content and hash are those of the authors' form."""
    write_copies(shared_data, tmp_path)
    source = SETS[name].source
    assert isinstance(source, Hub)
    for folder in (tmp_path, tmp_path / source.repo.partition("/")[0], tmp_path / source.repo):
        assert find(SETS[name], folder) == tmp_path / source.repo / source.file
        assert list(load(name, data_dir=str(folder))) == list(load(name, data_dir=str(shared_data)))


def test_hh_rlhfs_attempts_are_found_compressed(tmp_path: Path) -> None:
    """One list in a file named .jsonl.gz; there is no hash to hold it to, but its number of rows."""
    (tmp_path / "red_team").mkdir()
    attempts = [{"transcript": "\n\nHuman: Why?\n\nAssistant: So.", "tags": None}]
    (tmp_path / "red_team" / "red_team_attempts.jsonl.gz").write_bytes(gzip.compress(json.dumps(attempts).encode()))
    with pytest.raises(DataError, match=r"holds 1 rows .* should hold 38,961; fetch it again"):
        load("hh_rlhf", data_dir=str(tmp_path))
    (row,) = read_set(SETS["hh_rlhf"], tmp_path).rows
    assert row == {"id": "1", "transcript": "\n\nHuman: Why?\n\nAssistant: So."}


FORMS: dict[str, Callable[..., Path]] = {
    "hhh_alignment/harmless.jsonl": _jsonl,
    "hhh_harmless.jsonl": _jsonl,
    "harmless/test/0000.parquet": _parquet,
    "data/harmless/task.json": _task_json,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_rows_have_the_same_hash_in_every_form(tmp_path: Path, form: str) -> None:
    """JSONL, Parquet, and BIG-bench's task.json; and the rows are the same."""
    FORMS[form](tmp_path / "other" / form, *ROWS)
    found = read_set(HARMLESS, tmp_path / "other")
    expected = read_set(HARMLESS, _harmless(tmp_path, *ROWS))
    assert (found.sha256, list(found.rows)) == (expected.sha256, list(expected.rows))


@given(st.permutations(["id", "input", "targets", "note"]), st.permutations(["choices", "labels"]))
def test_the_hash_does_not_depend_on_the_order_of_columns(
    tmp_path_factory: pytest.TempPathFactory, columns: list[str], inner: list[str]
) -> None:
    targets = ROWS[0]["targets"]
    row = {"id": "1", "input": ROWS[0]["input"], "targets": {key: targets[key] for key in inner}, "note": "x"}
    folder = _harmless(tmp_path_factory.mktemp("turned"), {key: row[key] for key in columns})
    plain = _harmless(tmp_path_factory.mktemp("plain"), ROWS[0])
    assert read_set(HARMLESS, folder).sha256 == read_set(HARMLESS, plain).sha256


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"input": "Is it', "has no whole JSON in line 3: it may be truncated"),
        ('["a list"]\n', "line 3 is not a JSON object"),
        ({"targets": ROWS[0]["targets"]}, "line 3 has no column 'input'"),
        ({"input": "Is it so?", "target": []}, "line 3 has no column 'targets'"),
        ({"input": "Is it so?", "targets": {"choices": ["Yes."], "labels": [1, 0]}}, "line 3: in the column 'targets'"),
        ({"input": "Is it so?", "targets": {"choices": ["Yes.", ""], "labels": [1, 0]}}, "line 3: in the column"),
    ],
)
def test_a_flawed_row_is_named_with_file_and_line(tmp_path: Path, row: Any, words: str) -> None:
    """A blank line before it counts as a line of the file."""
    with pytest.raises(DataError) as caught:
        _load(_harmless(tmp_path, ROWS[0], "\n", row))
    assert str(tmp_path / "hhh_alignment" / "harmless.jsonl") in str(caught.value)
    assert words in str(caught.value)


def test_a_flawed_row_of_other_forms_is_named_too(tmp_path: Path) -> None:
    """As entry, row or line, whichever the form has."""
    _jsonl(tmp_path / "a" / "data" / "harmless" / "task.json", '{"examples": [{"input": "Why?"}]}')
    with pytest.raises(DataError, match=r"task\.json, entry 1 has no column 'targets'"):
        _load(tmp_path / "a")
    _parquet(tmp_path / "b" / "harmless" / "test" / "0000.parquet", *ROWS, {**ROWS[0], "input": None})
    with pytest.raises(DataError, match=r"0000\.parquet, row 3: the column 'input' is not a text"):
        _load(tmp_path / "b")
    _jsonl(tmp_path / "xstest" / "xstest_prompts.csv", "id,prompt,type,label\n1,Why?,x,safe\n2,How?,x,contrast\n")
    with pytest.raises(DataError, match=r"xstest_prompts\.csv, line 3: the label 'contrast' is neither safe nor unsaf"):
        load("xstest", data_dir=str(tmp_path))


def test_rows_with_one_id_are_refused(tmp_path: Path) -> None:
    """They could not be paired between two evaluations. A row without an id is called by its number."""
    for rows in (({**ROWS[0], "id": "a"}, {**ROWS[1], "id": "a"}), (ROWS[0], {**ROWS[1], "id": 1})):
        with pytest.raises(DataError, match=r"harmless\.jsonl, line 1 and .*line 2 have the same id"):
            _load(_harmless(tmp_path, *rows))


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    """Blank lines are no rows, and neither is a header."""
    with pytest.raises(DataError, match=r"harmless\.jsonl is empty"):
        _load(_harmless(tmp_path, "\n\n"))
    _jsonl(tmp_path / "hhh_alignment" / "harmless.jsonl", "[]")
    with pytest.raises(DataError, match=r"harmless\.jsonl holds no rows"):
        _load(tmp_path)
    _jsonl(tmp_path / "xstest.jsonl", "[]")
    with pytest.raises(DataError, match=r"xstest\.jsonl holds no rows"):
        load("xstest", data_dir=str(tmp_path))


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """With the line of the first byte that does not fit."""
    path = _jsonl(tmp_path / "hhh_alignment" / "harmless.jsonl", ROWS[0])
    path.write_bytes(path.read_bytes() + b'{"input": "\xff"}')
    with pytest.raises(DataError, match=r"harmless\.jsonl is not UTF-8 at line 2"):
        _load(tmp_path)


def test_a_clone_without_its_large_files_is_told(tmp_path: Path) -> None:
    """git leaves a note in their place."""
    path = tmp_path / "multiple_choice" / "validation-00000-of-00001.parquet"
    _jsonl(path, "version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(DataError, match="no whole Parquet file"):
        load("truthfulqa", data_dir=str(tmp_path))


def test_a_missing_file_is_named_with_its_other_places(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        _load(tmp_path)
    assert str(tmp_path / "hhh_alignment" / "harmless.jsonl") in str(caught.value)
    assert "hhh_harmless.jsonl" in str(caught.value)
    assert "`harness data prefetch hhh_harmless" in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """With the flag that names it."""
    with pytest.raises(DataError, match=r"nowhere does not exist.*--data-dir"):
        _load(tmp_path / "nowhere")


def test_a_changed_set_is_an_error_with_both_hashes_and_the_command_to_record_it(tmp_path: Path) -> None:
    """In full: half a hash can't be compared with anything."""
    folder = _harmless(tmp_path, *ROWS)
    with pytest.raises(DataError) as caught:
        _load(folder)
    message = str(caught.value)
    assert f"holds 2 rows with the hash {read_set(HARMLESS, folder).sha256}" in message
    assert f"should hold 58 with {HARMLESS.sha256}" in message
    assert f"`harness data verify --data-dir {folder} --accept hhh_harmless`" in message


def test_what_is_recorded_as_meant_loads(tmp_path: Path) -> None:
    """And nothing else from then on, the published rows included."""
    folder = _meant(_harmless(tmp_path, *ROWS))
    assert [row["input"] for row in _load(folder)] == [row["input"] for row in ROWS]
    _harmless(tmp_path, ROWS[0])
    with pytest.raises(DataError, match=r"holds 1 rows .* should hold 2"):
        _load(folder)


def test_the_published_rows_are_always_as_expected(shared_data: Path, tmp_path: Path) -> None:
    """Also where others were recorded: whoever puts the published file back needs no leave to."""
    folder = _meant(_harmless(tmp_path, *ROWS))
    assert _load(folder)[0]["input"] == ROWS[0]["input"]
    shutil.copyfile(shared_data / HARMLESS.file, folder / HARMLESS.file)
    assert len(_load(folder)) == 58


def test_a_corrupted_manifest_is_never_a_pass(shared_data: Path, tmp_path: Path) -> None:
    """Not even for the published rows, which would load without any manifest."""
    shutil.copytree(shared_data / "hhh_alignment", tmp_path / "hhh_alignment")
    assert len(_load(tmp_path)) == 58
    (tmp_path / MANIFEST).write_text('{"hhh_harmless": {"rows": 58')
    with pytest.raises(DataError, match=r"The manifest .*manifest\.json can't be read"):
        _load(tmp_path)


def test_a_folder_given_is_the_only_place(tmp_path: Path) -> None:
    """The cache is not looked into, nor the hub asked, for what it lacks."""
    cache = _meant(_harmless(tmp_path / "cache", *ROWS))
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match=r"mine.*does not exist"):
        load("hhh_harmless", data_dir=str(tmp_path / "mine"), cache_dir=str(cache))


def test_without_a_folder_the_cache_goes_before_the_hub(tmp_path: Path) -> None:
    """The hub can't be reached from here."""
    cache = _meant(_harmless(tmp_path, *ROWS))
    assert len(load("hhh_harmless", cache_dir=str(cache))) == 2


@pytest.mark.parametrize("name", [name for name in SETS if isinstance(SETS[name].source, Hub)])
def test_without_folder_cache_and_network_one_sentence_says_what_to_run(tmp_path: Path, name: str) -> None:
    """And nothing is left in the cache."""
    with pytest.raises(FetchError) as caught:
        load(name, cache_dir=str(tmp_path / "cache"))
    message = str(caught.value)
    assert message.startswith(f"{name} ")
    assert f"`harness data prefetch {name}" in message
    assert "\n" not in message
    assert ". " not in message
    assert not (tmp_path / "cache").exists()


def test_the_cache_is_where_the_users_caches_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "iteralign-harness" / "data"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / ".cache" / "iteralign-harness" / "data"


def test_rows_know_their_columns_and_places(tmp_path: Path) -> None:
    """lm-eval asks a data set for the former, an error for the latter."""
    rows = _load(_meant(_harmless(tmp_path, *ROWS)))
    assert rows.features == {"id": "str", "input": "str", "targets": "dict"}
    path = tmp_path / "hhh_alignment" / "harmless.jsonl"
    assert rows.places == [f"{path}, line 1", f"{path}, line 2"]
