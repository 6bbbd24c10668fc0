"""A comparison of models as Markdown and as one HTML page. Nothing is read here: `harness` hands it over as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from types import SimpleNamespace

from harness_base.display import order
from harness_base.stopping import asked_of
from harness_base.text import json_for_page
from reports.data.comparison import ComparedModels, Difference
from reports.figures.forest import draw_forest, drawable
from reports.figures.style import DARK, LIGHT
from reports.gallery import Figure, encoded
from reports.templating import environment_for, style

_ALT = "The change of each metric with its interval; the table below has the same numbers."


def comparison_html(compared: ComparedModels, flips: int) -> str:
    """The page, with everything that it shows inside it; at most `flips` items a metric."""
    page = environment_for("html").get_template("comparison.html")
    return page.render(style=style(), **_context(compared, flips, with_figures=True))


def comparison_markdown(compared: ComparedModels, flips: int) -> str:
    """The same as Markdown, in which nothing of a model's text is markup."""
    return environment_for("markdown").get_template("comparison.md").render(**_context(compared, flips))


def _context(compared: ComparedModels, flips: int, *, with_figures: bool = False) -> dict[str, object]:
    return {
        "first": json_for_page(compared.names[0]),
        "notes": json_for_page(list(compared.notes)),
        "pairs": [_pair(compared, name, with_figure=with_figures) for name in compared.settings],
        "confidence": compared.confidence,
        "flips": flips,
    }


def _pair(compared: ComparedModels, name: str, *, with_figure: bool) -> dict[str, object]:
    """One model against the first: its rows by split, what it differs in, and the figure of its changes."""
    differences = sorted(
        (difference for difference in compared.differences if difference.name == name),
        key=lambda difference: (difference.split, *order(*difference.metric.rpartition("/")[::2])),
    )
    splits: dict[str, list[SimpleNamespace]] = {}
    for difference in differences:
        splits.setdefault(difference.split, []).append(_row(difference))
    return {
        "name": json_for_page(name),
        "splits": splits,
        "settings": json_for_page(list(compared.settings[name])),
        "figure": _figure(differences) if with_figure else None,
    }


def _row(difference: Difference) -> SimpleNamespace:
    """A difference for the templates, its texts cleaned: a model wrote some of them."""
    asked = asked_of(difference.items, difference.task_items or 0)
    flips = [asdict(flip) for flip in difference.flips]
    fields = json_for_page({**asdict(difference), "flips": flips, "asked": asked})
    return SimpleNamespace(**fields)  # and no dict, whose own `items` a template would find first


def _figure(differences: Sequence[Difference]) -> Figure | None:
    rows = drawable(differences)
    if not rows:
        return None
    return Figure(encoded(draw_forest(rows, LIGHT)), encoded(draw_forest(rows, DARK)), alt=_ALT)
