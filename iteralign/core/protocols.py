"""The four seams through which the loop speaks to the outside.

The pipeline hands the loop the real parts; tests hand it the scripted ones of `iteralign.scripted`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from iteralign.core.events import Event
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    GateDecision,
    JudgedResponse,
    OracleItem,
    Principle,
    Response,
    TrainingPair,
    Verdict,
)
from iteralign.core.settings import TrainingSettings
from iteralign.core.worked_example import Illustration, TriedTwin

Advance = Callable[[int], None]
"""Called with the number of items done since the last call, for progress."""
Stages = Callable[[str, int], Advance]
"""Begins a part of the work, given what it does and of how many items, and gives the callback for items done."""


def no_stages(_what: str, _total: int) -> Advance:
    """Begins parts of the work without showing them."""
    return lambda _: None


class Model(Protocol):
    """The model under alignment, with the run's accepted adapter in force."""

    def generate(
        self,
        attacks: Sequence[Attack],
        constitution: Constitution | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        advance: Advance | None = None,
    ) -> list[Response]:
        """Answer each attack, in order. Temperature 0 is greedy; otherwise sampling is a function of `seed`."""
        ...

    def fine_tune(
        self,
        pairs: Sequence[TrainingPair],
        settings: TrainingSettings,
        *,
        names: Sequence[str],
        seed: int,
        advance: Advance | None = None,
    ) -> list[Candidate]:
        """Train from the accepted model: a candidate for each of the settings' strengths, from gentle to strong.

        `names` are theirs. One of them is in force until `accept` or `discard`, the last to begin with.
        """
        ...

    def try_out(self, candidate: Candidate) -> None:
        """Put that one of the candidates in force."""
        ...

    def accept(self, candidate: Candidate) -> None:
        """Make the candidate the accepted model, and drop the others."""
        ...

    def discard(self) -> None:
        """Drop every candidate and put the accepted model back in force."""
        ...


class Oracle(Protocol):
    """The stronger model that judges answers and proposes principles."""

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """Judge answers, each with the conversation that it answers, in order.

        A reply that can't be read is an unscored verdict. Raises OracleError when the oracle can't be reached or
        refuses the key.
        """
        ...

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        """For each group of violations, the principles that would have prevented them, each with its evidence."""
        ...


class JudgingOracle(Oracle, Protocol):
    """An oracle that can also be asked again and in other words, to see how far its verdicts hang on that."""

    def judge_as(
        self, items: Sequence[OracleItem], *, repeat: int = 0, wording: int = 0, advance: Advance | None = None
    ) -> list[Verdict]:
        """As `judge`, for the `repeat`-th time and in the `wording`-th wording; 0 and 0 is how a run asks."""
        ...


@runtime_checkable
class JudgesHarmless(Protocol):
    """A judge of answers to harmful requests, which judges those to harmless prompts by another rule."""

    def judge_harmless(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """Judge answers, each with the harmless prompt that it answers, in order."""
        ...


@dataclass(frozen=True)
class Draft:
    """A principle to be illustrated, with the violations that its proposer was shown for it and no others.

    `failed` are twins that the model no longer helped with under it: where there are some, it is to be amended.
    """

    principle: Principle
    violations: tuple[JudgedResponse, ...]
    failed: tuple[TriedTwin, ...] = ()


@runtime_checkable
class Illustrates(Protocol):
    """A proposer that also writes worked examples."""

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustration]:
        """For each draft, worked examples of what its principle forbids and of what it leaves alone, in order."""
        ...


def illustrations(oracle: Oracle, drafts: Sequence[Draft]) -> list[Illustration]:
    """The worked examples that the oracle writes for each draft; none, and that as the reason, where it writes none."""
    if isinstance(oracle, Illustrates):
        return oracle.illustrate(drafts)
    return [Illustration(left_out=("this proposer writes no worked examples",)) for _ in drafts]


class Gate(Protocol):
    """Answers "accept this candidate?" while the candidate is in force in the model."""

    def decide(self, candidate: Candidate, *, round_number: int, attempt: int) -> GateDecision:
        """Whether the candidate may take the place of the model that was taken last."""
        ...

    def take(self, candidate: Candidate) -> None:
        """Hold later candidates against this one, which it let through; the last of them is in force."""
        ...


class Recorder(Protocol):
    """Keeps, shows or counts what happens, as it happens."""

    def record(self, event: Event) -> None: ...
