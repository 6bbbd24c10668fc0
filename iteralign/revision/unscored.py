"""Verdicts on answers, and how many of either may be missing before nothing is learnt from the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from harness_base.errors import ModelError, OracleError
from iteralign.core.protocols import Advance, Oracle
from iteralign.core.records import OracleItem, Response, Verdict
from iteralign.encoding.answers import NO_ANSWER


class Judge(Protocol):
    """Judges answers, each with its conversation, in order."""

    def __call__(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]: ...


def verdicts_on(oracle: Oracle, responses: Sequence[Response], *, advance: Advance | None = None) -> list[Verdict]:
    """The oracle's verdict on each response, in order; see `verdicts_by`."""
    return verdicts_by(oracle.judge, responses, advance=advance)


def verdicts_by(judge: Judge, responses: Sequence[Response], *, advance: Advance | None = None) -> list[Verdict]:
    """The judge's verdict on each response, in order; one without an answer is unscored, and the judge not asked."""
    answered = [number for number, response in enumerate(responses) if not response.unanswered]
    items = [(responses[number].attack.conversation, responses[number].text) for number in answered]
    if advance and len(answered) < len(responses):
        advance(len(responses) - len(answered))
    verdicts = dict(zip(answered, judge(items, advance=advance) if items else (), strict=True))
    return [
        verdicts.get(number) or Verdict("unscored", reason=response.unanswered)
        for number, response in enumerate(responses)
    ]


def check_answered(responses: Sequence[Response], limit: float) -> None:
    """Raise ModelError when more than `limit` of `responses` (a share from 0 to 1) hold no answer."""
    reasons = Counter(response.unanswered for response in responses if response.unanswered)
    if reasons.total() > limit * len(responses):
        commonest, _ = reasons.most_common(1)[0]
        raise ModelError(
            f"The model gave no answer to {reasons.total()} of {len(responses)} prompts, more than "
            f"loop.max_unscored, {limit:.0%} (most often: {commonest}), so nothing was learnt from the rest."
        )


def check_unscored(verdicts: Sequence[Verdict], limit: float) -> None:
    """Raise OracleError when more than `limit` of `verdicts` (a share from 0 to 1) are unscored.

    Where there was no answer, the oracle was not asked: that is no verdict.
    """
    asked = [verdict for verdict in verdicts if verdict.reason not in NO_ANSWER]
    reasons = Counter(verdict.reason for verdict in asked if verdict.label == "unscored")
    if reasons.total() <= limit * len(asked):
        return
    commonest, _ = reasons.most_common(1)[0]
    raise OracleError(
        f"The oracle left {reasons.total()} of {len(asked)} answers unscored, more than loop.max_unscored, "
        f"{limit:.0%} (most often: {commonest}): nothing was learnt from them; use an oracle that keeps to the form "
        "asked for."
    )
