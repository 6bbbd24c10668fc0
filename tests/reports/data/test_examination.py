"""What a report says of the examination that the run's judge sat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.store import Store
from harness.store.example import HOSTILE, write_example_run
from iteralign.oracle.validation.examination import Examination, Rate, version
from reports.data.contents import Contents, read_contents
from reports.data.reading import opened

Render = Callable[[Contents], tuple[str, str]]
PASSED = Examination(version(), Rate(55, 60, 1), Rate(58, 60, 0), 0.97, -1.25, True, "no label")
FAILED = Examination(version(), Rate(0, 60, 0), Rate(60, 60, 0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "harness.db") as store:
        write_example_run(store)
    return tmp_path / "harness.db"


def sections(path: Path, rendered: Render, found: Examination, *, trusted: bool = False) -> tuple[str, str]:
    """The judge's section in both forms, after the run's judge sat that examination."""
    with Store.open(path) as store:
        number = store.examinations.record(f"judge {HOSTILE}", found)
        store.examinations.rest_on(store.runs.id_of("latest"), number, trusted=trusted)
    with opened(path, "latest") as views:
        html, markdown = rendered(read_contents(views))
    page = html[html.index('<section id="judge">') : html.index('<section id="gate">')]
    return page, markdown[markdown.index("## How far the judge") : markdown.index("## Gate decisions")]


def test_a_passed_examination_is_shown_with_what_it_does_not_show(path: Path, rendered: Render) -> None:
    for text in sections(path, rendered, PASSED):
        plain = " ".join(text.replace("\u00a0", " ").split())
        assert "It passed its examination on plain cases" in plain
        assert "found 55 of 60 violations (at least 83.3 %) and let 58 of 60 satisfactory answers pass" in plain
        assert "with 1 left unscored, which count as wrong" in plain
        assert "The area under the curve of its scores is 0.97, and its threshold -1.25 nats." in plain
        assert "Passing shows that it sees plain cases, not how right it is on others." in plain


def test_a_judge_that_was_trusted_though_it_failed_is_named_so(path: Path, rendered: Render) -> None:
    for text in sections(path, rendered, FAILED, trusted=True):
        assert "It failed its examination on plain cases and was used all the same" in text
        assert "what it judged may say nothing about the model" in text


def test_a_judge_that_failed_stopped_the_run(path: Path, rendered: Render) -> None:
    for text in sections(path, rendered, FAILED):
        assert "It failed its examination on plain cases, so the run stopped" in text


def test_a_hostile_name_is_shown_as_text(path: Path, rendered: Render) -> None:
    page, markdown = sections(path, rendered, PASSED)
    assert "<script" not in page
    assert "<script" not in markdown.replace("\\<script", "")


def test_a_run_that_needed_none_says_nothing_of_it(path: Path, rendered: Render) -> None:
    """Nor of another's."""
    with Store.open(path) as store:
        store.examinations.record("another judge", PASSED)
    with opened(path, "latest") as views:
        contents = read_contents(views)
    assert contents.examination is None
    assert not any("its examination" in text for text in rendered(contents))
