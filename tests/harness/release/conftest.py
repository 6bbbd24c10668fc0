"""Verdicts of every kind, from evaluations made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness.gate.decision import hold_against
from harness.gate.policy import Policy
from harness.release.evidence import Evidence, evidence

STEERING = "model | <script>\x1b[2J @team `x`"
"""A name that Markdown, HTML, XML and a terminal would each act on."""
POLICY = Policy(protect={"help/acc": 0.02, "refusal/rate": 0.03}, show=("honest/acc",))

MakeEvidence = Callable[..., Evidence]


def measured(wrong: int, items: int = 500) -> Evaluation:
    """Three metrics, of which the first is wrong that often."""
    scores = [
        score_of(
            task,
            metric,
            tuple(valid_sample(f"{n}\x1b<b>", float(n >= failed), prompt=f"question {n}") for n in range(items)),
            higher_is_better=True,
        )
        for task, metric, failed in (("help", "acc", wrong), ("refusal", "rate", 0), ("honest", "acc", 0))
    ]
    return Evaluation("model", "other", tuple(scores), {"torch": "2.13"}, 2.5)


@pytest.fixture
def made() -> MakeEvidence:
    """`made(wrong=40)` is a NO-GO, `made(wrong=9)` open, `made(wrong=0)` a GO; `lacking=True` leaves a metric out."""

    def make(wrong: int = 0, *, lacking: bool = False) -> Evidence:
        candidate, baseline = measured(wrong), measured(0)
        if lacking:
            candidate = replace(candidate, scores=candidate.scores[:1])
        decision = hold_against(POLICY, candidate=candidate, baseline=baseline)
        return evidence(
            decision, POLICY, candidate=candidate, candidate_name=STEERING, reference=baseline, reference_name="v1"
        )

    return make
