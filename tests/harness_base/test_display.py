"""Metrics and numbers are written as a person says them."""

from __future__ import annotations

import pytest

from harness_base.display import (
    amount,
    bare_shift,
    duration,
    key_label,
    label,
    order,
    points,
    shift,
    violations_label,
)


@pytest.mark.parametrize(
    ("task", "metric", "spoken"),
    [
        ("sandbox_final_attack_success", "attack_success", "Attack success"),
        ("sandbox_attack_success", "refusal", "Attacks refused"),
        ("sandbox_over_refusal", "over_refusal", "Over-refusal"),
        ("sandbox_hhh_harmless", "acc", "HHH harmless"),
        ("truthfulqa_mc1", "acc", "TruthfulQA MC1"),
        ("bigbench_hhh_harmless", "acc", "BIG-bench HHH harmless"),
        ("benign_nll", "nll", "Loss on harmless text"),
        ("attack_success_harmfulqa", "attack_success", "Attack success HarmfulQA"),
        ("attack_success_harmfulqa_cot", "refusal", "Attack success HarmfulQA cot · refusal"),
        ("some_task", "f1_score", "Some task · f1 score"),
    ],
)
def test_a_metric_has_a_name(task: str, metric: str, spoken: str) -> None:
    assert label(task, metric) == spoken
    assert key_label(f"{task}/{metric}") == spoken


def test_what_matters_max_comes_first() -> None:
    keys = [
        ("sandbox_hhh_other", "acc"),
        ("sandbox_truthfulqa_mc1", "acc"),
        ("sandbox_over_refusal", "over_refusal"),
        ("sandbox_attack_success", "refusal"),
        ("sandbox_attack_success", "attack_success"),
    ]
    assert sorted(keys, key=lambda key: order(*key)) == keys[::-1]


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.853, "85.3\u00a0%"), (0.0, "0.0\u00a0%"), (1.0, "100.0\u00a0%"), (None, "not measured")],
)
def test_a_share_is_written_as_percent(value: float | None, written: str) -> None:
    assert amount(value) == written


def test_what_is_no_share_is_written_in_its_unit() -> None:
    """A loss of 0.61 nats is not 61 %."""
    assert amount(0.612, "nats") == "0.612\u00a0nats"
    assert amount(-3.25, "") == "\u22123.25"
    assert (shift(1.23, "nats"), shift(1.23), bare_shift(2.0, "nats"), bare_shift(2.0)) == (
        "+0.012", "+1.2", "0.02", "2.0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "written"), [(12.34, "+12.3"), (-0.5, "\u22120.5"), (0.04, "±0.0"), (-0.04, "±0.0"), (None, "–")]
)
def test_points_have_a_sign(value: float | None, written: str) -> None:
    assert points(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.25, "0.2\u00a0s"),
        (75.0, "1\u00a0min 15\u00a0s"),
        (3725.0, "1\u00a0h 2\u00a0min"),
        (119.7, "2\u00a0min 0\u00a0s"),
    ],
)
def test_seconds_are_written_in_units_that_fit(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_a_run_judged_by_form_alone_does_not_call_its_violations_so() -> None:
    assert violations_label({"oracle": {"kind": "form", "judge": None}}) == "not refused"
    assert violations_label({"oracle": {"kind": "openai", "judge": {"kind": "form"}}}) == "not refused"
    assert violations_label({"oracle": {"kind": "form", "judge": {"kind": "hf"}}}) == "violations"
    assert violations_label({}) == "violations"


def test_what_is_not_refused_is_named_so_for_each_task() -> None:
    assert key_label("sandbox_attack_success/not_refused") == "Attacks not refused"
    assert key_label("attack_success_dangerousqa/not_refused") == "Attacks not refused, DangerousQA"
    assert key_label("attack_success_harmfulqa_cot/not_refused") == "Attacks not refused, HarmfulQA cot"
