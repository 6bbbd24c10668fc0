from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from harness.run.known import known_of
from harness.store import Store
from harness.store.example import Ending, write_example_run
from reports.data.contents import Contents, read_contents
from reports.data.reading import opened
from reports.data.report import Report
from reports.gallery import Gallery
from reports.page import render_html, render_markdown
from reports.statements import headline_of
from reports.write import ReportFiles, write_report


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one example run of every ending, named after it; the complete one is the latest."""
    path = tmp_path_factory.mktemp("store") / "harness.db"
    with Store.open(path) as store:
        for ending in reversed(get_args(Ending)):
            write_example_run(store, name=ending, ending=ending)
    return path


@pytest.fixture(scope="session")
def contents_of(store_path: Path) -> Callable[[str], Contents]:
    """The contents of the report of the run of that name."""

    def read(name: str) -> Contents:
        with Store.open(store_path) as store:
            known = known_of(store, store.runs.id_of(name))
        with opened(store_path, name) as views:
            return read_contents(views, known)

    return read


@pytest.fixture(scope="session")
def complete(contents_of: Callable[[str], Contents]) -> Contents:
    return contents_of("complete")


@pytest.fixture(scope="session")
def report(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    """The whole report of the complete run, with its figures."""
    with Store.open(store_path) as store:
        known = known_of(store, store.runs.id_of("complete"))
    return write_report(store_path, "latest", tmp_path_factory.mktemp("report") / "deep" / "report", known)


@pytest.fixture(scope="session")
def rendered() -> Callable[[Contents], tuple[str, str]]:
    """The page and the Markdown without figures."""

    def render(contents: Contents) -> tuple[str, str]:
        facts = Report(contents, headline_of(contents), "harness.db")
        return render_html(facts, Gallery()), render_markdown(facts, Gallery())

    return render
