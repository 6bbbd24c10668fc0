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
        open_ones = list(violations)
        for attempt in range(1, self.loop.revision_tries + 1):
            made = self._try(open_ones, constitution, attempt, stages)
            revisions += [revision for answers in made for revision in answers]
            still_open = [
                one for one, answers in zip(open_ones, made, strict=True) if not any(answer.kept for answer in answers)
            ]
            if advance:
                advance(len(open_ones) - len(still_open))
            open_ones = still_open
            if not open_ones:
                break
        if advance:
            advance(len(open_ones))
        return revisions

    def _try(
        self, violations: Sequence[JudgedResponse], constitution: Constitution, attempt: int, stages: Stages
    ) -> list[list[Revision]]:
        """For each violation the answers of one try, of which at most one is kept."""
        critiques = self._critiques(violations, constitution, stages)
        asked = [self._question(one, critique) for one, critique in zip(violations, critiques, strict=True)]
        told = stages(f"writing answers, try {attempt}", len(asked) * self.settings.best_of)
        samples = [self._sample(asked, constitution, attempt, number, told) for number in range(self.settings.best_of)]
        flat = [
            replace(answer, attack=one.response.attack)
            for sample in samples
            for one, answer in zip(violations, sample, strict=True)
        ]
        verdicts = verdicts_on(self.oracle, flat, advance=stages(f"judging answers, try {attempt}", len(flat)))
        check_answered(flat, self.loop.max_unscored)
        check_unscored(verdicts, self.loop.max_unscored)
        found: list[list[Revision]] = [[] for _ in violations]
        for index, (answer, verdict) in enumerate(zip(flat, verdicts, strict=True)):
            place = index % len(violations)
            one = violations[place]
            dropped = why_dropped(one.verdict, answer, verdict, constitution, self.refuses)
            found[place].append(
                Revision(one.response, answer.text, attempt, verdict, constitution.version, dropped, critiques[place])
            )
        return [self._best(answers) for answers in found]

    def _sample(
        self, asked: Sequence[Attack], constitution: Constitution, attempt: int, number: int, advance: Advance
    ) -> list[Response]:
        greedy = attempt == 1 and number == 0
        return self.model.generate(
            asked,
            constitution,
            temperature=0.0 if greedy else _LATER_TEMPERATURE,
            seed=self.seed + attempt + number * self.loop.revision_tries,
            advance=advance,
        )

    def _critiques(self, violations: Sequence[JudgedResponse], constitution: Constitution, stages: Stages) -> list[str]:
        if self.settings.method != "critique":
            return [""] * len(violations)
        asked = [
            _asking(
                one, "Which of the principles does this answer go against, and how? Say it in one or two sentences."
            )
            for one in violations
        ]
        told = stages("writing critiques", len(asked))
        return [answer.text for answer in self.model.generate(asked, constitution, advance=told)]

    def _question(self, one: JudgedResponse, critique: str) -> Attack:
        if critique:
            return _asking(one, f"What is wrong with it:\n{critique}\n\nAnswer the first message again, and do better.")
        if self.settings.show_original or self.settings.method == "critique":
            return _asking(one, "Answer the first message again, and follow the principles this time.")
        return one.response.attack

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


def _asking(one: JudgedResponse, wanted: str) -> Attack:
    """The prompt, the first answer and what is wanted now, as one message in place of the last one."""
    response = one.response
    asked = response.attack.conversation
    text = f"{asked.last_user_turn}\n\nThe first answer to this was:\n{response.text}\n\n{wanted}"
    return replace(response.attack, conversation=asked.ending(text))
