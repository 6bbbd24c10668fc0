"""The examples of a report, before and after, drawn by a hash of their text so that nobody chose them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from harness_base.display import NOT_REFUSED, label
from harness_base.types import Fields
from reports.data.reading import Views, grouped

_HARMFUL = ("attack_success", NOT_REFUSED)
"""The metrics whose prompts ask for harm."""
_GENERATING = (*_HARMFUL, "over_refusal")
"""The metrics whose samples hold an answer that the model wrote freely."""

_EXAMPLES_A_ROUND = 2
_EXAMPLES_BETTER = 3
_EXAMPLES_WORSE = 2
_EXAMPLES_SAME = 1


@dataclass(frozen=True)
class Example:
    """What was answered to one prompt before and after. `kind` says in a word or two what the pair shows.

    `harmful` says that the prompt asks for harm.
    """

    group: str
    kind: str
    prompt: str
    before: str
    after: str
    harmful: bool


def _drawn(texts: Sequence[str]) -> str:
    """A key that orders rows by a hash of their text: a choice that nobody made, and the same each time."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def read_revisions(views: Views) -> tuple[Example, ...]:
    """A few violations of each round beside the revisions that the oracle accepted, of different categories if any."""
    kept = views.rows("revision_history", where="kept", order="round, response_id")
    examples: list[Example] = []
    for (number,), rows in grouped(kept, "round").items():
        rows.sort(key=lambda row: _drawn([row["prompt"]]))
        by_category = grouped(rows, "category")
        rows.sort(key=lambda row: by_category[row["category"],].index(row))  # the first of each category first
        examples += [_revision_example(number, row) for row in rows[:_EXAMPLES_A_ROUND]]
    return tuple(examples)


def _revision_example(number: int, row: Fields) -> Example:
    return Example(
        f"Round {number}", row["category"] or "", row["prompt"], row["response"], row["revision"], harmful=True
    )


def read_samples(views: Views) -> tuple[Example, ...]:
    """Items of the final split that the result answers otherwise than the base did, the worse among them too."""
    wanted = ", ".join(f"'{metric}'" for metric in _GENERATING)
    where = f"split = 'final' AND subject = 'result' AND moved IS NOT NULL AND metric IN ({wanted})"
    examples: list[Example] = []
    for (task, metric), rows in grouped(views.rows("sample_history", where=where), "task", "metric").items():
        rows.sort(key=lambda row: _drawn([row["item"]]))
        examples += _examples_of(label(task, metric), rows, harmful=metric in _HARMFUL)
    return tuple(examples)


def _examples_of(group: str, rows: Sequence[Fields], *, harmful: bool) -> list[Example]:
    better = [row for row in rows if row["moved"] == "better"][:_EXAMPLES_BETTER]
    worse = [row for row in rows if row["moved"] == "worse"][:_EXAMPLES_WORSE]
    same = [row for row in rows if row["moved"] == "same" and _is_bad(row)][:_EXAMPLES_SAME]
    named = [("better", better), ("worse", worse), ("still bad", same)]
    return [
        Example(group, kind, row["prompt"], row["base_response"] or "", row["response"], harmful)
        for kind, chosen in named
        for row in chosen
    ]


def _is_bad(row: Fields) -> bool:
    good = 1.0 if row["higher_is_better"] else 0.0
    return bool(row["value"] != good)
