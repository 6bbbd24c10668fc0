"""`write_report`: files that are whole, beside a package that stays in its place."""

from __future__ import annotations

import ast
import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import reports
from harness_base.errors import DiskError, StoreError
from reports.write import ReportFiles, write_report

ROOT = Path(reports.__file__).parent


def test_the_report_is_a_page_markdown_and_figures(report: ReportFiles) -> None:
    assert report.html.name == "index.html"
    assert report.markdown.name == "report.md"
    assert [figure.name for figure in report.figures] == [
        "frontier.png",
        "headline.png",
        "time.png",
        "trajectories.png",
    ]
    assert all(figure.read_bytes().startswith(b"\x89PNG") for figure in report.figures)


def test_nothing_else_is_left_in_the_folder(report: ReportFiles) -> None:
    folder = report.html.parent
    written = {path for path in folder.rglob("*") if path.is_file()}
    assert written == {report.html, report.markdown, *report.figures}


def test_the_page_holds_its_figures_in_both_themes(report: ReportFiles) -> None:
    source = report.html.read_text(encoding="utf-8")
    images = re.findall(r'<img class="(light|dark)" src="data:image/png;base64,([^"]+)" alt="([^"]+)">', source)
    assert len(images) == source.count("<img") == 2 * (10 + 2 + 2 + 1)
    assert all(base64.b64decode(image, validate=True).startswith(b"\x89PNG") for _, image, _ in images)
    assert [theme for theme, _, _ in images].count("dark") == len(images) / 2


def test_the_frontier_is_the_first_figure_of_the_page(report: ReportFiles) -> None:
    source = report.html.read_text(encoding="utf-8")
    first, later = source.index("<img"), source.index("<img", source.index("</figure>"))
    assert "Attacks against over-refusal" in source[first : source.index(">", first)]
    assert "Base and result for each metric" in source[later : source.index(">", later)]


def test_the_markdown_shows_figures_that_are_there(report: ReportFiles) -> None:
    linked = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", report.markdown.read_text(encoding="utf-8"))
    assert linked[0] == "figures/frontier.png"
    assert sorted(linked) == ["figures/frontier.png", "figures/headline.png", "figures/trajectories.png"]
    assert all((report.markdown.parent / link).is_file() for link in linked)


@pytest.mark.slow
def test_a_report_replaces_an_earlier_one_and_leaves_other_files(store_path: Path, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "mine.txt").write_text("keep")
    write_report(store_path, "nothing_accepted", tmp_path)
    assert "<h1>nothing_accepted</h1>" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_an_unknown_run_writes_nothing(store_path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nobody"):
        write_report(store_path, "nobody", tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_disk_error(store_path: Path, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file, not a folder")
    with pytest.raises(DiskError, match="Can't write the report"):
        write_report(store_path, "nothing_accepted", tmp_path / "report")


def test_importing_reports_loads_nothing_heavy() -> None:
    heavy = (
        "matplotlib",
        "numpy",
        "jinja2",
        "torch",
        "transformers",
        "lm_eval",
        "sqlite_utils",
        "harness",
        "iteralign",
    )
    script = f"import sys, reports; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT.parent), *sys.path])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_reports_import_only_what_they_may() -> None:
    """Of the project, only themselves and the errors; of the outside, what draws and fills templates."""
    allowed = {"reports", "harness_base", "jinja2", "markupsafe", "matplotlib", *sys.stdlib_module_names}
    found = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    assert found <= allowed
