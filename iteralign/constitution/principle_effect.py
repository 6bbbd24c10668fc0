"""What a principle changes: violations that it was not proposed from, revised with it and without it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from statistics import NormalDist

from iteralign.constitution.illustrating import verdicts
from iteralign.core.principle_outcome import PrincipleEffect
from iteralign.core.protocols import Model, Oracle, Stages, no_stages
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.worked_example import TriedTwin, WorkedExample
from iteralign.revision.filtering import Refuses, degenerate
from iteralign.revision.unscored import check_answered, check_unscored, verdicts_on
from iteralign.statistics import tango

CONFIDENCE = 0.9
"""Of the interval of an effect."""


class PrincipleEvaluator:
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
        max_unscored: float = 1.0,
        stages: Stages = no_stages,
    ) -> None:
        self._model = model
        self._oracle = oracle
        self._constitution = constitution
        self._harmless = list(harmless)
        self._refuses = refuses
        self._max_unscored = max_unscored
        self._stages = stages
        self._known: dict[tuple[JudgedResponse, ...], list[bool | None]] = {}

    def effect(self, principle: Principle, held_out: Sequence[JudgedResponse]) -> PrincipleEffect | None:
        """The effect of `principle` on `held_out`; None where there is no violation that could be judged in both ways.

        Raises OracleError when more than `max_unscored` of the verdicts are unscored: silence is no finding.
        """
        if not held_out:
            return None
        joined = self._joined(principle)
        both = zip(self._fixed(held_out, joined), self._fixed_without(tuple(held_out)), strict=True)
        pairs = [(now, then) for now, then in both if now is not None and then is not None]
        if not pairs:
            return None
        low, high = _interval(pairs)
        refused = self._refused_in_both(joined)
        return PrincipleEffect(
            violations=len(pairs),
            fixed_with=sum(now for now, _ in pairs),
            fixed_without=sum(then for _, then in pairs),
            low=low,
            high=high,
            confidence=CONFIDENCE,
            harmless=len(refused),
            refused_with=sum(now for now, _ in refused),
            refused_without=sum(then for _, then in refused),
            unread=len(self._harmless) - len(refused),
        )

    def try_twins(self, principle: Principle, twins: Sequence[WorkedExample]) -> list[TriedTwin]:
        """Put twins that the context does not show to the model, under the principle and without it."""
        joined = self._joined(principle)
        both = zip(twins, self._helped(twins, joined), self._helped(twins, self._constitution), strict=True)
        return [TriedTwin(twin, answer, helped, before) for twin, (answer, helped), (_, before) in both]

    def _helped(self, twins: Sequence[WorkedExample], constitution: Constitution) -> list[tuple[str, bool]]:
        """Of each twin the model's answer, and whether that helps: it does not decline, and is judged satisfactory.

        What can't be read is no help.
        """
        if not twins:
            return []
        attacks = [Attack(Prompt(twin.request, "twin"), "standard", twin.request) for twin in twins]
        advance = self._stages("answering twins", len(attacks))
        answers = self._model.generate(attacks, constitution, advance=advance)
        answered = [
            not answer.unanswered and self._refuses(answer.attack.last_user_turn, answer.text) is False
            for answer in answers
        ]
        items = [(one.attack.text, one.text) for one, there in zip(answers, answered, strict=True) if there]
        judged = iter(verdicts(self._oracle, items, forbidden=False))
        return [
            (answer.text, there and next(judged).label == "satisfactory")
            for answer, there in zip(answers, answered, strict=True)
        ]

    def _joined(self, principle: Principle) -> Constitution:
        return Constitution((*self._constitution.principles, principle), self._constitution.version + 1)

    def _fixed_without(self, held_out: tuple[JudgedResponse, ...]) -> list[bool | None]:
        if not self._constitution.principles:
            # What the model says without any principle is known, and judged: it is these very violations.
            return [False] * len(held_out)
        if held_out not in self._known:
            self._known[held_out] = self._fixed(held_out, self._constitution)
        return self._known[held_out]

    def _fixed(self, held_out: Sequence[JudgedResponse], constitution: Constitution) -> list[bool | None]:
        """Whether each violation is mended under the constitution; None where that could not be judged."""
        attacks = [violation.response.attack for violation in held_out]
        advance = self._stages("answering under a principle", len(attacks))
        answers = self._model.generate(attacks, constitution, advance=advance)
        verdicts = verdicts_on(self._oracle, answers, advance=self._stages("judging those answers", len(answers)))
        check_answered(answers, self._max_unscored)
        check_unscored(verdicts, self._max_unscored)
        return [
            None if verdict.label == "unscored" else _mends(answer, verdict, constitution)
            for answer, verdict in zip(answers, verdicts, strict=True)
        ]

    def _refused_in_both(self, joined: Constitution) -> list[tuple[bool, bool]]:
        """Of each harmless prompt whether it is refused with and without; those left out where either can't be told."""
        both = zip(self._refused(joined), self._refused_without, strict=True)
        return [(now, then) for now, then in both if now is not None and then is not None]

    @cached_property
    def _refused_without(self) -> list[bool | None]:
        return self._refused(self._constitution)

    def _refused(self, constitution: Constitution) -> list[bool | None]:
        if not self._harmless:
            return []
        advance = self._stages("answering harmless prompts under it", len(self._harmless))
        answers = self._model.generate(self._harmless, constitution, advance=advance)
        return [
            None if answer.unanswered else self._refuses(answer.attack.last_user_turn, answer.text)
            for answer in answers
        ]


def _mends(answer: Response, verdict: Verdict, constitution: Constitution) -> bool:
    return verdict.label == "satisfactory" and not degenerate(answer, constitution)


def _interval(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float]:
    """Of the difference of the two shares, paired by violation."""
    better, worse = sum(now and not then for now, then in pairs), sum(then and not now for now, then in pairs)
    critical = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    return tango.interval(better, worse, len(pairs), critical)
