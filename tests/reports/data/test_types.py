"""Over-refusal by type, as pages and `harness show` have it."""

from __future__ import annotations

from typing import Any

from reports.data.types import Refused, TypeRate, rate_text, type_rates


def row(subject: str, kind: str, value: float | None, base: float | None = None, **others: Any) -> dict[str, Any]:
    """A row of `scores_by_type`, of a set of 25 items of each type; the base's own row has its values twice."""
    number = int(subject[1]) if subject.startswith("r") and subject[1].isdigit() else None
    return {
        "split": "gate",
        "subject": subject,
        "state": "accepted" if number else subject,
        "round": number,
        "task": "over_refusal_xstest",
        "metric": "over_refusal",
        "type": kind,
        "items": 25,
        "invalid_items": 0,
        "value": value,
        "base_items": 25,
        "base_invalid_items": others.get("invalid_items", 0),
        "base_value": value if subject == "base" else base,
        "replayed": 4,
        "replayed_typed": 8,
    } | others


def test_base_and_the_last_accepted_model_stand_beside_each_other() -> None:
    rows = [row("base", "homonyms", 0.04), row("r1a1", "homonyms", 0.2), row("r3a1", "homonyms", 0.4, 0.04)]
    rows.append(row("r4a1", "homonyms", 0.9, state="rejected"))
    assert type_rates(rows) == (
        TypeRate("over_refusal_xstest", "homonyms", Refused(1, 25), Refused(10, 25), replayed=4),
    )


def test_a_result_on_final_items_is_shown_in_place_of_the_gates() -> None:
    rows = [row("base", "homonyms", 0.04), row("r1a1", "homonyms", 0.2)]
    rows += [row("base", "homonyms", 0.08, split="final"), row("result", "homonyms", 0.12, 0.08, split="final")]
    (rate,) = type_rates(rows)
    assert (rate.base, rate.result) == (Refused(2, 25), Refused(3, 25))


def test_beside_a_part_of_the_items_stands_the_base_on_the_same_part() -> None:
    part = {"items": 10, "base_items": 10}
    (rate,) = type_rates([row("base", "homonyms", 0.2), row("r1a1", "homonyms", 0.5, 0.1, **part)])
    assert (rate.base, rate.result) == (Refused(1, 10), Refused(5, 10))


def test_types_that_were_not_replayed_come_last_and_are_marked() -> None:
    rows = [row("base", "homonyms", 0.0), row("base", "definitions", 0.0, replayed=0), row("base", "targets", 0.0)]
    assert [(rate.name, rate.unseen) for rate in type_rates(rows)] == [
        ("homonyms", False),
        ("targets", False),
        ("definitions", True),
    ]


def test_where_nobody_knows_what_the_replay_looks_like_nothing_is_marked() -> None:
    (rate,) = type_rates([row("base", "homonyms", 0.0, replayed=0, replayed_typed=0)])
    assert (rate.replayed, rate.unseen, rate.result) == (None, False, None)


def test_the_harmful_contrast_is_no_over_refusal() -> None:
    assert type_rates([row("base", "contrast_homonyms", 1.0, metric="contrast_refusal")]) == ()


def test_answers_that_could_not_be_read_are_told_and_never_counted_as_help() -> None:
    (rate,) = type_rates([row("base", "homonyms", 0.25, invalid_items=5)])
    assert rate_text(rate.base) == "25.0\u00a0% (5 of 20, 5 not read)"
    (empty,) = type_rates([row("base", "homonyms", None, invalid_items=25)])
    assert rate_text(empty.base) == "not measured (0 of 0, 25 not read)"
    assert rate_text(None) == "–"
