"""A comparison of models as a page and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reports.comparison import comparison_html, comparison_markdown

HOSTILE = "<script>alert(1)</script> | `x`\x1b[2J"


@dataclass(frozen=True)
class Flip:
    item: str = "item 1"
    better: bool = False
    prompt: str = HOSTILE
    before: str = "fine"
    after: str = HOSTILE


@dataclass(frozen=True)
class Row:
    """One difference, as `harness.release.comparison` makes them."""

    metric: str
    unit: str = "share"
    name: str = "b"
    before: float | None = 0.5
    after: float | None = 0.4
    problem: str = ""
    split: str = "gate"
    higher_is_better: bool = True
    change: float | None = -0.1
    change_low: float | None = -0.15
    change_high: float | None = -0.05
    direction: str = "worse"
    p: float | None = 0.0001
    items: int = 200
    clusters: int = 90
    better: int = 0
    worse: int = 20
    flips: tuple[Flip, ...] = (Flip(),)
    task_items: int | None = None


@dataclass(frozen=True)
class Compared:
    names: tuple[str, ...] = ("a", "b")
    confidence: float = 0.95
    differences: tuple[Any, ...] = ()
    settings: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"b": (f"the model is {HOSTILE}",)})
    notes: tuple[str, ...] = (f"a note on {HOSTILE}",)


LACKING = Row(
    "honest/acc", change=None, change_low=None, change_high=None, p=None, after=None, problem="missing", flips=()
)
COMPARED = Compared(differences=(Row("hhh_helpful/acc"), LACKING, Row("benign_nll/nll", unit="nats", flips=())))


def test_the_page_needs_nothing_else_and_runs_nothing_that_a_model_wrote() -> None:
    page = comparison_html(COMPARED, 3)
    assert "<script" not in page
    assert "\x1b" not in page
    assert 'src="data:image/png' in page
    assert "default-src 'none'" in page
    assert "200 on 90 queries" in page.replace("of ", "")
    assert "missing" in page


def test_without_a_share_to_draw_there_is_no_figure() -> None:
    assert "<figure" not in comparison_html(Compared(differences=(LACKING,)), 3)


def test_markdown_has_a_row_a_metric_and_no_markup_of_a_models() -> None:
    text = comparison_markdown(COMPARED, 3)
    assert sum(line.startswith("| HHH helpful") for line in text.splitlines()) == 1
    assert "<script>" not in text.replace("\\<script", "")
    assert "<.001" in text.replace("\\", "")


def test_flips_are_shown_as_many_as_asked_for() -> None:
    assert "came out otherwise" not in comparison_html(COMPARED, 0)
