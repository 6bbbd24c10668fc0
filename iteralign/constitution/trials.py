"""Principles put to the test: on violations that they were not proposed from, and on twins that they leave alone.

A twin that the model helps with before, and no longer under the principle, sends that back to its proposer once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from iteralign.constitution.clusters import Cluster
from iteralign.constitution.illustrating import Illustrated, Illustrator
from iteralign.constitution.principle_effect import PrincipleEvaluator
from iteralign.core.principle_outcome import Amendment, PrincipleEffect
from iteralign.core.protocols import Draft, Stages, no_stages
from iteralign.core.records import Principle
from iteralign.core.worked_example import TriedTwin, WorkedExample


class Words(Protocol):
    """Who knows the other principles, and what may be said beside them."""

    def why_not_amended(self, text: str, principle: Principle, group: Cluster) -> str: ...


@dataclass(frozen=True)
class Tried:
    """A principle with what was measured of it; `remarks` go on where the reason of its outcome ends."""

    principle: Principle
    effect: PrincipleEffect | None
    remarks: str = ""
    amended: Amendment | None = None


class Trials:
    """Measures principles with `evaluator`; with an `illustrator` each first gets its worked examples.

    `earlier` holds, by the principle's id, effects that were measured in an earlier round and still hold.
    """

    def __init__(
        self,
        evaluator: PrincipleEvaluator,
        illustrator: Illustrator | None,
        words: Words,
        *,
        stages: Stages = no_stages,
        earlier: Mapping[str, PrincipleEffect],
    ) -> None:
        self._evaluator = evaluator
        self._illustrator = illustrator
        self._words = words
        self._stages = stages
        self._earlier = earlier

    def of(self, proposed: Sequence[tuple[Principle, Cluster]]) -> list[Tried]:
        """One trial for each principle, in order; what is shown of its group is all that its proposer sees of it."""
        new = [(principle, group) for principle, group in proposed if principle.id not in self._earlier]
        tried = iter(self._tried(principle, group, drawn) for (principle, group), drawn in self._illustrated(new))
        return [
            Tried(principle, self._earlier[principle.id]) if principle.id in self._earlier else next(tried)
            for principle, _ in proposed
        ]

    def _illustrated(
        self, new: Sequence[tuple[Principle, Cluster]]
    ) -> list[tuple[tuple[Principle, Cluster], Illustrated]]:
        if not self._illustrator or not new:
            return [(one, Illustrated(one[0])) for one in new]
        advance = self._stages("asking for worked examples", len(new))
        drawn = self._illustrator.illustrate([Draft(principle, group.shown) for principle, group in new])
        advance(len(new))
        return list(zip(new, drawn, strict=True))

    def _tried(self, principle: Principle, group: Cluster, first: Illustrated) -> Tried:
        effect, twins = self._measured(first, group)
        lost = tuple(twin for twin in twins if twin.lost)
        if self._illustrator and effect and lost:
            return self._amended(self._illustrator, first, Draft(principle, group.shown, lost), group, effect)
        return Tried(first.principle, effect, _remarks(first.left_out))

    def _amended(
        self, illustrator: Illustrator, first: Illustrated, draft: Draft, group: Cluster, effect: PrincipleEffect
    ) -> Tried:
        """Sent back once, with the twins that failed, and tested once more."""
        [second] = illustrator.illustrate([draft])
        remarks = _remarks((*first.left_out, *second.left_out))
        before, after = draft.principle, second.principle
        if before.text != after.text and (why := self._words.why_not_amended(after.text, before, group)):
            return Tried(first.principle, effect, f"{remarks}; its proposer's amended text was not taken, since {why}")
        # The twins of the first test count again, so that an amendment can't pass by having none.
        again, _ = self._measured(replace(second, fresh=_together(first, second)), group)
        twin = draft.failed[0].twin
        amended = Amendment(before.text, f"under it the model no longer helped with: {twin.request}")
        return Tried(after, again, remarks, amended)

    def _measured(self, illustrated: Illustrated, group: Cluster) -> tuple[PrincipleEffect | None, list[TriedTwin]]:
        principle = illustrated.principle
        held_out = [item for item in group.held_out if item.prompt_id not in principle.evidence]
        effect = self._evaluator.effect(principle, held_out)
        if effect is None:
            return None, []
        tried = self._evaluator.try_twins(principle, illustrated.fresh)
        helped, lost = sum(one.helped for one in tried), sum(one.lost for one in tried)
        return replace(effect, twins=len(tried), twins_helped=helped, twins_lost=lost), tried


def _remarks(left_out: Sequence[str]) -> str:
    if not left_out:
        return ""
    return f"; worked examples left out: {len(left_out)}, the first since {left_out[0]}"


def _together(first: Illustrated, second: Illustrated) -> tuple[WorkedExample, ...]:
    """The twins held back both times, but for those that the context now shows."""
    shown = {example.request for example in second.principle.examples}
    by_request = {twin.request: twin for twin in (*first.fresh, *second.fresh) if twin.request not in shown}
    return tuple(by_request.values())
