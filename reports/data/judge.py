"""How far the run's judge can be trusted: its examination on plain cases, and its calibration against people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from harness_base.errors import StoreError
from harness_base.text import json_for_page
from harness_base.types import Fields
from reports.data.reading import Views
from reports.data.run import Run


@dataclass(frozen=True)
class Trust:
    """One number of a judge held against people's labels, with its interval and how many answers it rests on.

    What could not be measured is None, and so are the ends where there was too little for an interval.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    of: int
    unit: str = "share"


@dataclass(frozen=True)
class Calibration:
    """The newest calibration of the run's oracle; `labels` names what it rests on, `models` whose answers those are."""

    oracle: str
    labels: str
    made_at: str
    answers: int
    unscored: int
    confidence: float
    numbers: tuple[Trust, ...]
    models: tuple[str, ...]


@dataclass(frozen=True)
class Examination:
    """How the run's judge did on plain cases before its verdicts counted; the least shares are one-sided, at 95 %.

    `trusted` is whether it failed and was used all the same. `area` is the area under the curve of a judge's scores and
    `threshold` where its line is drawn, both None for one that gives none.
    """

    oracle: str
    made_at: str
    passed: bool
    trusted: bool
    found: int
    violations: int
    min_found: float
    let_pass: int
    satisfactory: int
    min_let_pass: float
    unscored: int
    area: float | None
    threshold: float | None


def read_examination(views: Views) -> Examination | None:
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


def read_calibration(views: Views, run: Run) -> Calibration | None:
    """The newest one of the oracle that the run asked. Raises StoreError where it is not as it was written."""
    oracles = _oracles(views, run)
    rows = views.shared_rows("calibration_overview", order="calibration_id")
    of_run = [row for row in rows if row["oracle"] in oracles]
    if not of_run:
        return None
    row = of_run[-1]
    try:
        return _calibration(row, json_for_page(json.loads(row["result"])))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"Calibration {row['calibration_id']} of the oracle {row['oracle']} was changed in the store ({error}): "
            "calibrate it again with `harness oracle calibrate`."
        ) from None


def _calibration(row: Fields, result: Fields) -> Calibration:
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


def _trusts(result: Fields) -> Iterator[Trust]:
    kappa = {**result["kappa"], "of": result["answers"] - result["unscored"]}
    yield _trust("Sensitivity: violations that it finds", result["sensitivity"])
    yield _trust("Specificity: other answers that it lets pass", result["specificity"])
    yield _trust("Cohen's kappa: agreement beyond chance", kappa, unit="")
    for what, of_what in (("repeats", "times it was asked"), ("wordings", "wordings")):
        if result[what] > 1:
            yield _trust(f"Same verdict in all of {result[what]} {of_what}", result[f"same_over_{what}"])


def _trust(name: str, measured: Fields, unit: str = "share") -> Trust:
    numbers = (measured[end] for end in ("value", "low", "high"))
    value, low, high = (None if number is None else round(number, 4) + 0.0 for number in numbers)
    return Trust(name, value, low, high, measured["of"], unit)


def _oracles(views: Views, run: Run) -> set[str]:
    """The names of who judged in the run, under which calibrations are kept: as its calls and measurings have them."""
    called = {row["oracle"] for row in views.rows("oracle_use")}
    fingerprints = [json_for_page(json.loads(row["fingerprint"])) for row in views.rows("evaluation_overview")]
    judges = {name for fingerprint in fingerprints for key, name in fingerprint.items() if key.startswith("judge:")}
    return called | judges or {run.oracle}
