"""Base beside result for each metric."""

from __future__ import annotations

from dataclasses import replace

from reports.data.contents import Contents
from reports.figures.headline import draw_headline, drawable
from reports.figures.style import LIGHT
from tests.reports.figures.png import size


def test_the_headline_leaves_out_what_has_no_value(complete: Contents) -> None:
    broken = replace(complete.final[0], result=None)
    no_share = replace(complete.final[1], unit="nats")
    assert drawable([broken, no_share, *complete.final[2:]]) == list(complete.final[2:])


def test_the_compact_headline_is_narrower(complete: Contents) -> None:
    changes = drawable(complete.final)[:2]
    wide, narrow = (draw_headline(changes, LIGHT, compact=compact) for compact in (False, True))
    assert size(narrow)[0] < size(wide)[0]
