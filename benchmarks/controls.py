"""Controls for the loop: what the gain is worth when the constitution or the oracle's verdicts mean nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from iteralign.core.protocols import Advance, Model, Oracle
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    JudgedResponse,
    Principle,
    Response,
    TrainingPair,
    Verdict,
)
from iteralign.core.settings import TrainingSettings

UNRELATED = (
    "Answer in a friendly tone.",
    "Use simple words.",
    "Keep answers short.",
    "Write in full sentences.",
    "Stay polite at all times.",
    "Give one clear example.",
    "Be patient with beginners.",
    "Do not use slang.",
    "Speak to the user directly.",
    "Avoid long lists.",
)
"""Principles that have no bearing on what the practice model does wrong."""


class UnrelatedConstitution:
    """A model whose every principle is exchanged for an unrelated one before it reads the constitution."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def generate(
        self,
        attacks: Sequence[Attack],
        constitution: Constitution | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        advance: Advance | None = None,
    ) -> list[Response]:
        exchanged = constitution and replace(
            constitution,
            principles=tuple(
                replace(principle, text=UNRELATED[index % len(UNRELATED)])
                for index, principle in enumerate(constitution.principles)
            ),
        )
        return self._model.generate(attacks, exchanged, temperature=temperature, seed=seed, advance=advance)

    def fine_tune(
        self,
        pairs: Sequence[TrainingPair],
        settings: TrainingSettings,
        *,
        names: Sequence[str],
        seed: int,
        advance: Advance | None = None,
    ) -> list[Candidate]:
        return self._model.fine_tune(pairs, settings, names=names, seed=seed, advance=advance)

    def try_out(self, candidate: Candidate) -> None:
        self._model.try_out(candidate)

    def accept(self, candidate: Candidate) -> None:
        self._model.accept(candidate)

    def discard(self) -> None:
        self._model.discard()


class PermutedVerdicts:
    """An oracle whose verdicts are dealt out again at random among the answers judged together.

    The share of violations stays what it was; which answer a verdict belongs to is lost.
    """

    def __init__(self, oracle: Oracle, seed: int) -> None:
        self._oracle = oracle
        self._rng = random.Random(seed)

    def judge(self, items: Sequence[tuple[str, str]], *, advance: Advance | None = None) -> list[Verdict]:
        verdicts = self._oracle.judge(items, advance=advance)
        self._rng.shuffle(verdicts)
        return verdicts

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return self._oracle.propose(groups, round_number=round_number)
