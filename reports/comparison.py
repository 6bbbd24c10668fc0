"""A comparison of models as Markdown and as one HTML page, drawn from the plain object that `harness` hands over.

Nothing is read here: the object has `names`, `confidence`, `differences` and `settings`; see
`harness.release.comparison`.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from harness_base.display import order
from harness_base.text import json_for_page
from reports.figures.forest import draw_forest, drawable
from reports.figures.style import DARK, LIGHT
from reports.gallery import Figure
from reports.page import environment_for, style_of


def comparison_html(compared: Any, flips: int) -> str:
    """The page, with everything that it shows inside it; at most `flips` items a metric."""
    environment = environment_for("html")
    page = environment.get_template("comparison.html")
    return page.render(style=style_of(environment), **_context(compared, flips, with_figures=True))


def comparison_markdown(compared: Any, flips: int) -> str:
    """The same as Markdown, in which nothing of a model's text is markup."""
    return environment_for("markdown").get_template("comparison.md").render(**_context(compared, flips))


def _context(compared: Any, flips: int, *, with_figures: bool = False) -> dict[str, Any]:
    pairs = []
    for name, differing in compared.settings.items():
        found = sorted(
            (one for one in compared.differences if one.name == name),
            key=lambda one: (one.split, *order(*one.metric.rpartition("/")[::2])),
        )
        figure = _figure(found) if with_figures else None
        rows = [_row(one) for one in found]
        splits = {split: [one for one in rows if one.split == split] for split in dict.fromkeys(r.split for r in rows)}
        pairs.append(
            {
                "name": json_for_page(name),
                "splits": splits,
                "settings": json_for_page(list(differing)),
                "figure": figure,
            }
        )
    return {
        "first": json_for_page(compared.names[0]),
        "notes": json_for_page(list(compared.notes)),
        "pairs": pairs,
        "confidence": compared.confidence,
        "flips": flips,
    }


def _row(one: Any) -> SimpleNamespace:
    """A difference for the templates, its texts cleaned: a model wrote some of them."""
    fields = json_for_page({**asdict(one), "flips": [asdict(flip) for flip in one.flips]})
    return SimpleNamespace(**fields)  # and no dict, whose own `items` a template would find first


def _figure(found: list[Any]) -> Figure | None:
    rows = drawable(found)
    if not rows:
        return None
    light, dark = (base64.b64encode(draw_forest(rows, theme)).decode() for theme in (LIGHT, DARK))
    return Figure(light, dark)
