"""Other ways to come by a constitution than `Discovery`: as the paper's script does, and not at all."""

from __future__ import annotations

from collections.abc import Sequence

from iteralign.constitution.discovery import Discovered
from iteralign.core.principle_outcome import PrincipleOutcome
from iteralign.core.protocols import Oracle, Stages, no_stages
from iteralign.core.records import Constitution, JudgedResponse


class PublishedProposal:
    """As published with the paper: one proposal from all violations of the round, which takes the last one's place.

    Nothing is merged, measured or refused. Source: Chen et al., "IterAlign: Iterative Constitutional Alignment of Large
    Language Models", NAACL 2024, and its script.
    """

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle

    def discover(
        self,
        violations: Sequence[JudgedResponse],
        constitution: Constitution,
        *,
        round_number: int,
        stages: Stages = no_stages,
    ) -> Discovered:
        """The constitution that the oracle proposes now. Raises OracleError."""
        [proposed] = self._oracle.propose([violations], round_number=round_number)
        reason = "taken as it came, as published"
        outcomes = tuple(PrincipleOutcome(principle, "adopted", reason) for principle in proposed)
        if not proposed:
            return Discovered(constitution, (), ())
        return Discovered(Constitution(tuple(proposed), constitution.version + 1), tuple(proposed), outcomes)


class Unchanging:
    """A constitution that was written beforehand, or none: nothing is proposed."""

    def discover(
        self,
        violations: Sequence[JudgedResponse],
        constitution: Constitution,
        *,
        round_number: int,
        stages: Stages = no_stages,
    ) -> Discovered:
        return Discovered(constitution, (), ())
