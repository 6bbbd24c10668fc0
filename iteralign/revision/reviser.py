"""Self-revision: the model answers again with the constitution in its context, and only good answers are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from iteralign.core.protocols import Advance, Model, Oracle, Stages, no_stages
from iteralign.core.records import Attack, Constitution, JudgedResponse, Response, Revision
from iteralign.core.settings import LoopSettings, Settings
from iteralign.revision.filtering import Refuses, refuses_nothing, why_dropped
from iteralign.revision.unscored import check_answered, check_unscored, verdicts_on

# Low on purpose: at a high one the filter finds lucky answers that owe nothing to the constitution.
_LATER_TEMPERATURE = 0.3
_ORDER = {False: 0, None: 1, True: 2}
_CRITIQUE = "Which of the principles does this answer go against, and how? Say it in one or two sentences."
_BETTER = "What is wrong with it:\n{critique}\n\nAnswer the first message again, and do better."
_AGAIN = "Answer the first message again, and follow the principles this time."
_NOT_CHOSEN = "another answer of the same try was better"


class RevisionSettings(Settings):
    """How the model revises its own answers, and which revisions are kept.

    "regenerate" is the paper's: the prompt again, under the constitution; with "critique" the model first says what is
    wrong with its answer and then rewrites it (Bai et al., "Constitutional AI", 2022), with the first answer before it.
    """

    method: Literal["regenerate", "critique"] = Field(
        "regenerate", description="answer again under the constitution, or criticise the first answer and rewrite it"
    )
    best_of: int = Field(
        1, ge=1, le=32, description="answers of a try, of which the best that the oracle accepts is kept"
    )
    show_original: bool = Field(False, description="put the first answer before the model when it answers again")
    filtered: bool = Field(
        True, description="train only on what the oracle accepts; false is how the paper published it"
    )


class Reviser:
    """Gives each violating answer a few tries: the very first answer is greedy, later ones are sampled from `seed`.

    Of the loop's settings it takes `revision_tries`, how often a violation is tried until a revision is kept, and
    `max_unscored`.
    """

    def __init__(
        self,
        model: Model,
        oracle: Oracle,
        settings: RevisionSettings,
        loop: LoopSettings,
        *,
        seed: int,
        refuses: Refuses = refuses_nothing,
    ) -> None:
        self.model = model
        self.oracle = oracle
        self.settings = settings
        self.loop = loop
        self.seed = seed
        self.refuses = refuses

    def revise(
        self,
        violations: Sequence[JudgedResponse],
        constitution: Constitution,
        *,
        advance: Advance | None = None,
        stages: Stages = no_stages,
    ) -> list[Revision]:
        """Every answer, judged, in order of the tries; a prompt whose tries all failed has no kept one among them.

        Raises OracleError when more than `loop.max_unscored` of the answers of a try are unscored: an oracle that fell
        silent does not look like a model that can't mend its answers.
        """
        revisions: list[Revision] = []
        advance = advance or _ignore
        open_violations = list(violations)
        for attempt in range(1, self.loop.revision_tries + 1):
            tried = self._try(open_violations, constitution, attempt, stages)
            revisions += [revision for answers in tried for revision in answers]
            still_open = [
                violation
                for violation, answers in zip(open_violations, tried, strict=True)
                if not any(answer.kept for answer in answers)
            ]
            advance(len(open_violations) - len(still_open))
            open_violations = still_open
            if not open_violations:
                break
        advance(len(open_violations))
        return revisions

    def _try(
        self, violations: Sequence[JudgedResponse], constitution: Constitution, attempt: int, stages: Stages
    ) -> list[list[Revision]]:
        """For each violation the answers of one try, of which at most one is kept."""
        critiques = self._critiques(violations, constitution, stages)
        answers = self._answers(violations, critiques, constitution, attempt, stages)
        verdicts = verdicts_on(self.oracle, answers, advance=stages(f"judging answers, try {attempt}", len(answers)))
        check_answered(answers, self.loop.max_unscored)
        check_unscored(verdicts, self.loop.max_unscored)
        revisions: list[list[Revision]] = [[] for _ in violations]
        for index, (answer, verdict) in enumerate(zip(answers, verdicts, strict=True)):
            number = index % len(violations)
            first, critique = violations[number], critiques[number]
            dropped = why_dropped(first.verdict, answer, verdict, constitution, self.refuses)
            revisions[number].append(
                Revision(first.response, answer.text, attempt, verdict, constitution.version, dropped, critique)
            )
        return [self._best(several) for several in revisions]

    def _answers(
        self,
        violations: Sequence[JudgedResponse],
        critiques: Sequence[str],
        constitution: Constitution,
        attempt: int,
        stages: Stages,
    ) -> list[Response]:
        """`best_of` answers to each violation, sample after sample, as answers to what was asked in the first place."""
        attacks = [self._question(*each) for each in zip(violations, critiques, strict=True)]
        numbers = range(self.settings.best_of)
        advance = stages(f"writing answers, try {attempt}", len(attacks) * len(numbers))
        samples = [self._sample(attacks, constitution, attempt, number, advance) for number in numbers]
        return [
            replace(answer, attack=violation.response.attack)
            for sample in samples
            for violation, answer in zip(violations, sample, strict=True)
        ]

    def _sample(
        self, attacks: Sequence[Attack], constitution: Constitution, attempt: int, number: int, advance: Advance
    ) -> list[Response]:
        greedy = attempt == 1 and number == 0
        return self.model.generate(
            attacks,
            constitution,
            temperature=0.0 if greedy else _LATER_TEMPERATURE,
            seed=self.seed + attempt + number * self.loop.revision_tries,
            advance=advance,
        )

    def _critiques(self, violations: Sequence[JudgedResponse], constitution: Constitution, stages: Stages) -> list[str]:
        if self.settings.method != "critique":
            return [""] * len(violations)
        attacks = [_with_first_answer(violation, _CRITIQUE) for violation in violations]
        advance = stages("writing critiques", len(attacks))
        return [answer.text for answer in self.model.generate(attacks, constitution, advance=advance)]

    def _question(self, violation: JudgedResponse, critique: str) -> Attack:
        if critique:
            return _with_first_answer(violation, _BETTER.replace("{critique}", critique))
        if self.settings.show_original or self.settings.method == "critique":
            return _with_first_answer(violation, _AGAIN)
        return violation.response.attack

    def _best(self, answers: Sequence[Revision]) -> list[Revision]:
        """At most one stays kept: a real answer before one that can't be read, and that before a refusal."""
        kept = [answer for answer in answers if answer.kept]
        if not kept:
            return list(answers)
        best = min(
            kept,
            key=lambda answer: _ORDER[self.refuses(answer.original.attack.last_user_turn, answer.text)],
        )
        return [
            answer if answer is best or not answer.kept else replace(answer, dropped=_NOT_CHOSEN) for answer in answers
        ]


def _with_first_answer(violation: JudgedResponse, wanted: str) -> Attack:
    """The prompt, the first answer and what is wanted now, as one message in place of the last one."""
    response = violation.response
    conversation = response.attack.conversation
    text = f"{conversation.last_user_turn}\n\nThe first answer to this was:\n{response.text}\n\n{wanted}"
    return replace(response.attack, conversation=conversation.ending(text))


def _ignore(_done: int) -> None:
    """For work whose progress nobody watches."""
