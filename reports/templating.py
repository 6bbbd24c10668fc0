"""Templates for pages and for Markdown: whatever they show is escaped, in the way of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness_base.display import (
    NBSP,
    amount,
    bare_shift,
    better_way,
    counted,
    duration,
    interval,
    is_share,
    key_label,
    label,
    p_value,
    shift,
    split_label,
)
from harness_base.text import for_markdown, shortened
from reports.data.comparison import Difference
from reports.data.types import rate_text
from reports.data.worth import is_judged

_TONES: Final = {
    **dict.fromkeys(("accepted", "better", "pass", "done", "GO"), "good"),
    **dict.fromkeys(("rejected", "worse", "still bad", "fail", "failed", "NO-GO"), "bad"),
    **dict.fromkeys(("inconclusive", "INCONCLUSIVE", "invalid", "interrupted", "running"), "odd"),
    **dict.fromkeys(("unfinished", "undecided"), "odd"),
}
_MARKS: Final = {"good": "●", "bad": "✖", "odd": "▲", "": "○"}


@dataclass(frozen=True)
class Safe:
    """Markdown of our own, which is written as it is."""

    text: str


def environment_for(kind: Literal["html", "markdown"]) -> Environment:
    """Templates in which whatever is shown is escaped, in the way of a page or of Markdown."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=kind == "html",
        finalize=_quoted if kind == "markdown" else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(_FUNCTIONS)
    environment.filters.update(_FILTERS)
    return environment


def style() -> Markup:
    """The style sheet that all pages share, as text of our own."""
    return Markup((Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8"))


def verdict(gain_points: float) -> str:
    """Whether a gain, as written with one digit, is better, worse or the same."""
    rounded = round(gain_points, 1)
    return "better" if rounded > 0 else "worse" if rounded < 0 else "same"


def across(value: float, scale: float) -> float:
    """Where a number of points stands on a strip from minus to plus `scale`: 0 to 100."""
    return round(min(100.0, max(0.0, 50 + 50 * value / scale)), 2)


def _quoted(value: object) -> str:
    return value.text if isinstance(value, Safe) else for_markdown(str(value))


def _ends(difference: Difference) -> str:
    """The interval of a change that is in the metric's unit, as those of comparisons are."""
    low, high = (None if end is None else 100 * end for end in (difference.change_low, difference.change_high))
    return interval(low, high, difference.unit)


def _percent(confidence: float) -> str:
    """A confidence, which has as many digits as whoever set it gave it."""
    return f"{100 * confidence:g}{NBSP}%"


def _loss(value: float | None) -> str:
    return "not a number" if value is None else f"{value:.3f}"


_FUNCTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "is_share": is_share,
    "split_label": split_label,
    "label": label,
    "key_label": key_label,
    "better_way": better_way,
    "is_judged": is_judged,
    "percent": _percent,
    "counted": counted,
    "safe_text": Safe,
}
_FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "amount": amount,
    "shift": shift,
    "bare_shift": bare_shift,
    "duration": duration,
    "p_value": p_value,
    "ends": _ends,
    "interval": interval,
    "short": shortened,
    "without": lambda sentence, subject: sentence.removeprefix(subject).lstrip(),
    "tone": lambda word: _TONES.get(word, ""),
    "mark": lambda word: _MARKS[_TONES.get(word, "")],
    "verdict": verdict,
    "loss": _loss,
    "refused": rate_text,
    "across": across,
}
