"""A verdict in Markdown: a job's summary with its table, and a few lines for a pull request.

Names of models and reasons are text from elsewhere, so whatever Markdown or HTML would act on is escaped.
"""

from __future__ import annotations

from harness.release.evidence import Evidence
from harness.release.wording import Row, amount, change, passes
from harness_base.text import for_markdown

_SIGNS = {"GO": "✅", "NO-GO": "❌", "INCONCLUSIVE": "❔"}


def escaped(text: str) -> str:
    """One line in which Markdown finds nothing to act on, and by which GitHub tells nobody."""
    return for_markdown(text).replace("@", "@\u200b")


def summary(found: Evidence) -> str:
    """The verdict with its reasons and a table of every metric, for a job's summary page."""
    lines = [f"## {_headline(found)}", "", *_notes(found), *_reasons(found), "", *_table(found["comparisons"]), ""]
    if notes := sorted({f"{row['metric']}: {row['note']}" for row in found["comparisons"] if row["note"]}):
        lines += [*(f"- {escaped(note)}" for note in notes), ""]
    lines.append(
        "A change is the candidate's figure less the baseline's, in points where the figures are percent, with its "
        f"interval at {100 * _confidence(found):.1f} %, two-sided. “Could show” is the smallest true change that these "
        "items would have shown four times out of five."
    )
    return "\n".join(lines) + "\n"


def comment(found: Evidence) -> str:
    """The same in a few lines: what a reviewer must know."""
    failing = [row for row in found["comparisons"] if row["role"] != "show" and not passes(row, found["outcome"])]
    lines = [f"**{_headline(found)}**", "", *_notes(found), *_reasons(found)]
    if failing:
        lines += ["", *(_table(failing))]
    return "\n".join(lines) + "\n"


def _headline(found: Evidence) -> str:
    names = (escaped(found[side]["name"]) for side in ("baseline", "candidate"))  # in the order of the table's columns
    return f"{_SIGNS[found['verdict']]} {found['verdict']}: {' → '.join(names)}"


def _notes(found: Evidence) -> list[str]:
    """What must be known before the figures are believed, each note a quoted line, and an empty line after them."""
    lines = [line for note in found["notes"] for line in (f"> {escaped(note)}", ">")]
    return [*lines[:-1], ""] if lines else []


def _reasons(found: Evidence) -> list[str]:
    return [f"- {escaped(reason)}" for reason in found["reasons"]]


def _table(rows: list[Row]) -> list[str]:
    head = [
        "| metric | baseline | candidate | change | may worsen by | could show | result |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    return head + [_line(row) for row in rows]


def _line(row: Row) -> str:
    unit = row["unit"]
    cells = (
        escaped(row["metric"]),
        amount(row["reference_value"], unit),
        amount(row["candidate_value"], unit),
        change(row) or "–",
        "–" if row["margin"] is None else amount(row["margin"], unit),
        "–" if row["detectable"] is None else amount(row["detectable"], unit),
        row["result"],
    )
    return f"| {' | '.join(cells)} |"


def _confidence(found: Evidence) -> float:
    return next((row["confidence"] for row in found["comparisons"] if row["confidence"]), 0.95)
