"""From a store and the name of a run to the files of its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness_base.files import disk_errors, write_whole
from reports.data.contents import read_contents
from reports.data.known import NOTHING_KNOWN, Known
from reports.data.reading import opened
from reports.data.redaction import redacted
from reports.data.report import Report
from reports.gallery import draw
from reports.page import render_html, render_markdown
from reports.statements import headline_of

_CANT_WRITE: Final = "Can't write the report to {path} ({reason}); free some space or choose another folder."


@dataclass(frozen=True)
class ReportFiles:
    """Where the report lies: the page, which needs no other file, the Markdown, and the figures that it shows."""

    html: Path
    markdown: Path
    figures: tuple[Path, ...]


def write_report(
    store_path: Path, run_name: str, out_dir: Path, known: Known = NOTHING_KNOWN, *, redact: bool = False
) -> ReportFiles:
    """Write the report of the run of that name ("latest" for the last one started) into `out_dir`.

    `known` is what the store's views don't hold. With `redact` the answers to harmful requests are left out. The store
    is only read. Files of an earlier report are replaced, each as a whole; others in the folder are left alone. Raises
    StoreError when there is no such store or run, DiskError when `out_dir` can't be written.
    """
    with opened(store_path, run_name) as views:
        read = read_contents(views, known)
    contents = redacted(read) if redact else read
    with disk_errors(out_dir / "figures", _CANT_WRITE):  # before the figures are drawn, which takes seconds
        (out_dir / "figures").mkdir(parents=True, exist_ok=True)
    report = Report(contents, headline_of(contents), store_path.name, redacted=redact)
    gallery = draw(report)
    html, markdown = render_html(report, gallery), render_markdown(report, gallery)
    figures = tuple(_write(out_dir / "figures" / name, content) for name, content in sorted(gallery.files.items()))
    return ReportFiles(
        html=_write(out_dir / "index.html", html),
        markdown=_write(out_dir / "report.md", markdown),
        figures=figures,
    )


def _write(path: Path, content: str | bytes) -> Path:
    write_whole(path, content, failure=_CANT_WRITE)
    return path
