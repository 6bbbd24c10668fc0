"""What became of a proposed principle: what it changes, measured, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iteralign.core.records import Principle

OutcomeLabel = Literal["adopted", "merged", "waiting", "retired", "refused"]


@dataclass(frozen=True)
class PrincipleEffect:
    """What a principle changes, measured with it in the context and without it.

    `fixed_with` and `fixed_without` count how many of `violations`, none of which it was proposed from, a revision
    mends; `refused_with` and `refused_without` how many of `harmless` prompts are refused. `low` and `high` are the
    interval, at `confidence`, of `share`. On `unread` more harmless prompts one of the two answers could not be read.

    `twins` were held back from its worked examples: the model helps with `twins_helped` of them under it, and with
    `twins_lost` no longer though it does without it. The rest it helps with in neither case.
    """

    violations: int
    fixed_with: int
    fixed_without: int
    low: float
    high: float
    confidence: float
    harmless: int = 0
    refused_with: int = 0
    refused_without: int = 0
    unread: int = 0
    twins: int = 0
    twins_helped: int = 0
    twins_lost: int = 0

    @property
    def share(self) -> float:
        """The share of violations, -1 to 1, that it mends beyond what is mended without it."""
        return (self.fixed_with - self.fixed_without) / self.violations

    @property
    def refused_more(self) -> float:
        """The share of harmless prompts, -1 to 1, that are refused because of it; 0 where none was tried."""
        return (self.refused_with - self.refused_without) / self.harmless if self.harmless else 0.0


@dataclass(frozen=True)
class Amendment:
    """That a principle was sent back to its proposer: its `earlier` text, and `why`, with the twins that failed."""

    earlier: str
    why: str


@dataclass(frozen=True)
class PrincipleOutcome:
    """What became of a proposed principle, and why. `effect` is None where it was not measured.

    `amended` says where and why it was sent back to its proposer.
    """

    principle: Principle
    outcome: OutcomeLabel
    reason: str
    effect: PrincipleEffect | None = None
    amended: Amendment | None = None
