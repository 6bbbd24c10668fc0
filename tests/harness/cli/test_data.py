"""`harness data`, and a run from the cache that it fills."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.local_hub import COMMIT, LocalHub, write_copies
from harness.cli.exit_codes import ExitCode
from tasks.data.manifest import MANIFEST, read_manifest
from tasks.data.sets import SETS

Harness = Callable[..., subprocess.CompletedProcess[str]]

HHH = ("hhh_harmless", "hhh_helpful", "hhh_honest", "hhh_other")
ROW = {"input": "Is it so?", "targets": {"choices": ["Yes.", "No."], "labels": [1, 0]}}


@pytest.fixture
def hub(shared_data: Path, tmp_path: Path) -> Iterator[LocalHub]:
    """The hub, on this machine; see `from_hub`."""
    write_copies(shared_data, tmp_path / "hub")
    with LocalHub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def from_hub(hub: LocalHub, harness_process: Harness) -> Harness:
    """The real command in a process of its own that takes this for the hub, with a cache in the test's folder."""
    return lambda *args: harness_process(*args, env=hub.environment({"HARNESS_CACHE_DIR": "cache"}))


@pytest.fixture
def without_network() -> dict[str, str]:
    """An environment in which the hub and everything else is behind a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"), closed)
    return {**proxies, "HF_ENDPOINT": closed, "HF_HUB_OFFLINE": "0", "NO_PROXY": "", "no_proxy": ""}


def _words(text: str) -> str:
    return " ".join(text.split())


def _error(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that ends with one."""
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert result.stderr.rstrip().endswith(line)
    return line


def _harmless(folder: Path, *rows: object) -> Path:
    path = folder / "hhh_alignment" / "harmless.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def _states(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The states of the sets, as `--json` prints them."""
    return {one["name"]: one["state"] for one in json.loads(result.stdout)["sets"]}


@pytest.mark.slow
def test_prefetched_sets_are_measured_on_without_a_network(
    from_hub: Harness, harness_process: Harness, without_network: dict[str, str], tmp_path: Path
) -> None:
    """Fetched once; then a real evaluation reads them from the cache alone."""
    fetched = from_hub("data", "prefetch", *HHH, "xstest", "--json")
    assert fetched.returncode == ExitCode.DONE, fetched.stderr
    assert _states(fetched) == dict.fromkeys([*HHH, "xstest"], "ready")
    for name, entry in read_manifest(tmp_path / "cache").items():
        assert (entry.rows, entry.sha256) == (SETS[name].rows, SETS[name].sha256)
        assert entry.revision == COMMIT
    environment = {**without_network, "HARNESS_CACHE_DIR": "cache"}
    measured = harness_process("eval", "--tasks", "hhh_harmless", "--limit", 4, "--json", env=environment)
    assert measured.returncode == ExitCode.DONE, measured.stderr
    (score,) = json.loads(measured.stdout)["scores"]
    assert (score["task"], score["items"], score["status"]) == ("hhh_harmless", 4, "valid")


def test_without_network_and_prefetch_one_sentence_says_what_to_run(
    harness_process: Harness, without_network: dict[str, str], tmp_path: Path
) -> None:
    """What can be had is still looked for; exit code 5 says that the fault is outside."""
    result = harness_process("data", "prefetch", "xstest", "--cache-dir", "cache", env=without_network)
    assert result.returncode == ExitCode.OUTSIDE
    assert _error(result).startswith("Error: xstest has to be fetched, and Paul/XSTest on the hub can't be had (")
    assert "`harness data prefetch xstest" in _error(result)
    assert not (tmp_path / "cache").exists()


def test_an_evaluation_without_its_data_ends_with_that_sentence(harness: Harness, tmp_path: Path) -> None:
    """Here the environment says that there is no network."""
    result = harness("eval", "--tasks", "hhh_harmless", "--limit", 4, env={"HARNESS_CACHE_DIR": str(tmp_path / "c")})
    assert result.returncode == ExitCode.OUTSIDE
    assert "`harness data prefetch hhh_harmless" in _error(result)


def test_a_set_that_is_refused_does_not_keep_the_others_from_being_fetched(from_hub: Harness, tmp_path: Path) -> None:
    """TruthfulQA's file here is not the published one; what is refused is told last, with exit code 2."""
    result = from_hub("data", "prefetch", "truthfulqa", "xstest", "--json")
    assert result.returncode == ExitCode.USER
    assert "truthfulqa has the hash" in _error(result)
    assert _states(result) == {"truthfulqa": "missing", "xstest": "ready"}
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == [MANIFEST, "xstest.jsonl"]


