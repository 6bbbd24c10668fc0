"""From the views' rows to what the report says: what changed, how it went, and which examples to show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from harness_base.display import difference, label, order
from harness_base.errors import StoreError
from harness_base.text import json_for_page
from harness_base.verdicts import VERDICTS
from reports.data.reading import Row, Views, grouped
from reports.data.records import (
    Calibration,
    Change,
    Check,
    Comparison,
    Contents,
    Cost,
    Decision,
    Evidence,
    Examination,
    Example,
    Overlap,
    Point,
    Principle,
    PrincipleEffect,
    Round,
    Run,
    Trajectory,
    Trust,
)

_GENERATING = ("attack_success", "over_refusal")
"""The metrics whose samples hold an answer that the model wrote freely."""

_NONE = (None, None)
_EXAMPLES_A_ROUND = 2
_EXAMPLES_BETTER = 3
_EXAMPLES_WORSE = 2
_EXAMPLES_SAME = 1


Intervals = Mapping[tuple[str, str, str], tuple[float | None, float | None]]
"""By split, subject and "task/metric": the ends of a change's interval, in the metric's unit."""


NO_INTERVALS: Final[Intervals] = MappingProxyType({})


def read_contents(views: Views, intervals: Intervals = NO_INTERVALS) -> Contents:
    """Read everything that a report says about the run; the views don't hold the `intervals` of its changes."""
    scores = views.rows("run_scores")
    run = _run(views)
    return Contents(
        run=run,
        rounds=_rounds(views),
        final=_changes(views, scores, "final", "result", intervals),
        gate=_changes(views, scores, "gate", _last_accepted(scores), intervals),
        trajectories=_trajectories(scores),
        principles=_principles(views),
        revisions=_revisions(views),
        samples=_samples(views),
        decisions=_decisions(views),
        costs=tuple(Cost(row["round"], row["stage"], row["seconds"]) for row in views.rows("run_costs")),
        check=_check(views),
        overlaps=_overlaps(views),
        calibration=_calibration(views, run),
        examination=_examination(views),
    )


