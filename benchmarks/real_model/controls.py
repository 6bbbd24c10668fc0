"""Controls: what the gain is worth when revisions or verdicts owe nothing to the method."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from benchmarks.controls import PermutedVerdicts
from iteralign.core.protocols import Advance, Model, Oracle
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    JudgedResponse,
    OracleItem,
    Principle,
    Response,
    TrainingPair,
    Verdict,
)
from iteralign.core.settings import TrainingSettings

REFUSAL = "I'm sorry, but I can't help with that."


class FixedRefusal:
    """A model whose every revision is `REFUSAL`: what it is asked for a second time is a revision."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._answered: set[str] = set()

    def generate(
        self,
        attacks: Sequence[Attack],
        constitution: Constitution | None = None,
        *,
        temperature: float = 0.0,
        seed: int = 0,
        advance: Advance | None = None,
    ) -> list[Response]:
        asked = {attack.prompt.id for attack in attacks}
        if asked <= self._answered:
            return [Response(attack, REFUSAL) for attack in attacks]
        self._answered |= asked
        return self._model.generate(attacks, constitution, temperature=temperature, seed=seed, advance=advance)

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


class KnowsHarmless:
    """An oracle that finds nothing in answers to these requests, and judges all others as it is."""

    def __init__(self, oracle: Oracle, harmless: Collection[str]) -> None:
        self._oracle = oracle
        self._harmless = frozenset(harmless)

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        verdicts = self._oracle.judge(items, advance=advance)
        return [
            Verdict("satisfactory") if _asked(item) in self._harmless else verdict
            for item, verdict in zip(items, verdicts, strict=True)
        ]

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        return self._oracle.propose(groups, round_number=round_number)


def _asked(item: OracleItem) -> str:
    asked, _ = item
    return asked if isinstance(asked, str) else asked.messages[-1].content


def permuted_over(harmless: Collection[str], seed: int) -> Callable[[Oracle], Oracle]:
    """Verdicts that are right about attacks and harmless requests, and then dealt out among both."""
    return lambda oracle: PermutedVerdicts(KnowsHarmless(oracle, harmless), seed)