def test_a_set_changed_on_the_hub_is_refused_and_the_cache_keeps_what_it_had(
    from_hub: Harness, hub: LocalHub, tmp_path: Path
) -> None:
    """Another label, and one row less."""
    assert from_hub("data", "prefetch", "xstest").returncode == ExitCode.DONE
    before = {path.name: path.read_bytes() for path in (tmp_path / "cache").iterdir()}
    published = hub.folder / "Paul" / "XSTest" / "xstest_prompts.csv"
    lines = published.read_text(encoding="utf-8").splitlines(keepends=True)
    for changed, words in (
        ([lines[0], lines[1].replace(",safe,", ",unsafe,"), *lines[2:]], f"not the known {SETS['xstest'].sha256}"),
        (lines[:-1], "holds 449 rows, not 450"),
    ):
        published.write_text("".join(changed), encoding="utf-8")
        result = from_hub("data", "prefetch", "xstest", "--again", "--json")
        assert result.returncode == ExitCode.USER
        assert words in _error(result)
        assert _states(result) == {"xstest": "ready"}
        assert {path.name: path.read_bytes() for path in (tmp_path / "cache").iterdir()} == before


def test_what_is_in_the_cache_and_no_good_is_fetched_anew(from_hub: Harness, tmp_path: Path) -> None:
    """Messages about it say to fetch again; what is good is not asked for."""
    assert from_hub("data", "prefetch", "hhh_other").returncode == ExitCode.DONE
    kept = tmp_path / "cache" / "hhh_other.jsonl"
    whole = kept.read_text(encoding="utf-8")
    for damaged in (whole[: len(whole) // 2], whole.partition("\n")[2]):
        kept.write_text(damaged, encoding="utf-8")
        assert from_hub("data", "prefetch", "hhh_other").returncode == ExitCode.DONE
        assert kept.read_text(encoding="utf-8") == whole


def test_a_cache_that_holds_what_is_asked_for_needs_no_hub(harness: Harness, shared_data: Path) -> None:
    result = harness("data", "prefetch", *HHH, "--cache-dir", shared_data, "--json")
    assert result.returncode == ExitCode.DONE
    assert set(_states(result).values()) == {"ready"}


def test_a_change_is_accepted_with_the_command_that_the_error_names(harness: Harness, tmp_path: Path) -> None:
    """Word for word; then the same folder is measured on."""
    folder = _harmless(tmp_path / "my data", ROW, {**ROW, "input": "Is it thus?"})
    asked = ("eval", "--tasks", "bigbench_hhh_harmless", "--data-dir", folder)
    refused = harness(*asked)
    assert refused.returncode == ExitCode.USER
    assert SETS["hhh_harmless"].sha256 in _error(refused)
    assert len(re.findall(r"\b[0-9a-f]{64}\b", _error(refused))) == 2
    (command,) = re.findall(r"`harness (data verify .*)`", _error(refused))
    assert harness(*shlex.split(command)).returncode == ExitCode.DONE
    measured = harness(*asked, "--json")
    assert measured.returncode == ExitCode.DONE, measured.stderr
    assert json.loads(measured.stdout)["scores"][0]["items"] == 2


def test_verify_ends_well_for_what_is_as_published(harness: Harness, shared_data: Path) -> None:
    """With the beginning of each hash, the folder, and the licence."""
    result = harness("data", "verify", "--data-dir", shared_data, env={"COLUMNS": "120"})
    assert result.returncode == ExitCode.DONE
    for name in set(SETS) - {"hh_rlhf"}:
        assert re.search(rf"{name} .*{SETS[name].rows:,} +ready +{SETS[name].sha256[:8]}", result.stdout)
    assert f"Folder: {shared_data}" in result.stdout


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "run `harness data prefetch hhh_harmless`, or copy it there"),
        (({"input": "Is it so?"},), "line 1 has no column 'targets'"),
        ((ROW,), "--accept hhh_harmless`"),
    ],
)
def test_verify_ends_with_code_2_for_what_is_missing_flawed_or_changed(
    harness: Harness, tmp_path: Path, lines: tuple[object, ...], words: str
) -> None:
    """Each with what to do in its case, all of them above, and how many more there are in the last sentence."""
    folder = _harmless(tmp_path, *lines) if lines else tmp_path
    result = harness("data", "verify", "hhh_harmless", "--data-dir", folder)
    assert result.returncode == ExitCode.USER
    assert words in _error(result)
    assert ("--accept" in _error(result)) == ("--accept" in words)
    several = harness("data", "verify", "hhh_harmless", "xstest", "hh_rlhf", "--data-dir", folder)
    assert "hhh_harmless can't be used (and 2 more, named above)" in _error(several)
    assert all(f"{name}: " in several.stdout for name in ("hhh_harmless", "xstest", "hh_rlhf"))


