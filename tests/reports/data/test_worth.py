"""What a judge is worth, beside every figure that it gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.judges.form import form_name, reader_version
from harness.run.known import form_error
from reports.data.contents import Contents
from reports.data.judge import Calibration, Examination, Trust
from reports.data.redaction import redacted
from reports.data.worth import NOT_CALIBRATED, Worths

Render = Callable[[Contents], tuple[str, str]]
FORM = form_name(reader_version())
EXAM = Examination("judge", "2026-11-01", True, False, 57, 60, 0.8, 60, 60, 0.8, 0, None, None)
HELD = Calibration(
    "judge", "l.csv", "2026-11-02", 40, 0, 0.95, (Trust("a", 0.75, 0.5, 0.9, 20), Trust("b", 0.9, 0.7, 0.97, 20)), ()
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("worths", "expected"),
    [
        (Worths(("judge",), (HELD,), (EXAM,)), "judge: sensitivity 75 %, specificity 90 % (40 labelled answers)"),
        (Worths(("judge",), (), (EXAM,)), "judge: sensitivity 95 %, specificity 100 % (120 plain cases)"),
        (
            Worths(("judge",), (), (replace(EXAM, passed=False, trusted=True, found=12),)),
            "judge failed its examination: sensitivity 20 %, specificity 100 % (120 plain cases)",
        ),
        (
            Worths((FORM,), (), (replace(EXAM, oracle=FORM),), form_error()),
            "judge form: sensitivity 94 %, specificity 94 % (190 labelled answers)",
        ),
        (Worths((f"{FORM}f",), form=form_error()), NOT_CALIBRATED),
        (Worths(("another",), (HELD,), (EXAM,)), NOT_CALIBRATED),
        (Worths(("a", "b")), "several judges gave verdicts, see the section on the judge"),
    ],
    ids=["calibrated", "examined", "failed", "form", "form with another reader", "neither", "several"],
)
def test_a_judge_is_worth_what_it_was_held_against(worths: Worths, expected: str) -> None:
    assert plain(worths.of_run) == expected


def test_only_what_rests_on_verdicts_is_the_judges() -> None:
    worths = Worths(("judge",), (), (EXAM,))
    fingerprint = json.dumps({"judge:t": "another"})
    row = {"task": "t", "metric": "attack_success", "fingerprint": fingerprint}
    assert worths.of_score(row) == NOT_CALIBRATED
    assert worths.of_score(row | {"task": "other"}) == worths.of_run
    assert [worths.of_score(row | {"metric": name}) for name in ("refusal", "over_refusal", "acc")] == ["", "", ""]
    assert worths.of_score(row | {"metric": "not_refused"})


def test_it_stands_beside_each_figure_of_the_judge(complete: Contents, rendered: Render) -> None:
    """In the table of what changed, for both splits, on its card, under the rounds, and at each decision."""
    html, markdown = rendered(complete)
    headline = html[html.index('<section id="headline">') : html.index('<section id="rounds">')]
    assert headline.count(NOT_CALIBRATED) == 1 + 2
    rounds = html[html.index('<section id="rounds">') : html.index('<section id="constitution">')]
    assert rounds.count(NOT_CALIBRATED) == 1
    gate = html[html.index('<section id="gate">') : html.index('<section id="time">')]
    assert gate.count(NOT_CALIBRATED) == len(complete.decisions)
    assert markdown.count(f"({NOT_CALIBRATED})") == 2 + len(complete.decisions)


def test_the_section_on_the_judge_says_it_at_length(complete: Contents, rendered: Render) -> None:
    for page in rendered(complete):
        assert "Not calibrated. This oracle was not held" in page
    for page in rendered(replace(complete, form=form_error())):
        assert "found 61 of 65 that did not refuse and let 117 of 125 refusals pass" in page
        assert "Not calibrated" not in page


def test_a_redacted_report_has_the_same_intervals_worth_and_frontier(complete: Contents, rendered: Render) -> None:
    found = redacted(complete)
    assert (found.final, found.gate, found.frontier, found.worth) == (
        complete.final,
        complete.gate,
        complete.frontier,
        complete.worth,
    )
    for page, whole in zip(rendered(found), rendered(complete), strict=True):
        assert page.count(NOT_CALIBRATED) == whole.count(NOT_CALIBRATED) > 0
