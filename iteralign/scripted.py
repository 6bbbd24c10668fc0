"""Scripted stand-ins for the four seams, for tests of the loop; each raises when its script runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from iteralign.core.events import Event
from iteralign.core.protocols import Advance
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    GateDecision,
    Response,
    TrainingPair,
)
from iteralign.core.settings import TrainingSettings

OneEvent = TypeVar("OneEvent", bound=Event)
Answer = Callable[[str, tuple[str, ...], int], str]
"""Given a prompt, the principles in the context and the number of accepted candidates, what the model says."""


class ScriptedModel:
    """A model whose answers are a function; training only counts."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.accepted: list[Candidate] = []
        self.discarded: list[Candidate] = []
        self.tried: list[Candidate] = []
        self._candidates: list[Candidate] = []
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
        names: Sequence[str],
        seed: int,
        advance: Advance | None = None,
    ) -> list[Candidate]:
        self.trained.append(tuple(pairs))
        saved = zip(names, settings.saved_after(len(pairs)), strict=True)
        self._candidates = [Candidate(name, "", name, steps, 1.0, 0.5, 1.0, settings) for name, steps in saved]
        return self._candidates

    def try_out(self, candidate: Candidate) -> None:
        self.tried.append(candidate)

    def accept(self, candidate: Candidate) -> None:
        self.accepted.append(candidate)

    def discard(self) -> None:
        self.discarded.extend(self._candidates)


class ScriptedGate:
    """Gives its decisions in turn."""

    def __init__(self, decisions: Sequence[GateDecision]) -> None:
        self._decisions = list(decisions)
        self.taken: list[Candidate] = []

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        if not self._decisions:
            raise LookupError(f"the scripted gate has no decision left for {candidate.name}")
        return self._decisions.pop(0)

    def take(self, candidate: Candidate) -> None:
        self.taken.append(candidate)


class ListRecorder:
    """Keeps every event, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[OneEvent]) -> list[OneEvent]:
        """Every event of one kind."""
        return [event for event in self.events if isinstance(event, kind)]
