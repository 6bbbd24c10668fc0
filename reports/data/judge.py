"""How far the run's judge can be trusted: its examination on plain cases, and its calibration against people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from harness_base.errors import StoreError
from harness_base.text import json_for_page
from harness_base.types import Fields, Row
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


def read_examinations(views: Views) -> tuple[Examination, ...]:
    """What the run's judge showed on plain cases, the newest last; none where it needed none, or there was none yet."""
    return tuple(map(_examination, views.rows("examination_overview", order="examination_id")))


def _examination(row: Row) -> Examination:
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


def read_calibrations(views: Views, run: Run) -> tuple[Calibration, ...]:
    """The newest one of each oracle that the run asked, the newest last.

    Raises StoreError where one is not as it was written.
    """
    oracles = _oracles(views, run)
    rows = views.shared_rows("calibration_overview", order="calibration_id")
    newest = {row["oracle"]: row for row in rows if row["oracle"] in oracles}
    return tuple(map(_checked, sorted(newest.values(), key=itemgetter("calibration_id"))))


def _checked(row: Row) -> Calibration:
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
    """The names of whom the run asked, under which calibrations are kept: as its calls and measurings have them."""
    return _called(views) | _judges(views) or {run.oracle}


def names_of_judges(views: Views, run: Run) -> tuple[str, ...]:
    """The names of who gave its verdicts; whoever it asked at all where its measurings name nobody."""
    return tuple(sorted(_judges(views) or _called(views) or {run.oracle}))


def _judges(views: Views) -> set[str]:
    """The names of who judged in its measurings."""
    return {name for row in views.rows("evaluation_overview") for name in judges_in(row).values()}


def _called(views: Views) -> set[str]:
    return {row["oracle"] for row in views.rows("oracle_use")}


def judges_in(row: Row) -> dict[str, str]:
    """Who judged each task, as the fingerprint of a measuring has it."""
    fingerprint = json_for_page(json.loads(row["fingerprint"]))
    return {key.removeprefix("judge:"): name for key, name in fingerprint.items() if key.startswith("judge:")}
