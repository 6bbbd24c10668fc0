"""Filling the templates: one context for the HTML page and the Markdown file, escaped in the way of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from harness_base.display import (
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
from reports.data.configuration import configuration_rows
from reports.data.records import Contents, Cost, Decision, Principle, Trajectory
from reports.gallery import Gallery
from reports.wording import Headline, banner_of, cards_of, elapsed, started, status_of

if TYPE_CHECKING:
    from jinja2 import Environment

_SECTIONS = (
    ("headline", "What changed"),
    ("rounds", "Rounds"),
    ("constitution", "Constitution"),
    ("examples", "Before and after"),
    ("judge", "Judge"),
    ("gate", "Gate"),
    ("time", "Time"),
    ("settings", "Settings"),
)
_TONES = {
    **dict.fromkeys(("accepted", "better", "pass", "done", "GO"), "good"),
    **dict.fromkeys(("rejected", "worse", "still bad", "fail", "failed", "NO-GO"), "bad"),
    **dict.fromkeys(("inconclusive", "INCONCLUSIVE", "invalid", "interrupted", "running"), "odd"),
    **dict.fromkeys(("unfinished", "undecided"), "odd"),
}
_MARKS = {"good": "●", "bad": "✖", "odd": "▲", "": "○"}
_PAST = {"accept": "accepted", "reject": "rejected"}
_MAX_EVIDENCE = 8
_MIN_SCALE, _WIDE_SCALE = 5.0, 20.0


@dataclass(frozen=True)
class Safe:
    """Markdown of our own, which is written as it is."""

    text: str


def stage_seconds(costs: tuple[Cost, ...]) -> dict[str, float]:
    """The seconds of each stage over all rounds, the longest first."""
    seconds: dict[str, float] = {}
    for cost in costs:
        seconds[cost.stage] = seconds.get(cost.stage, 0.0) + cost.seconds
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def render_html(contents: Contents, headline: Headline | None, gallery: Gallery, store_name: str) -> str:
    """The whole page, with everything that it shows inside it."""
    environment = environment_for("html")
    context = _context(contents, headline, store_name)
    return environment.get_template("report.html").render(figures=gallery, style=style_of(environment), **context)


def render_markdown(contents: Contents, headline: Headline | None, gallery: Gallery, store_name: str) -> str:
    """The same as Markdown; whatever a template writes is quoted, unless it is our own `Safe` text."""
    environment = environment_for("markdown")
    context = _context(contents, headline, store_name)
    return environment.get_template("report.md").render(files=sorted(gallery.files), **context)


def environment_for(kind: Literal["html", "markdown"]) -> Environment:
    """Templates in which whatever is shown is escaped, in the way of a page or of Markdown."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=kind == "html",
        finalize=_quoted if kind == "markdown" else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        is_share=is_share,
        split_label=split_label,
        label=label,
        key_label=key_label,
        better_way=better_way,
        counted=counted,
        safe_text=Safe,
    )
    environment.filters.update(
        amount=amount,
        shift=shift,
        bare_shift=bare_shift,
        duration=duration,
        p_value=p_value,
        ends=_ends,
        interval=interval,
        short=shortened,
        without=lambda sentence, subject: sentence.removeprefix(subject).lstrip(),
        tone=lambda word: _TONES.get(word, ""),
        mark=lambda word: _MARKS[_TONES.get(word, "")],
        past=lambda outcome: _PAST.get(outcome, outcome),
        verdict=verdict,
        loss=lambda value: "not a number" if value is None else f"{value:.3f}",
        across=across,
    )
    return environment


def _ends(one: Any) -> str:
    """The interval of a change that is in the metric's unit, as those of comparisons are."""
    low, high = (None if end is None else 100 * end for end in (one.change_low, one.change_high))
    return interval(low, high, one.unit)


def _quoted(value: Any) -> str:
    return value.text if isinstance(value, Safe) else for_markdown(str(value))


def style_of(environment: Environment) -> Any:
    """The style sheet that all pages share, as text of our own."""
    from markupsafe import Markup

    source, _, _ = environment.loader.get_source(environment, "style.css")  # type: ignore[union-attr]  # set above
    return Markup(source)  # our own file


def verdict(gain_points: float) -> str:
    """Whether a gain, as written with one digit, is better, worse or the same."""
    rounded = round(gain_points, 1)
    return "better" if rounded > 0 else "worse" if rounded < 0 else "same"


def across(value: float, scale: float) -> float:
    """Where a number of points stands on a strip from minus to plus `scale`: 0 to 100."""
    return round(min(100.0, max(0.0, 50 + 50 * value / scale)), 2)


def _context(contents: Contents, headline: Headline | None, store_name: str) -> dict[str, Any]:
    seconds = stage_seconds(contents.costs)
    cost_of: dict[tuple[str, int | None], float] = {}
    for cost in contents.costs:
        cost_of[cost.stage, cost.round] = cost_of.get((cost.stage, cost.round), 0.0) + cost.seconds
    return {
        "contents": contents,
        "run": contents.run,
        "banner": banner_of(contents.run),
        "notes": contents.run.notes,
        "status": status_of(contents.run),
        "started": started(contents.run),
        "elapsed": elapsed(contents.run),
        "sections": _SECTIONS,
        "store_name": store_name,
        "headline": headline.changes if headline else (),
        "headline_split": headline.split if headline else "",
        "lead": headline.lead if headline else "",
        "result_name": headline.result_name if headline else "",
        "cards": cards_of(headline.changes) if headline else [],
        "adopted": _adopted(contents.principles),
        "unadopted": [one for one in contents.principles if one.adopted_round is None],
        "most_evidence": _MAX_EVIDENCE,
        "sample_groups": _sample_groups(contents),
        "scale": _scale(contents.decisions),
        "stage_seconds": seconds,
        "total_seconds": sum(seconds.values()),
        "cost_rounds": sorted({cost.round for cost in contents.costs}, key=lambda number: number or 0),
        "cost_of": cost_of,
        "configuration": configuration_rows(contents.run.config),
        "environment": configuration_rows(contents.run.environment),
        "tradeoff_alt": "Attack success against over-refusal for base and every candidate.",
        "value_at": _value_at,
    }


def _adopted(principles: tuple[Principle, ...]) -> list[tuple[int, list[Principle]]]:
    """The principles that joined the constitution, by the round in which they did."""
    joined = sorted(
        (one for one in principles if one.adopted_round is not None), key=lambda one: one.adopted_round or 0
    )
    return [(number or 0, list(group)) for number, group in groupby(joined, key=lambda one: one.adopted_round)]


def _sample_groups(contents: Contents) -> list[tuple[str, str, list[Any]]]:
    groups = groupby(contents.samples, key=lambda example: (example.group, example.kind))
    return [(group, kind, list(examples)) for (group, kind), examples in groups]


def _value_at(trajectory: Trajectory, decision: Decision) -> float | None:
    """What the metric was for the candidate of that decision."""
    where = (decision.round, decision.attempt)
    return next((point.value for point in trajectory.points if (point.round, point.attempt) == where), None)


def _scale(decisions: tuple[Decision, ...]) -> float:
    """The points at the end of every strip: wide enough for three margins, since near those is where it matters."""
    comparisons = [one for decision in decisions for one in decision.comparisons if is_share(one.unit)]
    margins = [one.margin for one in comparisons if one.margin is not None]
    reach = [abs(number) for one in comparisons for number in (one.change, one.low, one.high) if number is not None]
    return max(_MIN_SCALE, min(max(reach, default=0.0), max([_WIDE_SCALE, *(3 * margin for margin in margins)])))
