"""Over-refusal by the type that a set gives its items, and what the run replayed in the manner of each type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.display import amount
from harness_base.types import Row
from reports.data.changes import last_accepted
from reports.data.reading import Views

METRIC = "over_refusal"


@dataclass(frozen=True)
class Refused:
    """How many of `items` were refused; `unread` more have no value."""

    refused: int
    items: int
    unread: int = 0

    @property
    def share(self) -> float | None:
        """The share that was refused; None where no item has a value."""
        return self.refused / self.items if self.items else None


@dataclass(frozen=True)
class TypeRate:
    """One type of a task's items: what base and result refused of it; None where either was not measured.

    `replayed` counts the harmless prompts in the manner of this type that accepted candidates were trained on; it is
    None where nothing is known of what the replay looks like.
    """

    task: str
    type: str
    base: Refused | None
    result: Refused | None
    replayed: int | None

    @property
    def unseen(self) -> bool:
        """Whether the replay is known to hold nothing of this type: then the figure shows what was learnt beyond it."""
        return self.replayed == 0

    @property
    def name(self) -> str:
        return self.type.replace("_", " ")


def read_type_rates(views: Views) -> tuple[TypeRate, ...]:
    """Of the run's base and of what it ended with; see `type_rates`."""
    return type_rates(views.rows("scores_by_type", where="metric = :metric", metric=METRIC))


def type_rates(rows: Sequence[Row]) -> tuple[TypeRate, ...]:
    """From rows of `scores_by_type`: the types in the order of their names, those that were not replayed last.

    Base and result on the final items where a result was measured on such, else base and last accepted on the gate's.
    """
    of_metric = [row for row in rows if row["metric"] == METRIC]
    final = any(row["subject"] == "result" for row in of_metric)
    subject = "result" if final else last_accepted(of_metric)
    split = [row for row in of_metric if row["split"] == ("final" if final else "gate")]
    chosen = {(row["task"], row["type"]): row for who in ("base", subject) for row in split if row["subject"] == who}
    rates = [_rate(row) for row in chosen.values()]
    return tuple(sorted(rates, key=lambda rate: (rate.task, rate.unseen, rate.type)))


def _rate(row: Row) -> TypeRate:
    """From the result's row, which has the base's values on the same items; from the base's where there is no other."""
    result = None if row["subject"] == "base" else _refused(row, "")
    base = _refused(row, "base_") if row["base_items"] else None
    return TypeRate(row["task"], row["type"], base, result, row["replayed"] if row["replayed_typed"] else None)


def _refused(row: Row, whose: str) -> Refused:
    unread = row[f"{whose}invalid_items"]
    measured = row[f"{whose}items"] - unread
    return Refused(round((row[f"{whose}value"] or 0.0) * measured), measured, unread)


def rate_text(refused: Refused | None) -> str:
    """The share, and the counts behind it."""
    if refused is None:
        return "–"
    unread = f", {refused.unread} not read" if refused.unread else ""
    return f"{amount(refused.share, 'share')} ({refused.refused} of {refused.items}{unread})"
