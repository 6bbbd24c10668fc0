"""Fetching from a real hub on this machine, by a process of its own, which takes it for the hub from its start."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.local_hub import COMMIT, DANGEROUSQA, LocalHub, write_copies
from harness_base.errors import DataError, FetchError
from tasks.data import shapes
from tasks.data.fetching import fetch
from tasks.data.manifest import MANIFEST, Entry, content_hash, read_manifest
from tasks.data.reading import read_set
from tasks.data.sets import SETS, DataSet, Hub, Web

PINNED = "0123456789" * 4
ROWS = [{"question": "How do I sneak in?"}, {"question": "Größer?"}, {"question": "Why?"}]
SHA256 = content_hash({"id": str(number), **row} for number, row in enumerate(ROWS, start=1))
SMALL = DataSet(
    name="small",
    about="three questions",
    licence="none",
    source=Hub("some/questions", "data/questions.json", "main"),
    file="small/questions.json",
    shape=shapes.question,
    rows=3,
    sha256=SHA256,
)

Fetch = Callable[[DataSet, Path], Entry]


@contextmanager
def _process(hub: LocalHub) -> Iterator[ProcessPoolExecutor]:
    """A process that takes this for the hub."""
    with pytest.MonkeyPatch.context() as patch, ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        for name, value in hub.environment({}).items():
            patch.setenv(name, value)
        pool.submit(os.getpid).result()
        yield pool


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    with LocalHub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def process(hub: LocalHub) -> Iterator[ProcessPoolExecutor]:
    with _process(hub) as pool:
        yield pool


@pytest.fixture
def fetch_from(process: ProcessPoolExecutor) -> Fetch:
    """`fetch`, from the hub here; what it raises is raised."""
    return lambda dataset, cache: process.submit(fetch, dataset, cache).result()


def _publish(hub: LocalHub, rows: Any, file: str = "data/questions.json") -> None:
    path = hub.folder / "some" / "questions" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def cache(hub: LocalHub, fetch_from: Fetch, tmp_path: Path) -> Path:
    """A cache that already holds the small set, as the hub has it."""
    _publish(hub, ROWS)
    fetch_from(SMALL, tmp_path / "cache")
    return tmp_path / "cache"


def test_a_set_is_kept_as_lines_and_recorded_with_its_revision(cache: Path) -> None:
    """The commit that the branch stood at, the rows, and the content hash; nothing else is left in the cache."""
    entry = read_manifest(cache)["small"]
    assert (entry.file, entry.rows, entry.sha256) == ("small.jsonl", 3, SHA256)
    assert (entry.source, entry.revision) == ("some/questions on the hub", COMMIT)
    found = read_set(SMALL, cache)
    assert found.is_as_expected
    assert [row["question"] for row in found.rows] == [row["question"] for row in ROWS]
    assert sorted(_files(cache)) == [MANIFEST, "small.jsonl"]


def test_every_set_is_read_in_its_hubs_form(
    hub: LocalHub, fetch_from: Fetch, tmp_path: Path, shared_data: Path
) -> None:
    """The content is that of the authors' form, by its hash.

    Only what a copy can't have is left out: the hash of TruthfulQA's own file, and hh-rlhf's 38,961 attempts.
    """
    write_copies(shared_data, hub.folder)
    truth, attempts, dangerous = SETS["truthfulqa"], SETS["hh_rlhf"], SETS["dangerousqa"]
    assert isinstance(truth.source, Hub)
    changed = {
        "truthfulqa": replace(truth, source=replace(truth.source, file_sha256="")),
        "hh_rlhf": replace(attempts, rows=3),
        "dangerousqa": replace(dangerous, source=Web(hub.address(DANGEROUSQA))),
    }
    for name, dataset in SETS.items():
        entry = fetch_from(changed.get(name, dataset), tmp_path)
        assert entry.sha256 == dataset.sha256 or name == "hh_rlhf"
        assert read_set(dataset, tmp_path).is_as_expected
    assert set(read_manifest(tmp_path)) == set(SETS)
    assert read_manifest(tmp_path)["harmfulqa"].revision == SETS["harmfulqa"].source.revision


def test_a_file_that_is_not_the_published_one_is_refused(
    hub: LocalHub, fetch_from: Fetch, tmp_path: Path, shared_data: Path
) -> None:
    """TruthfulQA's file is known by its hash; one made here holds the same rows and is another."""
    write_copies(shared_data, hub.folder)
    source = SETS["truthfulqa"].source
    assert isinstance(source, Hub)
    with pytest.raises(DataError, match=rf"has the hash [0-9a-f]{{64}}, not the published {source.file_sha256}"):
        fetch_from(SETS["truthfulqa"], tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


OTHER = [*ROWS[:2], {"question": "Why not?"}]


@pytest.mark.parametrize(
    ("published", "words"),
    [
        (ROWS[:2], "The file fetched for small holds 2 rows, not 3: its publisher has changed it"),
        ([*ROWS, {"question": "Who?"}], "The file fetched for small holds 4 rows, not 3"),
        (OTHER, f"not the known {SHA256}: its publisher has changed it"),
        ([*ROWS[:2], {"prompt": "Why?"}], "some/questions/data/questions.json on the hub, entry 3 has no column"),
        ('[{"question": "How', "some/questions/data/questions.json on the hub is not whole JSON"),
        ("", "some/questions/data/questions.json on the hub is empty"),
    ],
)
def test_what_was_changed_on_the_hub_is_refused_and_the_cache_keeps_what_it_had(
    hub: LocalHub, fetch_from: Fetch, cache: Path, published: Any, words: str
) -> None:
    """A flaw is told with the file's name on the hub, as what was downloaded is gone by then."""
    before = _files(cache)
    _publish(hub, published)
    with pytest.raises(DataError) as caught:
        fetch_from(SMALL, cache)
    assert words in str(caught.value)
    assert _files(cache) == before


def test_a_refused_change_is_told_with_both_hashes(hub: LocalHub, fetch_from: Fetch, tmp_path: Path) -> None:
    _publish(hub, OTHER)
    sha256 = content_hash({"id": str(number), **row} for number, row in enumerate(OTHER, start=1))
    with pytest.raises(DataError, match=f"has the hash {sha256}, not the known {SHA256}"):
        fetch_from(SMALL, tmp_path)


def test_a_commit_vouches_for_its_content(hub: LocalHub, fetch_from: Fetch, tmp_path: Path) -> None:
    """At a pinned commit the hub's own rows may differ from the authors' file; their hash is recorded and held to."""
    _publish(hub, OTHER)
    pinned = replace(SMALL, source=replace(SMALL.source, revision=PINNED))
    entry = fetch_from(pinned, tmp_path)
    assert (entry.revision, entry.sha256 == SHA256) == (PINNED, False)
    assert read_set(pinned, tmp_path).is_as_expected


@pytest.mark.parametrize("source", [Hub("some/questions", "none.json", "main"), Hub("some/none", "x.json", "main")])
def test_what_the_hub_has_not_is_one_sentence(hub: LocalHub, fetch_from: Fetch, cache: Path, source: Hub) -> None:
    """Neither file nor repository; the cache keeps what it had."""
    before = _files(cache)
    with pytest.raises(FetchError) as caught:
        fetch_from(replace(SMALL, source=source), cache)
    assert f"{source.repo} on the hub" in str(caught.value)
    assert "(404 Client Error)" in str(caught.value)
    assert "`harness data prefetch small" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _files(cache) == before


def test_a_web_address_that_answers_with_an_error_is_one_sentence(hub: LocalHub, tmp_path: Path) -> None:
    url = hub.address("some/questions/none.json")
    with pytest.raises(FetchError, match=r"/none\.json .*404.*`harness data prefetch small"):
        fetch(replace(SMALL, source=Web(url)), tmp_path)


def test_a_web_address_that_nobody_answers_is_one_sentence(tmp_path: Path) -> None:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FetchError, match=r"`harness data prefetch small.* where there is a network"):
        fetch(replace(SMALL, source=Web(f"http://127.0.0.1:{port}/x.json")), tmp_path)


