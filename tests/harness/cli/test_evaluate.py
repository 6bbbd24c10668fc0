"""What `harness eval` prints, from an evaluation that is already made."""

from __future__ import annotations

import json
import re

import pytest

from harness.cli.evaluate import _print_evaluation
from harness.evaluation.records import Evaluation, invalid_sample, score_of, valid_sample

EVALUATION = Evaluation(
    "model",
    "other",
    (
        score_of("truthfulqa_mc1", "acc", (valid_sample("0", 1.0), valid_sample("1", 0.0)), higher_is_better=True),
        score_of("bigbench_hhh_other", "acc", (invalid_sample("0", "not finite \x1b[2J"),), higher_is_better=True),
    ),
    {"torch": "2.13"},
    1.5,
)


def test_an_invalid_score_is_said_with_its_reason_and_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    _print_evaluation(EVALUATION, as_json=False)
    shown = capsys.readouterr().out
    assert "bigbench_hhh_other/acc is invalid: 1 of 1 samples are invalid" in " ".join(shown.split())
    assert "\x1b" not in shown


def test_machines_get_value_status_and_fingerprint(capsys: pytest.CaptureFixture[str]) -> None:
    _print_evaluation(EVALUATION, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    valid, invalid = printed["scores"]
    assert (valid["value"], valid["status"], valid["items"]) == (0.5, "valid", 2)
    assert (invalid["value"], invalid["status"]) == (None, "invalid")
    assert printed["fingerprint"] == {"torch": "2.13"}


def test_what_was_cut_and_what_is_no_second_evidence_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """An item that could not be measured too, with its reason."""
    samples = (
        *(valid_sample(str(number), 1.0) for number in range(99)),
        invalid_sample("x", "of NaN (f.jsonl, line 7)"),
    )
    scores = tuple(
        score_of(task, "acc", samples, higher_is_better=True, family="hhh_other", truncated_items=truncated)
        for task, truncated in (("hhh_other", 3), ("bigbench_hhh_other", 0))
    )
    _print_evaluation(Evaluation("model", "other", scores, {"max_length": "512"}, 1.5), as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 of 100 items are invalid, the first because of NaN (f.jsonl, line 7)" in shown
    assert "hhh_other/acc: 3 of 100 items were longer than the model's window of 512 tokens" in shown
    assert "hhh_other and bigbench_hhh_other rest on the same rows" in shown


def test_each_value_has_its_interval_and_the_number_of_queries_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    samples = tuple(valid_sample(str(n), float(n < 30), prompt=f"query {n // 2}") for n in range(100))
    found = Evaluation("model", "other", (score_of("help", "acc", samples, higher_is_better=True),), {}, 1.0)
    _print_evaluation(found, as_json=False)
    shown = " ".join(capsys.readouterr().out.replace("\u00a0", " ").split())
    assert re.search(r"help acc ↑ 30.0 % (18|19)\.\d to (43|44)\.\d % 100 on 50", shown)  # as 15 of 50
    _print_evaluation(found, as_json=True)
    [score] = json.loads(capsys.readouterr().out)["scores"]
    assert (score["low"], score["high"]) == (pytest.approx(0.189, abs=0.003), pytest.approx(0.440, abs=0.003))
