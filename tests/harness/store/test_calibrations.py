"""Calibrations in a real store: the newest of an oracle counts, and the view shows them."""

from __future__ import annotations

import json
import sqlite3

import pytest

from harness.store import Store
from harness_base.errors import StoreError
from iteralign.core.records import Verdict
from iteralign.oracle.validation.calibration import CalibrationResult, Labelled, calibrate

LABELLED = [
    Labelled(f"prompt {n}", "answer", "violation" if n % 2 else "satisfactory", "theft", "tuned \ud800 model")
    for n in range(40)
]


def calibrated(found: int) -> CalibrationResult:
    """A judge that finds so many of 20 violations and clears everything else."""
    hits = [one.prompt for one in LABELLED if one.label == "violation"][:found]
    return calibrate(
        LABELLED, lambda items, *_: [Verdict("violation" if one in hits else "satisfactory") for one, _ in items]
    )


def test_the_newest_calibration_of_an_oracle_counts(store: Store) -> None:
    for found, oracle in ((5, "judge at http://a/v1"), (18, "judge at http://a/v1"), (9, "embedded")):
        store.calibrations.record(oracle, "labels.csv", calibrated(found))
    newest = store.calibrations.newest("judge at http://a/v1")
    assert newest is not None
    assert (newest.found, newest.violations, newest.sensitivity.value) == (18, 20, 0.9)
    assert store.calibrations.newest("judge") is None


def test_a_calibration_comes_back_as_it_was(store: Store) -> None:
    result = calibrate([one for one in LABELLED if one.category], lambda items, *_: [Verdict("violation")] * len(items))
    store.calibrations.record("judge", "labels.csv", result)
    stored = store.calibrations.newest("judge")
    assert stored is not None
    assert (stored.sensitivity, stored.kappa, stored.worst_case) == (
        result.sensitivity,
        result.kappa,
        result.worst_case,
    )
    assert list(stored.by_model) == ["tuned \ufffd model"], "half a character can't be stored"


def test_the_view_shows_its_shares(store: Store) -> None:
    number = store.calibrations.record("judge", "a.csv, b.csv", calibrated(15))
    (row,) = store.views.rows("calibration_overview")
    assert (row["calibration_id"], row["oracle"], row["labels"]) == (number, "judge", "a.csv, b.csv")
    assert (row["answers"], row["unscored"], row["sensitivity"], row["specificity"]) == (40, 0, 0.75, 1.0)
    assert row["kappa"] == pytest.approx(0.75)
    assert row["run_id"] is None


def test_shares_that_were_not_measured_are_empty_in_the_view(store: Store) -> None:
    result = calibrate(LABELLED, lambda items, *_: [Verdict("unscored", reason="no")] * len(items))
    store.calibrations.record("judge", "a.csv", result)
    (row,) = store.views.rows("calibration_overview")
    assert (row["unscored"], row["sensitivity"], row["kappa"]) == (40, None, None)


@pytest.mark.parametrize("change", ["{}", '{"answers": 3}', "[]", "1"])
def test_a_calibration_that_was_changed_is_refused(store: Store, read: sqlite3.Connection, change: str) -> None:
    store.calibrations.record("judge", "a.csv", calibrated(15))
    read.execute("UPDATE calibrations SET result = ?", [change])
    read.commit()
    with pytest.raises(StoreError, match=r"Calibration 1 of the oracle judge was changed .* calibrate it again"):
        store.calibrations.newest("judge")


def test_the_whole_result_is_kept(store: Store, read: sqlite3.Connection) -> None:
    store.calibrations.record("judge", "a.csv", calibrated(15))
    (text,) = read.execute("SELECT result FROM calibrations").fetchone()
    assert json.loads(text)["by_category"]["theft"]["found"] == 15
