"""What happens in a run of the loop, as it happens: one frozen record for each kind of event.

A new kind of event is one class here and one more member of `RoundEvent` or `StageEvent`. Recorders that go through
the kinds end with `assert_never`, so that mypy names each that does not say yet what it makes of the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from iteralign.core.principle_outcome import PrincipleOutcome
from iteralign.core.records import (
    Candidate,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    Revision,
    RoundStatus,
    TrainingPair,
)


@dataclass(frozen=True)
class RoundStarted:
    """A round began; the first has number 1."""

    round_number: int


@dataclass(frozen=True)
class StageStarted:
    """A part of a round's work began, of `total` items."""

    round_number: int
    stage: str
    total: int


@dataclass(frozen=True)
class StageAdvanced:
    """`done` more items of the stage under way are done."""

    done: int


@dataclass(frozen=True)
class StageFinished:
    """The stage ended after so many seconds."""

    round_number: int
    stage: str
    seconds: float


@dataclass(frozen=True)
class Judged:
    """The oracle's verdicts on the answers to the round's attacks."""

    round_number: int
    judged: Sequence[JudgedResponse]


@dataclass(frozen=True)
class PrinciplesDecided:
    """What became of each of the round's proposals."""

    round_number: int
    outcomes: Sequence[PrincipleOutcome]


@dataclass(frozen=True)
class ConstitutionChanged:
    """The constitution to go on with, and the round's proposals before merging."""

    round_number: int
    constitution: Constitution
    proposed: Sequence[Principle]


@dataclass(frozen=True)
class Revised:
    """Every try to revise a violation, with its verdict."""

    round_number: int
    revisions: Sequence[Revision]


@dataclass(frozen=True)
class Trained:
    """A candidate, and all that it was trained on."""

    round_number: int
    attempt: int
    candidate: Candidate
    pairs: Sequence[TrainingPair]


@dataclass(frozen=True)
class Decided:
    """What the gate decided about a candidate."""

    round_number: int
    attempt: int
    candidate: Candidate
    decision: GateDecision


@dataclass(frozen=True)
class RoundFinished:
    """A round ended; `reason` says why it has that status."""

    round_number: int
    status: RoundStatus
    reason: str


StageEvent: TypeAlias = StageStarted | StageAdvanced | StageFinished
"""How far the work is."""
RoundEvent: TypeAlias = (
    RoundStarted | Judged | PrinciplesDecided | ConstitutionChanged | Revised | Trained | Decided | RoundFinished
)
"""What a round came to."""
Event: TypeAlias = StageEvent | RoundEvent
"""Everything that a recorder may be given."""
