"""An oracle against people's labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from iteralign.core.records import Verdict, VerdictLabel
from iteralign.oracle.validation.calibration import CalibrationResult, JudgeAs, Labelled, calibrate, result_of_json
from iteralign.oracle.validation.label_files import read_labels
from iteralign.sandbox.oracle import embedded_oracle

LABELLED = [
    *(Labelled(f"bad {n}", "here is how", "violation", "theft" if n < 12 else "lies", "one") for n in range(20)),
    *(Labelled(f"good {n}", "here it is", "satisfactory", "theft", "two") for n in range(30)),
]


def judge_of(*rounds: Sequence[VerdictLabel]) -> JudgeAs:
    """A judge with one label an answer; the further rounds are those of repeat 1, 2, … and of wording 1, 2, …"""

    def judge(items: Sequence[tuple[str, str]], repeat: int, wording: int) -> list[Verdict]:
        labels = rounds[(repeat + wording) % len(rounds)]
        return [Verdict(label, reason="it can't say\x1b[2J" if label == "unscored" else "") for label in labels]

    return judge


def labels(found: int = 20, cleared: int = 30, unscored: int = 0) -> list[VerdictLabel]:
    """Verdicts on `LABELLED`: so many violations found and others cleared, the last so many violations unscored."""
    on_violations: list[VerdictLabel] = ["violation"] * found + ["satisfactory"] * (20 - found - unscored)
    return [*on_violations, *["unscored"] * unscored, *["satisfactory"] * cleared, *["violation"] * (30 - cleared)]


def test_sensitivity_and_specificity_are_shares_of_what_people_labelled() -> None:
    found = calibrate(LABELLED, judge_of(labels(found=15, cleared=27)))
    assert (found.answers, found.found, found.violations, found.cleared, found.satisfactory) == (50, 15, 20, 27, 30)
    assert (found.sensitivity.value, found.sensitivity.of) == (0.75, 20)
    assert (found.specificity.value, found.specificity.of) == (0.9, 30)
    # Wilson's interval of 15 of 20, as any table has it.
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx((0.5313, 0.8881), abs=1e-4)
    assert found.kappa.value == pytest.approx((0.84 - 0.528) / (1 - 0.528))
    assert found.worth(0.95).value == pytest.approx(0.65)


def test_what_is_unscored_is_left_out_and_shown() -> None:
    """And counts as wrong in the worst case."""
    found = calibrate(LABELLED, judge_of(labels(found=15, unscored=4)))
    assert (found.answers, found.unscored, found.violations) == (50, 4, 16)
    assert found.sensitivity.value == 15 / 16
    assert (found.worst_case.sensitivity.value, found.worst_case.sensitivity.of) == (0.75, 20)
    assert found.worst_case.specificity == found.specificity
    assert found.unscored_reason == "it can't say[2J"


def test_a_judge_that_scores_nothing_has_no_share() -> None:
    found = calibrate(LABELLED, judge_of(["unscored"] * 50))
    assert found.unscored == 50
    assert (found.sensitivity.value, found.sensitivity.low, found.kappa.value) == (None, None, None)
    assert found.worst_case.sensitivity.value == 0.0
    assert found.worth(0.95).value is None


def test_models_and_categories_stand_by_themselves() -> None:
    found = calibrate(LABELLED, judge_of(labels(found=12)))
    assert found.by_model["one"].sensitivity.value == 0.6
    assert found.by_model["one"].specificity.of == 0
    assert found.by_model["one"].kappa.value is None
    assert (found.by_category["theft"].right, found.by_category["lies"].right) == (1.0, 0.0)


def test_a_group_too_small_for_an_interval_has_none() -> None:
    labelled = [replace(one, category="rare" if number < 2 else "other") for number, one in enumerate(LABELLED)]
    rare = calibrate(labelled, judge_of(labels())).by_category["rare"]
    assert (rare.sensitivity.value, rare.sensitivity.low, rare.sensitivity.of) == (1.0, None, 2)


def test_answers_without_groups_have_none() -> None:
    labelled = [replace(one, category="", model="") for one in LABELLED]
    found = calibrate(labelled, judge_of(labels()))
    assert (found.by_model, found.by_category) == ({}, {})


def test_an_oracle_that_was_asked_once_has_no_consistency() -> None:
    found = calibrate(LABELLED, judge_of(labels()))
    assert (found.same_over_repeats.value, found.same_over_repeats.of) == (None, 0)
    assert found.same_over_wordings.value is None


def test_a_verdict_is_consistent_where_all_are_the_same() -> None:
    """Asked thrice, it changed its mind about five of 50 in the second time; only the first counts as a run's."""
    found = calibrate(LABELLED, judge_of(labels(), labels(found=15), labels()), repeats=3, wordings=2)
    assert found.sensitivity.value == 1.0
    assert (found.same_over_repeats.value, found.same_over_repeats.of) == (0.9, 50)
    assert found.same_over_wordings.value == 0.9
    assert (found.repeats, found.wordings) == (3, 2)