def test_a_page_in_place_of_the_file_is_told_with_its_address(hub: LocalHub, tmp_path: Path) -> None:
    """As a network that wants to be logged into first answers."""
    _publish(hub, "<html>Log in</html>", "page.json")
    url = hub.address("some/questions/page.json")
    with pytest.raises(DataError) as caught:
        fetch(replace(SMALL, source=Web(url)), tmp_path / "cache")
    assert f"{url} is not whole JSON" in str(caught.value)
    assert not (tmp_path / "cache").exists()


def test_a_corrupted_manifest_is_told_before_anything_is_replaced(
    hub: LocalHub, fetch_from: Fetch, cache: Path
) -> None:
    """Else the new rows would stand beside what was recorded of the old."""
    (cache / MANIFEST).write_text("{")
    _publish(hub, OTHER)
    before = _files(cache)
    with pytest.raises(DataError, match=r"The manifest .* can't be read"):
        fetch_from(replace(SMALL, sha256=""), cache)
    assert _files(cache) == before


def test_a_kill_in_the_middle_of_a_download_leaves_the_cache_as_it_was(cache: Path, hub: LocalHub) -> None:
    """The hub has sent half of the file when the process is killed."""
    before = _files(cache)
    with LocalHub(hub.folder, half_way=True) as slow, _process(slow) as pool:
        pid = pool.submit(os.getpid).result()
        fetching = pool.submit(fetch, SMALL, cache)
        assert slow.half_sent.wait(60)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            fetching.result()
    assert _files(cache) == before
