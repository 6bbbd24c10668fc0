"""What a figure of a report is: its name, the words around it, and the function that draws it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.data.report import Report
from reports.figures.style import Theme

Draw = Callable[[Report, Theme], bytes | None]
"""A figure as PNG in the colours of a theme; None where the run has no values for it."""


@dataclass(frozen=True)
class FigureKind:
    """A figure that each report shows where its run has values.

    `name` names its file, and the templates show it by it (`figures.NAME`). `title` is what it is called in Markdown,
    `alt` says on the page what it shows to those who can't see it; `{split}` in it becomes the headline's split.
    `draw_narrow` draws it for small screens, where it needs another shape. A figure that is not `on_page` only lies in
    the folder, for the Markdown.
    """

    name: str
    title: str
    alt: str
    draw: Draw
    draw_narrow: Draw | None = None
    on_page: bool = True