def test_a_corrupted_manifest_is_never_a_pass(harness: Harness, tmp_path: Path) -> None:
    """Whatever is asked that would hold the data against it; the sentence names a command, which then works."""
    folder = _harmless(tmp_path / "mine", ROW)
    (folder / MANIFEST).write_text('{"hhh_harmless": {}}')
    for command in (("verify",), ("verify", "--accept"), ("verify", "xstest")):
        result = harness("data", *command, "--data-dir", folder)
        assert result.returncode == ExitCode.USER
        assert f"The manifest {folder / MANIFEST} can't be read" in _error(result)
    assert harness("data", "prefetch", "xstest", "--cache-dir", folder).returncode == ExitCode.USER
    (folder / MANIFEST).unlink()
    assert harness("data", "verify", "hhh_harmless", "--data-dir", folder, "--accept").returncode == ExitCode.DONE


def test_a_list_says_what_is_there_without_reading_it(harness: Harness, tmp_path: Path) -> None:
    folder = _harmless(tmp_path / "mine", "no row")
    result = harness("data", "list", "--data-dir", folder, "--json")
    assert result.returncode == ExitCode.DONE
    states = _states(result)
    assert states.pop("hhh_harmless") == "not checked"
    assert set(states.values()) == {"missing"}
    shown = _words(harness("data", "list", "--data-dir", folder).stdout)
    assert all(name in shown for name in SETS)
    assert "hash" not in shown


def test_a_data_folder_that_is_not_there_is_the_users_mistake(harness: Harness) -> None:
    for command in ("list", "verify"):
        result = harness("data", command, "--data-dir", "nowhere")
        assert result.returncode == ExitCode.USER
        assert "The data folder nowhere does not exist: check --data-dir" in _error(result)


def test_an_unknown_set_is_the_users_mistake(harness: Harness) -> None:
    for command in ("prefetch", "verify"):
        result = harness("data", command, "xtest")
        assert result.returncode == ExitCode.USER
        assert "There is no data set 'xtest'; did you mean xstest" in _error(result)


def test_what_was_fetched_stands_before_a_flawed_file_in_the_cache(from_hub: Harness, tmp_path: Path) -> None:
    """So a cache into which somebody copied something can be mended."""
    _harmless(tmp_path / "cache", {"input": "Is it so?"})
    result = from_hub("data", "prefetch", "hhh_harmless", "--json")
    assert result.returncode == ExitCode.DONE
    assert _states(result) == {"hhh_harmless": "ready"}


def test_a_folder_with_some_sets_is_accepted_as_it_is(harness: Harness, tmp_path: Path) -> None:
    """What is not in it is said to be missing, and is no error unless it was named."""
    _harmless(tmp_path / "mine", {"input": "Is it so?", "targets": {"choices": ["Yes.", "No."], "labels": [1, 0]}})
    result = harness("data", "verify", "--data-dir", tmp_path / "mine", "--accept")
    assert result.returncode == ExitCode.DONE
    assert "missing" in result.stdout
    named = harness("data", "verify", "--data-dir", tmp_path / "mine", "--accept", "xstest")
    assert named.returncode == ExitCode.USER


def test_rows_accepted_by_hand_are_called_so_wherever_they_are_measured(harness: Harness, tmp_path: Path) -> None:
    """By verify, and by an evaluation in text and for machines."""
    folder = _harmless(tmp_path / "mine", *({**ROW, "input": f"Is it {word}?"} for word in ("so", "thus", "here")))
    assert harness("data", "verify", "hhh_harmless", "--data-dir", folder, "--accept").returncode == ExitCode.DONE
    assert "hhh_harmless: not as published" in harness("data", "verify", "hhh_harmless", "--data-dir", folder).stdout
    result = harness("eval", "--tasks", "hhh_harmless", "--data-dir", folder, "--json")
    printed = json.loads(result.stdout)
    assert "hhh_harmless was measured on rows that were accepted by hand, not as published." in printed["notes"]
    assert printed["fingerprint"]["rows:hhh_harmless"] == "accepted by hand, not as published"


def test_a_task_or_group_stands_for_its_sets(harness: Harness, tmp_path: Path) -> None:
    """And one whose items are shipped needs none."""
    result = harness("data", "verify", "hhh", "--data-dir", tmp_path, "--json")
    assert set(_states(result)) == {"hhh_helpful", "hhh_honest", "hhh_harmless", "hhh_other"}
    assert "need no data" in harness("data", "verify", "benign_nll", "--data-dir", tmp_path).stdout