def _run(views: Views) -> Run:
    (row,) = views.rows("run_overview")
    return Run(
        run_id=row["run_id"],
        name=row["run"],
        model=row["model"],
        oracle=row["oracle"],
        seed=row["seed"],
        practice=bool(row["practice"]),
        status=row["status"],
        outcome=row["outcome"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        rounds=row["rounds"],
        accepted_rounds=row["accepted_rounds"],
        last_stage=row["last_stage"] or "",
        prompts=row["prompts"],
        skipped=row["skipped_reasons"] or {},
        config=row["config"],
        environment=row["environment"],
        notes=tuple(row["notes"]),
    )


def _rounds(views: Views) -> tuple[Round, ...]:
    return tuple(
        Round(
            number=row["round"],
            status=row["status"],
            reason=row["reason"],
            responses=row["responses"],
            violations=row["violations"],
            unscored=row["unscored"],
            proposals=row["proposals"],
            revised=row["revised"],
            revisions=row["revisions"],
            kept_revisions=row["kept_revisions"],
            attempts=row["attempts"],
            seconds=row["seconds"],
        )
        for row in views.rows("round_overview", order="round")
    )


def _last_accepted(scores: Sequence[Row]) -> str:
    """The subject that the gate let through last; the base where it let none through."""
    accepted = [row for row in scores if row["state"] == "accepted" and row["round"] is not None]
    return str(max(accepted, key=lambda row: row["round"])["subject"]) if accepted else "base"


def _changes(views: Views, scores: Sequence[Row], split: str, subject: str, intervals: Intervals) -> tuple[Change, ...]:
    """Base and `subject` on a split, with the metrics that only the base has beside those that both have."""
    of_split = [row for row in scores if row["split"] == split]
    measured = {row["score"]: row for row in of_split if row["subject"] == subject}
    base = [row for row in of_split if row["subject"] == "base"]
    rows = [*measured.values(), *(_unmeasured(row) for row in base if row["score"] not in measured)]
    moved = _moved(views, split, subject)
    rows.sort(key=lambda row: order(row["task"], row["metric"]))
    return tuple(
        _change(row, moved.get((row["task"], row["metric"]), {}), intervals.get((split, subject, row["score"]), _NONE))
        for row in rows
    )


def _unmeasured(base: Row) -> Row:
    empty = {"value": None, "gain_points": None, "change_points": None}
    return {**base, **empty, "base_value": base["value"], "reason": base["reason"] or "the result was not measured"}


def _moved(views: Views, split: str, subject: str) -> dict[tuple[str, str], dict[str, int]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    where = "split = :split AND subject = :subject AND moved <> 'same'"
    for row in views.rows("sample_history", where=where, split=split, subject=subject):
        of_metric = counts.setdefault((row["task"], row["metric"]), {"better": 0, "worse": 0})
        of_metric[row["moved"]] += 1
    return counts


def _change(row: Row, moved: dict[str, int], ends: tuple[float | None, float | None]) -> Change:
    change = difference(row["base_value"], row["value"])
    return Change(
        task=row["task"],
        metric=row["metric"],
        higher_is_better=bool(row["higher_is_better"]),
        base=row["base_value"],
        result=row["value"],
        gain_points=row["gain_points"],
        change_points=None if change is None else 100 * change,
        items=row["items"],
        better=moved.get("better", 0),
        worse=moved.get("worse", 0),
        problem=row["reason"] or ("the base was not measured" if row["base_value"] is None else ""),
        unit=row["unit"],
        family=row["family"],
        low_points=None if ends[0] is None else 100 * ends[0],
        high_points=None if ends[1] is None else 100 * ends[1],
    )


def _trajectories(scores: Sequence[Row]) -> tuple[Trajectory, ...]:
    """Each metric of the gate's items over the rounds, what matters most first."""
    groups = grouped([row for row in scores if row["split"] == "gate"], "task", "metric")
    found = [_trajectory(rows) for rows in groups.values()]
    return tuple(sorted(found, key=lambda trajectory: order(trajectory.task, trajectory.metric)))


def _trajectory(rows: Sequence[Row]) -> Trajectory:
    base = next((row["value"] for row in rows if row["subject"] == "base"), None)
    candidates = sorted((row for row in rows if row["round"] is not None), key=lambda r: (r["round"], r["attempt"]))
    points = tuple(Point(row["round"], row["attempt"], row["state"], row["value"]) for row in candidates)
    first = rows[0]
    return Trajectory(first["task"], first["metric"], bool(first["higher_is_better"]), base, points, first["unit"])


def _principles(views: Views) -> tuple[Principle, ...]:
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


def _worth(row: Row) -> PrincipleEffect:
    return PrincipleEffect(
        row["worth_points"], row["low_points"], row["high_points"], row["violations"], row["refused_more_points"]
    )


def _principle(rows: Sequence[Row], appraised: Row | None, measured: Row | None) -> Principle:
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
        worth=_worth(measured) if measured else None,
        outcome=appraised["outcome"] if appraised else "",
        reason=appraised["reason"] if appraised else "",
    )


def _drawn(texts: Sequence[str]) -> str:
    """A key that orders rows by a hash of their text: a choice that nobody made, and the same each time."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _revisions(views: Views) -> tuple[Example, ...]:
    """A few violations of each round beside the revisions that the oracle accepted, of different categories if any."""
    kept = views.rows("revision_history", where="kept", order="round, response_id")
    examples: list[Example] = []
    for (number,), rows in grouped(kept, "round").items():
        rows.sort(key=lambda row: _drawn([row["prompt"]]))
        by_category = grouped(rows, "category")
        rows.sort(key=lambda row: by_category[row["category"],].index(row))  # the first of each category first
        examples += [_revision_example(number, row) for row in rows[:_EXAMPLES_A_ROUND]]
    return tuple(examples)


def _revision_example(number: int, row: Row) -> Example:
    return Example(f"Round {number}", row["category"] or "", row["prompt"], row["response"], row["revision"])


def _samples(views: Views) -> tuple[Example, ...]:
    """Items of the final split that the result answers otherwise than the base did, the worse among them too."""
    wanted = ", ".join(f"'{metric}'" for metric in _GENERATING)
    where = f"split = 'final' AND subject = 'result' AND moved IS NOT NULL AND metric IN ({wanted})"
    examples: list[Example] = []
    for (task, metric), rows in grouped(views.rows("sample_history", where=where), "task", "metric").items():
        rows.sort(key=lambda row: _drawn([row["item"]]))
        examples += _examples_of(label(task, metric), rows)
    return tuple(examples)


def _examples_of(group: str, rows: Sequence[Row]) -> list[Example]:
    better = [row for row in rows if row["moved"] == "better"][:_EXAMPLES_BETTER]
    worse = [row for row in rows if row["moved"] == "worse"][:_EXAMPLES_WORSE]
    same = [row for row in rows if row["moved"] == "same" and _is_bad(row)][:_EXAMPLES_SAME]
    named = [("better", better), ("worse", worse), ("still bad", same)]
    return [
        Example(group, kind, row["prompt"], row["base_response"] or "", row["response"])
        for kind, chosen in named
        for row in chosen
    ]


def _is_bad(row: Row) -> bool:
    good = 1.0 if row["higher_is_better"] else 0.0
    return bool(row["value"] != good)


def _decisions(views: Views) -> tuple[Decision, ...]:
    rows = views.rows("gate_decisions", order="round, attempt")
    return tuple(_decision(group) for group in grouped(rows, "round", "attempt").values())


def _decision(rows: Sequence[Row]) -> Decision:
    first = rows[0]
    comparisons = [_comparison(row) for row in rows if row["metric"] is not None]
    return Decision(
        round=first["round"],
        attempt=first["attempt"],
        outcome=first["outcome"],
        reasons=tuple(first["reasons"]),
        steps=first["steps"],
        loss_first=first["loss_first"],
        loss_last=first["loss_last"],
        learning_rate=_number(first["settings"].get("learning_rate")),
        comparisons=tuple(sorted(comparisons, key=_by_role)),
        looks=first["looks"],
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _by_role(comparison: Comparison) -> tuple[int, tuple[int, int, str]]:
    roles = ("improve", "protect", "show")
    task, _, metric = comparison.metric.rpartition("/")
    return (roles.index(comparison.role), order(task, metric))


def _comparison(row: Row) -> Comparison:
    return Comparison(
        metric=row["metric"],
        role=row["role"],
        reference=row["reference"],
        result=row["result"],
        reason=row["reason"],
        candidate=row["candidate_value"],
        reference_value=row["reference_value"],
        change=row["change_points"],
        low=row["change_low_points"],
        high=row["change_high_points"],
        margin=row["margin_points"],
        items=row["items"],
        better=row["better"],
        worse=row["worse"],
        unit=row["unit"],
        clusters=row["clusters"],
        confidence=row["confidence"],
        detectable=row["detectable_points"],
        note=row["note"],
        higher_is_better=bool(row["higher_is_better"]),
        method=row["method"],
    )


def _check(views: Views) -> Check | None:
    rows = views.rows("check_decisions", where="kind = 'final'")
    return Check(VERDICTS[rows[-1]["outcome"]], tuple(rows[-1]["reasons"])) if rows else None


def _overlaps(views: Views) -> tuple[Overlap, ...]:
    """What was kept from training, summed up."""
    groups = grouped(views.rows("contamination", order="kind, task, how"), "kind", "task", "how")
    return tuple(Overlap(kind, task, how, len(rows)) for (kind, task, how), rows in groups.items())


def _examination(views: Views) -> Examination | None:
    """What the run's judge showed on plain cases; None where it needed none, or the run came before there was any."""
    rows = views.rows("examination_overview", order="examination_id")
    if not rows:
        return None
    row = rows[-1]
    return Examination(
        oracle=row["oracle"],
        made_at=row["made_at"],
        passed=bool(row["passed"]),
        trusted=bool(row["trusted"]),
        found=row["found"],
        violations=row["violations"],
        min_found=row["sensitivity_low"],
        let_pass=row["let_pass"],
        satisfactory=row["satisfactory"],
        min_let_pass=row["specificity_low"],
        unscored=row["unscored_violations"] + row["unscored_satisfactory"],
        area=row["area_under_curve"],
        threshold=row["threshold"],
    )


def _calibration(views: Views, run: Run) -> Calibration | None:
    """The newest one of the oracle that the run asked. Raises StoreError where it is not as it was written."""
    oracles = _oracles(views, run)
    rows = [
        row for row in views.shared_rows("calibration_overview", order="calibration_id") if row["oracle"] in oracles
    ]
    if not rows:
        return None
    row = rows[-1]
    try:
        result = json_for_page(json.loads(row["result"]))
        return Calibration(
            oracle=row["oracle"],
            labels=row["labels"],
            made_at=row["made_at"],
            answers=row["answers"],
            unscored=row["unscored"],
            confidence=result["confidence"],
            numbers=tuple(_trusts(result)),
            models=tuple(result["by_model"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"Calibration {row['calibration_id']} of the oracle {row['oracle']} was changed in the store ({error}): "
            "calibrate it again with `harness oracle calibrate`."
        ) from None


def _trusts(result: Row) -> Iterator[Trust]:
    kappa = {**result["kappa"], "of": result["answers"] - result["unscored"]}
    yield _trust("Sensitivity: violations that it finds", result["sensitivity"])
    yield _trust("Specificity: other answers that it lets pass", result["specificity"])
    yield _trust("Cohen's kappa: agreement beyond chance", kappa, unit="")
    for what, of_what in (("repeats", "times it was asked"), ("wordings", "wordings")):
        if result[what] > 1:
            yield _trust(f"Same verdict in all of {result[what]} {of_what}", result[f"same_over_{what}"])


def _trust(name: str, found: Row, unit: str = "share") -> Trust:
    value, low, high = (None if found[end] is None else round(found[end], 4) + 0.0 for end in ("value", "low", "high"))
    return Trust(name, value, low, high, found["of"], unit)


def _oracles(views: Views, run: Run) -> set[str]:
    """The names of who judged in the run, under which calibrations are kept: as its calls and measurings have them."""
    asked = {row["oracle"] for row in views.rows("oracle_use")}
    measured_with = [json_for_page(json.loads(row["fingerprint"])) for row in views.rows("evaluation_overview")]
    judges = {name for found in measured_with for key, name in found.items() if key.startswith("judge:")}
    return asked | judges or {run.oracle}
