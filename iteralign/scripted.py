"""Scripted stand-ins for the four seams, for tests of the loop; each raises when its script runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iteralign.core.protocols import Advance
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    PrincipleOutcome,
    Response,
    Revision,
    RoundStatus,
    TrainingPair,
    TrainingSettings,
)

Answer = Callable[[str, tuple[str, ...], int], str]
"""Given a prompt, the principles in the context and the number of accepted candidates, what the model says."""


class ScriptedModel:
    """A model whose answers are a function; training only counts."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.accepted: list[Candidate] = []
        self.discarded: list[Candidate] = []
        self.trained: list[tuple[TrainingPair, ...]] = []

    def generate(
        self,
        attacks: Sequence[Attack],
        constitution: Constitution | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        advance: Advance | None = None,
    ) -> list[Response]:
        principles = tuple(principle.text for principle in constitution.principles) if constitution else ()
        responses = []
        for attack in attacks:
            responses.append(Response(attack, self.answer(attack.text, principles, len(self.accepted))))
            if advance:
                advance(1)
        return responses

    def fine_tune(
        self,
        pairs: Sequence[TrainingPair],
        settings: TrainingSettings,
        *,
        name: str,
        seed: int,
        advance: Advance | None = None,
    ) -> Candidate:
        self.trained.append(tuple(pairs))
        return Candidate(name, "", name, settings.steps(len(pairs)), 1.0, 0.5, 1.0, settings)

    def accept(self, candidate: Candidate) -> None:
        self.accepted.append(candidate)

    def discard(self, candidate: Candidate) -> None:
        self.discarded.append(candidate)


class ScriptedEvaluator:
    """Gives its decisions in turn."""

    def __init__(self, decisions: Sequence[GateDecision]) -> None:
        self._decisions = list(decisions)

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        if not self._decisions:
            raise LookupError(f"the scripted evaluator has no decision left for {candidate.name}")
        return self._decisions.pop(0)


class ListRecorder:
    """Keeps everything that it is told, as (what, arguments), in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, tuple[object, ...]]] = []

    def told(self, what: str) -> list[tuple[object, ...]]:
        """The arguments of every event of one kind."""
        return [arguments for name, arguments in self.events if name == what]

    def round_started(self, round_number: int) -> None:
        self.events.append(("round_started", (round_number,)))

    def stage_started(self, round_number: int, stage: str, total: int) -> None:
        self.events.append(("stage_started", (round_number, stage, total)))

    def stage_advanced(self, done: int) -> None:
        self.events.append(("stage_advanced", (done,)))

    def stage_finished(self, round_number: int, stage: str, seconds: float) -> None:
        self.events.append(("stage_finished", (round_number, stage, seconds)))

    def judged(self, round_number: int, judged: Sequence[JudgedResponse]) -> None:
        self.events.append(("judged", (round_number, tuple(judged))))

    def constitution_changed(
        self, round_number: int, constitution: Constitution, proposed: Sequence[Principle]
    ) -> None:
        self.events.append(("constitution_changed", (round_number, constitution, tuple(proposed))))

    def appraised(self, round_number: int, appraisals: Sequence[PrincipleOutcome]) -> None:
        self.events.append(("appraised", (round_number, tuple(appraisals))))

    def revised(self, round_number: int, revisions: Sequence[Revision]) -> None:
        self.events.append(("revised", (round_number, tuple(revisions))))

    def trained(self, round_number: int, attempt: int, candidate: Candidate, pairs: Sequence[TrainingPair]) -> None:
        self.events.append(("trained", (round_number, attempt, candidate, tuple(pairs))))

    def decided(self, round_number: int, attempt: int, candidate: Candidate, decision: GateDecision) -> None:
        self.events.append(("decided", (round_number, attempt, candidate, decision)))

    def round_finished(self, round_number: int, status: RoundStatus, reason: str) -> None:
        self.events.append(("round_finished", (round_number, status, reason)))
