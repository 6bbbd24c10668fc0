"""Filling the templates of a run's report: one context for the HTML page and the Markdown file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from harness_base.display import is_share
from reports.data.changes import Trajectory
from reports.data.configuration import configuration_rows
from reports.data.contents import Contents
from reports.data.decisions import Decision
from reports.data.examples import Example
from reports.data.principles import Principle
from reports.data.report import Report
from reports.figures import FIGURES
from reports.gallery import Gallery
from reports.statements import banner_of, cards_of, elapsed, frontier_note, started, status_of
from reports.templating import environment_for, style

Context = dict[str, object]
"""What a template shows, by the names that it uses."""

_SECTIONS: Final = (
    ("headline", "What changed"),
    ("rounds", "Rounds"),
    ("constitution", "Constitution"),
    ("examples", "Before and after"),
    ("judge", "Judge"),
    ("gate", "Gate"),
    ("time", "Time"),
    ("settings", "Settings"),
)
_MAX_EVIDENCE = 8
_MIN_SCALE, _WIDE_SCALE = 5.0, 20.0


def render_html(report: Report, gallery: Gallery) -> str:
    """The whole page, with everything that it shows inside it."""
    page = environment_for("html").get_template("report.html")
    return page.render(style=style(), figures=gallery.figures, panels=gallery.panels, **_context(report))


def render_markdown(report: Report, gallery: Gallery) -> str:
    """The same as Markdown; whatever a template writes is quoted, unless it is our own `Safe` text."""
    page = environment_for("markdown").get_template("report.md")
    drawn = {kind.name: kind.title for kind in FIGURES if f"{kind.name}.png" in gallery.files}
    return page.render(figures=drawn, **_context(report))


def _context(report: Report) -> Context:
    contents = report.contents
    return {
        "contents": contents,
        "run": contents.run,
        "banner": banner_of(contents.run),
        "notes": contents.run.notes,
        "status": status_of(contents.run),
        "started": started(contents.run),
        "elapsed": elapsed(contents.run),
        "sections": _SECTIONS,
        "store_name": report.store_name,
        "redacted": report.redacted,
        "sample_groups": _sample_groups(contents.samples),
        "scale": _scale(contents.decisions),
        "configuration": configuration_rows(contents.run.config),
        "environment": configuration_rows(contents.run.environment),
        "value_at": _value_at,
        "replay_known": any(rate.replayed is not None for rate in contents.types),
        **_headline(report),
        **_constitution(contents),
        **_time(contents),
    }


def _headline(report: Report) -> Context:
    headline = report.headline
    return {
        "headline": headline.changes if headline else (),
        "headline_split": headline.split if headline else "",
        "lead": headline.lead if headline else "",
        "result_name": headline.result_name if headline else "",
        "cards": cards_of(headline.changes) if headline else [],
        "frontier_note": frontier_note(report.contents),
    }


def _constitution(contents: Contents) -> Context:
    return {
        "adopted": _adopted(contents.principles),
        "unadopted": [principle for principle in contents.principles if principle.adopted_round is None],
        "max_evidence": _MAX_EVIDENCE,
    }


def _time(contents: Contents) -> Context:
    cost_of: dict[tuple[str, int | None], float] = {}
    for cost in contents.costs:
        cost_of[cost.stage, cost.round] = cost_of.get((cost.stage, cost.round), 0.0) + cost.seconds
    return {
        "stage_seconds": contents.stage_seconds,
        "total_seconds": sum(contents.stage_seconds.values()),
        "cost_rounds": sorted({cost.round for cost in contents.costs}, key=lambda number: number or 0),
        "cost_of": cost_of,
    }


def _adopted(principles: Sequence[Principle]) -> list[tuple[int, list[Principle]]]:
    """The principles that joined the constitution, by the round in which they did."""
    rounds: dict[int, list[Principle]] = {}
    for principle in principles:
        if principle.adopted_round is not None:
            rounds.setdefault(principle.adopted_round, []).append(principle)
    return sorted(rounds.items())


def _sample_groups(samples: Sequence[Example]) -> list[tuple[str, str, list[Example]]]:
    groups = groupby(samples, key=lambda example: (example.group, example.kind))
    return [(group, kind, list(examples)) for (group, kind), examples in groups]


def _value_at(trajectory: Trajectory, decision: Decision) -> float | None:
    """What the metric was for the candidate of that decision."""
    where = (decision.round, decision.attempt)
    return next((point.value for point in trajectory.points if (point.round, point.attempt) == where), None)


def _scale(decisions: Sequence[Decision]) -> float:
    """The points at the end of every strip: wide enough for three margins, since near those is where it matters."""
    comparisons = [line for decision in decisions for line in decision.comparisons if is_share(line.unit)]
    margins = [line.margin for line in comparisons if line.margin is not None]
    numbers = (number for line in comparisons for number in (line.change, line.low, line.high))
    reach = max((abs(number) for number in numbers if number is not None), default=0.0)
    return max(_MIN_SCALE, min(reach, max([_WIDE_SCALE, *(3 * margin for margin in margins)])))