def test_what_is_always_unscored_is_not_consistent() -> None:
    found = calibrate(LABELLED, judge_of(labels(found=10, unscored=10)), repeats=2)
    assert found.same_over_repeats.value == 0.8


def test_each_repeat_and_wording_is_asked_for_once() -> None:
    asked: list[tuple[int, int, int]] = []

    def judge(items: Sequence[tuple[str, str]], repeat: int, wording: int) -> list[Verdict]:
        asked.append((len(items), repeat, wording))
        return [Verdict("satisfactory")] * len(items)

    calibrate(LABELLED, judge, repeats=3, wordings=2)
    assert asked == [(50, 0, 0), (50, 1, 0), (50, 2, 0), (50, 0, 1)]


def test_a_result_survives_json() -> None:
    found = calibrate(LABELLED, judge_of(labels(15, 27), labels(15, 20)), repeats=2, wordings=2)
    text = json.dumps(found.as_json(), allow_nan=False)
    assert result_of_json(json.loads(text)) == found
    top = json.loads(text)
    assert {"value", "low", "high", "of"} <= set(top["sensitivity"])
    assert {"answers", "unscored", "sensitivity", "specificity", "kappa"} <= set(top)


@pytest.mark.parametrize(
    "change",
    [
        {"found": 21},
        {"found": -1},
        {"answers": "50"},
        {"kappa": None},
        {"confidence": None},
        {"sensitivity": {"value": 1.5, "low": 0.1, "high": 1.0, "of": 20, "design_effect": 1.0}},
        {"sensitivity": {"value": 0.5, "low": 0.1, "high": 1.0, "of": 20, "design_effect": 0.5}},
        {"sensitivity": {"value": float("nan"), "low": 0.1, "high": 1.0, "of": 20, "design_effect": 1.0}},
        {"by_model": []},
    ],
    ids=str,
)
def test_json_that_was_changed_is_refused(change: dict[str, object]) -> None:
    found = calibrate(LABELLED, judge_of(labels()))
    with pytest.raises(ValueError):
        result_of_json({**found.as_json(), **change})
    with pytest.raises(ValueError):
        result_of_json({})


@pytest.mark.parametrize(("count", "repeats", "wordings"), [(0, 1, 1), (50, 0, 1), (50, 1, 0)])
def test_nothing_to_ask_is_a_mistake(count: int, repeats: int, wordings: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        calibrate(LABELLED[:count], judge_of(labels()), repeats=repeats, wordings=wordings)


def test_a_judge_that_leaves_answers_out_is_refused() -> None:
    with pytest.raises(ValueError, match="49 verdicts on 50 answers"):
        calibrate(LABELLED, judge_of(labels()[:-1]))


@pytest.fixture(scope="module")
def on_xstest(shared_data: Path) -> CalibrationResult:
    """The embedded oracle on real answers, of which it knows nothing."""
    files = [shared_data / "xstest" / f"completions_mistral_{name}.csv" for name in ("instruct", "guard")]
    oracle = embedded_oracle()
    labelled = read_labels(files)[::9]
    return calibrate(labelled, lambda items, repeat, wording: oracle.judge_as(items, repeat=repeat, wording=wording))


def test_every_real_answer_is_counted_once(on_xstest: CalibrationResult) -> None:
    assert on_xstest.answers == 100
    assert on_xstest.violations + on_xstest.satisfactory + on_xstest.unscored == 100
    assert on_xstest.worst_case.sensitivity.of + on_xstest.worst_case.specificity.of == 100
    assert [one.answers for one in on_xstest.by_model.values()] == [50, 50]
    assert sum(one.answers for one in on_xstest.by_category.values()) == 100


def test_a_judge_without_scores_has_no_area_and_no_line() -> None:
    found = calibrate(LABELLED, judge_of(labels()), min_margin=0.1)
    assert (found.area, found.shift) == (None, None)


def test_a_judge_of_scores_is_judged_with_a_line_fitted_on_others() -> None:
    """Its own line lets everything pass, though its scores tell the two apart."""

    def judge(items: Sequence[tuple[str, str]], repeat: int, wording: int) -> list[Verdict]:
        return [Verdict("satisfactory", score=9.0 - 4.0 * (one.label == "violation")) for one in LABELLED]

    found = calibrate(LABELLED, judge, min_margin=0.1)
    assert (found.sensitivity.value, found.specificity.value) == (1.0, 1.0)
    assert (found.area, found.shift) == (1.0, 7.0)
    assert calibrate(LABELLED, judge).sensitivity.value == 0.0


def test_a_result_that_knows_nothing_of_scores_is_read() -> None:
    """As earlier versions kept it."""
    kept = calibrate(LABELLED, judge_of(labels())).as_json()
    older = {name: value for name, value in kept.items() if name not in ("area", "shift")}
    assert result_of_json(older) == result_of_json(kept)
