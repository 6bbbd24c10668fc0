"""Time by stage."""

from __future__ import annotations

from reports.figures.style import LIGHT
from reports.figures.time import draw_time
from tests.reports.figures.png import size


def test_stages_that_took_no_time_are_drawn() -> None:
    assert min(size(draw_time({"train": 0.0, "gate": 0.0}, LIGHT))) > 50
