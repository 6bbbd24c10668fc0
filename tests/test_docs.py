"""Links in the docs lead somewhere, and every page is in the index with a line on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.structure.rooms import ROOMS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "iteralign" / "sandbox" / "model" / "README.md"])


def links(page: Path) -> Iterator[str]:
    """What a page links to, code left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    missing = []
    for link in links(page):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_path_of_the_code_that_a_page_names_exists(page: Path) -> None:
    folders = "benchmarks|docs|harness|harness_base|iteralign|recipes|reports|tasks|tests"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text(encoding="utf-8"))
    assert not [path for path in named if not (ROOT / path).exists()]


def test_each_page_is_in_the_index_with_a_line_on_it() -> None:
    listed = dict(re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \| (.+?) \|$", (DOCS / "index.md").read_text(), re.MULTILINE))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"index.md"}
    decisions = {page for page in pages if page.startswith("decisions/") and page != "decisions/README.md"}
    assert pages - decisions == {link for link in listed if not link.startswith("..")}
    assert all(len(line) > 10 for line in listed.values())


def test_each_decision_is_in_their_list() -> None:
    listed = {link for link in links(DOCS / "decisions" / "README.md") if re.match(r"\d{4}-", link)}
    assert listed == {page.name for page in (DOCS / "decisions").glob("[0-9]*.md")}


def test_the_architecture_says_what_each_room_is() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `([\w/]+)` \| .{10,} \|$", text, re.MULTILINE)
    assert sorted(described) == sorted(room.replace(".", "/") for room in ROOMS)
