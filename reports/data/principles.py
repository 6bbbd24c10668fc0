"""The constitution as a report shows it: each principle, what it rests on and what it was measured to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.types import Fields
from reports.data.reading import Views, grouped


@dataclass(frozen=True)
class PrincipleEffect:
    """What a principle mends of violations that it was not proposed from, beyond what is mended without it, in points.

    `low` and `high` are its interval; `refused_more` the points of harmless prompts refused because of it.
    """

    points: float
    low: float
    high: float
    violations: int
    refused_more: float | None


@dataclass(frozen=True)
class Evidence:
    """A violation that a principle rests on."""

    prompt: str
    response: str
    category: str


@dataclass(frozen=True)
class Principle:
    """One principle: `adopted_round` is None for a proposal that was merged into another or dropped."""

    text: str
    round: int
    adopted_round: int | None
    first_version: int | None
    in_force: bool
    evidence: tuple[Evidence, ...]
    worth: PrincipleEffect | None = None
    outcome: str = ""
    reason: str = ""

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of its evidence, each once."""
        return tuple(dict.fromkeys(violation.category for violation in self.evidence if violation.category))


def read_principles(views: Views) -> tuple[Principle, ...]:
    """In the order of the constitution; proposals that never joined it come last."""
    rows = views.rows("principle_lineage", order="in_force DESC, position, principle_id, evidence_response_id")
    # What it came to last, and what it was measured to be worth, which need not be in the same round.
    appraised = {row["principle_id"]: row for row in views.rows("principle_worth", order="round")}
    measured = {
        row["principle_id"]: row
        for row in views.rows("principle_worth", where="worth_points IS NOT NULL", order="round")
    }
    return tuple(
        _principle(group, appraised.get(number), measured.get(number))
        for (number,), group in grouped(rows, "principle_id").items()
    )


def _effect(row: Fields) -> PrincipleEffect:
    return PrincipleEffect(
        row["worth_points"], row["low_points"], row["high_points"], row["violations"], row["refused_more_points"]
    )


def _principle(rows: Sequence[Fields], appraised: Fields | None, measured: Fields | None) -> Principle:
    first = rows[0]
    return Principle(
        text=first["principle"],
        round=first["round"],
        adopted_round=first["adopted_round"],
        first_version=first["first_version"],
        in_force=bool(first["in_force"]),
        evidence=tuple(
            Evidence(row["evidence_prompt"], row["evidence_response"] or "", row["evidence_category"] or "")
            for row in rows
            if row["evidence_prompt"] is not None
        ),
        worth=_effect(measured) if measured else None,
        outcome=appraised["outcome"] if appraised else "",
        reason=appraised["reason"] if appraised else "",
    )
