"""What data is on this machine, and whether it is what it should be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness_base.errors import ConfigError, DataError
from tasks.data.manifest import MANIFEST, read_manifest, record
from tasks.data.sets import SETS
from tasks.data.status import SetStatus, chosen, listed, verified

ROW = {"input": "Is it so?", "targets": {"choices": ["Yes.", "No."], "labels": [1, 0]}}


def _harmless(folder: Path, *lines: str) -> Path:
    """A folder with these lines in the place of HHH's harmless part."""
    path = folder / "hhh_alignment" / "harmless.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return folder


def _verified(folder: Path, *, accept: bool = False) -> SetStatus:
    (status,) = verified(folder, ["hhh_harmless"], accept=accept)
    return status


def test_a_list_says_of_every_set_whether_its_file_is_there(tmp_path: Path) -> None:
    """Nothing is read, so nothing is known of what is in it."""
    statuses = {status.name: status for status in listed(_harmless(tmp_path, "no JSON"))}
    assert list(statuses) == list(SETS)
    assert statuses.pop("hhh_harmless").state == "not checked"
    assert {status.state for status in statuses.values()} == {"missing"}
    assert not any(status.sha256 or status.problem for status in statuses.values())


def test_a_list_of_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    """As the cache before anything was fetched."""
    assert {status.state for status in listed(tmp_path / "none")} == {"missing"}


def test_a_set_says_whose_it_is_and_where_from() -> None:
    assert SETS["xstest"].origin == "Paul/XSTest on the hub"
    assert SETS["dangerousqa"].origin.startswith("https://")


def test_every_published_set_is_ready(shared_data: Path) -> None:
    """With its rows and its hash."""
    names = [name for name in SETS if name != "hh_rlhf"]
    for status in verified(shared_data, names):
        dataset = SETS[status.name]
        assert (status.state, status.problem) == ("ready", "")
        assert (status.rows, status.sha256) == (dataset.rows, dataset.sha256)
        assert status.file == str(shared_data / dataset.file)


def test_a_missing_set_is_said_to_be(tmp_path: Path) -> None:
    status = _verified(tmp_path)
    assert status.state == "missing"
    assert status.problem.startswith(f"it is not in {tmp_path}: run `harness data prefetch hhh_harmless`")


def test_a_flawed_set_is_told_with_file_and_row(tmp_path: Path) -> None:
    """And can't be recorded as meant."""
    folder = _harmless(tmp_path, json.dumps(ROW), '{"input": "Is it')
    for accept in (False, True):
        status = _verified(folder, accept=accept)
        assert status.state == "flawed"
        assert "harmless.jsonl has no whole JSON in line 2" in status.problem
    assert not (folder / MANIFEST).exists()


def test_a_changed_set_is_told_with_both_hashes(tmp_path: Path) -> None:
    status = _verified(_harmless(tmp_path, json.dumps(ROW)))
    assert status.state == "changed"
    hashes = f"1 rows with hash {status.sha256}, expected 58 with {SETS['hhh_harmless'].sha256}"
    assert status.problem.startswith(f"{hashes}; if the change is meant, record it with `harness data verify")


def test_a_change_that_is_accepted_is_called_so_from_then_on(tmp_path: Path) -> None:
    """It is not what was published; and the next change is none that was accepted."""
    folder = _harmless(tmp_path, json.dumps(ROW))
    accepted = _verified(folder, accept=True)
    entry = read_manifest(folder)["hhh_harmless"]
    assert (entry.file, entry.rows, entry.sha256) == ("hhh_alignment/harmless.jsonl", 1, accepted.sha256)
    assert (entry.source, entry.revision) == ("accepted by hand", "")
    assert _verified(folder) == accepted
    assert accepted.state == "accepted"
    _harmless(folder, json.dumps({**ROW, "input": "Is it thus?"}))
    assert _verified(folder).state == "changed"


def test_accepting_what_is_recorded_already_keeps_where_it_came_from(shared_data: Path, tmp_path: Path) -> None:
    """`--accept` for a whole cache must not forget the revisions of the sets in it that are as they were."""
    shutil.copytree(shared_data / "hhh_alignment", tmp_path / "hhh_alignment")
    status = _verified(tmp_path)
    entry = record(
        tmp_path, "hhh_harmless", file="x", rows=58, sha256=status.sha256, source="hub some/set", revision="0123"
    )
    assert _verified(tmp_path, accept=True) == status
    assert read_manifest(tmp_path) == {"hhh_harmless": entry}


def test_a_corrupted_manifest_is_an_error_whatever_is_asked(tmp_path: Path) -> None:
    """Also for a set that is not there, and for accepting."""
    (tmp_path / MANIFEST).write_text("{")
    for names in ([], ["hhh_harmless"]):
        for accept in (False, True):
            with pytest.raises(DataError, match=r"manifest\.json can't be read"):
                verified(tmp_path, names, accept=accept)


def test_sets_are_chosen_by_name_by_task_or_by_default() -> None:
    """Each once; the default is what the groups for a real model need."""
    assert chosen(["xstest", "hh_rlhf"], []) == ["xstest", "hh_rlhf"]
    assert chosen([], ["truthfulqa_mc1", "truthfulqa_mc2"]) == ["truthfulqa"]
    assert chosen(["xstest"], ["hhh", "over_refusal_xstest"]) == [
        "xstest", "hhh_helpful", "hhh_honest", "hhh_harmless", "hhh_other",
    ]  # fmt: skip
    assert set(chosen([], [])) == set(SETS) - {"hh_rlhf"}


def test_tasks_whose_items_are_shipped_need_no_set() -> None:
    assert chosen([], ["benign_nll", "sandbox_gate"]) == []


@pytest.mark.parametrize(
    ("names", "tasks", "words"),
    [
        (["xtest"], [], "There is no data set 'xtest'; did you mean xstest"),
        (["quite-other"], [], "There is no data set 'quite-other'\\. See `harness data list`"),
        ([], ["truthfulqa_mc3"], "truthfulqa_mc3 is no task of ours; did you mean"),
        ([], ["arc_easy_challenge_x"], "is no task of ours"),
    ],
)
def test_an_unknown_name_is_an_error_with_what_may_be_meant(names: list[str], tasks: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        chosen(names, tasks)


def test_accepting_what_is_as_published_writes_nothing(shared_data: Path, tmp_path: Path) -> None:
    """There is nothing to record, and a record would outlive the data."""
    shutil.copytree(shared_data / "hhh_alignment", tmp_path / "hhh_alignment")
    assert _verified(tmp_path, accept=True).state == "ready"
    assert not (tmp_path / MANIFEST).exists()
