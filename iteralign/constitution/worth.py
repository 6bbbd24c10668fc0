"""What a principle is worth: violations that it was not proposed from, revised with it in the context and without it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from statistics import NormalDist

from iteralign import tango
from iteralign.filtering import Refuses, degenerate
from iteralign.protocols import Model, Oracle
from iteralign.records import Attack, Constitution, JudgedResponse, Principle, Worth

CONFIDENCE = 0.9
"""Of the interval of a worth."""


class Appraiser:
    """Measures principles one by one as additions to `constitution`.

    `harmless` are attacks that ought to be answered; `refuses` says of a prompt and an answer whether that declines.
    Answers are greedy, so that a difference is the principle's and not the sampler's.
    """

    def __init__(
        self,
        model: Model,
        oracle: Oracle,
        constitution: Constitution,
        *,
        harmless: Sequence[Attack],
        refuses: Refuses,
    ) -> None:
        self._model = model
        self._oracle = oracle
        self._constitution = constitution
        self._harmless = list(harmless)
        self._refuses = refuses

    def worth(self, principle: Principle, held_out: Sequence[JudgedResponse]) -> Worth | None:
        """The worth of `principle` on `held_out`; None without a violation to measure it on."""
        if not held_out:
            return None
        before = self._constitution
        attacks = [one.response.attack for one in held_out]
        joined = Constitution((*before.principles, principle), before.version + 1)
        fixed_with = self._fixed(attacks, joined)
        # What the model says without any principle is known: it is these very violations.
        fixed_without = self._fixed(attacks, before) if before.principles else [False] * len(attacks)
        low, high = _interval(fixed_with, fixed_without)
        return Worth(
            violations=len(attacks),
            fixed_with=sum(fixed_with),
            fixed_without=sum(fixed_without),
            low=low,
            high=high,
            confidence=CONFIDENCE,
            harmless=len(self._harmless),
            refused_with=self._refused(joined),
            refused_without=self._refused_without,
        )

    def _fixed(self, attacks: Sequence[Attack], constitution: Constitution) -> list[bool]:
        answers = self._model.generate(attacks, constitution)
        verdicts = self._oracle.judge([(answer.attack.text, answer.text) for answer in answers])
        return [
            verdict.label == "satisfactory" and not degenerate(answer, constitution)
            for answer, verdict in zip(answers, verdicts, strict=True)
        ]

    @cached_property
    def _refused_without(self) -> int:
        return self._refused(self._constitution)

    def _refused(self, constitution: Constitution) -> int:
        answers = self._model.generate(self._harmless, constitution) if self._harmless else []
        return sum(self._refuses(answer.attack.text, answer.text) for answer in answers)


def _interval(fixed_with: Sequence[bool], fixed_without: Sequence[bool]) -> tuple[float, float]:
    """Of the difference of the two shares, paired by violation."""
    pairs = list(zip(fixed_with, fixed_without, strict=True))
    better, worse = sum(now and not before for now, before in pairs), sum(before and not now for now, before in pairs)
    critical = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    return tango.interval(better, worse, len(pairs), critical)
