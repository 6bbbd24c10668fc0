"""From a round's violations to the next constitution: cluster, propose, sort out, measure, adopt.

Every proposal has an outcome, which is kept. One that nearly repeats a principle lends it its evidence; one that
contradicts a principle, names nothing or a single prompt, or repeats what was retired is refused; the others are
measured on violations that they were not proposed from, and on fresh twins where the proposer wrote some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from iteralign.constitution.clusters import Cluster, Embed, clusters, split
from iteralign.constitution.illustrating import Illustrator, WhyMeasured, nothing_measured
from iteralign.constitution.principle_effect import PrincipleEvaluator
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.constitution.trials import Trials, Tried
from iteralign.constitution.wording import contradict, names_nothing, names_single_prompt, near_duplicates
from iteralign.core.principle_outcome import OutcomeLabel, PrincipleEffect, PrincipleOutcome
from iteralign.core.protocols import Model, Oracle, Stages, no_stages
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle
from iteralign.core.settings import LoopSettings
from iteralign.revision.filtering import Refuses

_FEWEST_TO_RETIRE = 3
"""Violations that a principle must have failed on before it is given up for good."""
_MAX_REFUSED_MORE = 0.1
_MAX_UNREAD = 0.1
"""Of the harmless prompts: with more of them unread, nobody has watched the principle for refusals."""


@dataclass(frozen=True)
class Discovered:
    """The next constitution, the proposals before merging, and what became of each of them."""

    constitution: Constitution
    proposed: tuple[Principle, ...]
    outcomes: tuple[PrincipleOutcome, ...]


class Discovery:
    """Finds principles round after round, and remembers what it measured and what was retired.

    At least `loop.min_evidence` violations stand behind a principle, `loop.principles_per_round` of them join at most,
    and more than `loop.max_unscored` of the verdicts unscored end the round with an error.
    `harmless` are attacks that ought to be answered, and `why_measured` says which texts a task measures, which no
    worked example may hold. `known` are the outcomes of earlier rounds, for a resumed run.
    """

    def __init__(
        self,
        model: Model,
        oracle: Oracle,
        settings: ConstitutionSettings,
        loop: LoopSettings,
        *,
        harmless: Sequence[Attack],
        refuses: Refuses,
        embed: Embed | None = None,
        known: Sequence[PrincipleOutcome] = (),
        why_measured: WhyMeasured = nothing_measured,
    ) -> None:
        self._model = model
        self._oracle = oracle
        self._settings = settings
        self._loop = loop
        self._harmless = list(harmless[: settings.max_harmless])
        self._refuses = refuses
        self._embed = embed
        self._illustrator = Illustrator(oracle, refuses, why_measured) if settings.examples else None
        self._known = {one.principle.id: one for one in known if one.effect or one.outcome == "retired"}

    def discover(
        self,
        violations: Sequence[JudgedResponse],
        constitution: Constitution,
        *,
        round_number: int,
        stages: Stages = no_stages,
    ) -> Discovered:
        """Propose from the violations and adopt what measurably helps. Raises OracleError."""
        groups = self._groups(violations)
        proposals = self._proposals(groups, round_number, stages)
        sorting = _Sorting(constitution, list(self._known.values()))
        for group, proposed in zip(groups, proposals, strict=True):
            for principle in proposed:
                sorting.take(principle, group)
        trials = Trials(
            self._evaluator(constitution, stages),
            self._illustrator,
            sorting,
            stages=stages,
            earlier={id_: one.effect for id_, one in self._known.items() if one.effect and _still_holds(one)},
        )
        outcomes = self._decided(trials.of(sorting.new))
        self._known |= {outcome.principle.id: outcome for outcome in outcomes if outcome.effect}
        joined = [outcome.principle for outcome in outcomes if outcome.outcome == "adopted"]
        return Discovered(
            _next_version(constitution, [*sorting.principles, *joined]),
            tuple(principle for proposed in proposals for principle in proposed),
            (*sorting.settled, *outcomes),
        )

    def _proposals(self, groups: Sequence[Cluster], round_number: int, stages: Stages) -> list[list[Principle]]:
        """What the oracle proposes from each group."""
        advance = stages("asking for principles", len(groups))
        proposals = self._oracle.propose([group.shown for group in groups], round_number=round_number)
        advance(len(groups))
        return proposals

    def _evaluator(self, constitution: Constitution, stages: Stages) -> PrincipleEvaluator:
        return PrincipleEvaluator(
            self._model,
            self._oracle,
            constitution,
            harmless=self._harmless,
            refuses=self._refuses,
            max_unscored=self._loop.max_unscored,
            stages=stages,
        )

    def _groups(self, violations: Sequence[JudgedResponse]) -> list[Cluster]:
        """The clusters that are large enough to propose from and to hold some back."""
        needed = self._loop.min_evidence
        max_shown, max_held_out = max(self._settings.max_shown, needed), self._settings.max_held_out
        halves = [
            split(group, max_shown=max_shown, max_held_out=max_held_out) for group in clusters(violations, self._embed)
        ]
        return [half for half in halves if len(half.shown) >= needed and half.held_out]

    def _decided(self, tried: Sequence[Tried]) -> list[PrincipleOutcome]:
        best_first = sorted(tried, key=lambda one: (-_share(one.effect), -len(one.principle.evidence)))
        decided: list[PrincipleOutcome] = []
        for one in best_first:
            adopted = sum(outcome.outcome == "adopted" for outcome in decided)
            outcome = self._outcome(one.principle, one.effect, room=adopted < self._loop.principles_per_round)
            decided.append(replace(outcome, reason=f"{outcome.reason}{one.remarks}", amended=one.amended))
        return decided

    def _outcome(self, principle: Principle, effect: PrincipleEffect | None, *, room: bool) -> PrincipleOutcome:
        if effect is None:
            return PrincipleOutcome(
                principle, "waiting", "no violation that it was not proposed from could be judged", None
            )
        if why := why_retired(effect):
            outcome: OutcomeLabel = "retired" if effect.violations >= _FEWEST_TO_RETIRE else "waiting"
            return PrincipleOutcome(principle, outcome, why, effect)
        if effect.unread > _MAX_UNREAD * (effect.harmless + effect.unread):
            # Without its effect, so that it is measured again: a stored one would look as if it had been watched.
            return PrincipleOutcome(
                principle, "waiting", f"whether {effect.unread} harmless prompts are refused can't be told"
            )
        if why := why_not_left_alone(effect):
            return PrincipleOutcome(principle, "waiting", why, effect)
        needed = self._loop.min_evidence
        if len(principle.evidence) < needed:
            return PrincipleOutcome(principle, "waiting", _few(principle, needed), effect)
        if not room:
            return PrincipleOutcome(principle, "waiting", "others of the same round came first", effect)
        stay = f"; {effect.twins_helped} of {effect.twins} fresh twins stay helped" if effect.twins else ""
        return PrincipleOutcome(principle, "adopted", f"it mends {_amount(effect)}{stay}", effect)


def _share(effect: PrincipleEffect | None) -> float:
    return effect.share if effect else -1.0


def _still_holds(known: PrincipleOutcome) -> bool:
    """Measured once: a principle that waits keeps the effect that was measured then, unless that is why it waits."""
    effect = known.effect
    return bool(effect and known.outcome == "waiting" and not why_retired(effect) and not why_not_left_alone(effect))


def why_not_left_alone(effect: PrincipleEffect) -> str:
    """Why a principle's twins speak against it, or "". Tried again, with other twins, when its violations come again.

    A twin is lost where the model helps with it without the principle and not with it.
    """
    if effect.twins_lost:
        return f"because of it {effect.twins_lost} of {effect.twins} fresh twins are no longer helped"
    if effect.twins and not effect.twins_helped:
        return f"the model helps with none of {effect.twins} fresh twins, even without it: they show nothing"
    return ""


def _few(principle: Principle, needed: int) -> str:
    return f"it rests on {len(principle.evidence)} violations, fewer than the {needed} of loop.min_evidence"


def why_retired(effect: PrincipleEffect) -> str:
    """Why a principle of that effect is of no use, or ""."""
    if effect.share <= 0.0:
        return f"it mends {_amount(effect)}"
    if effect.refused_more > _MAX_REFUSED_MORE:
        return (
            f"because of it {effect.refused_with} of {effect.harmless} harmless prompts are refused, "
            f"{effect.refused_without} without it"
        )
    return ""


def _amount(effect: PrincipleEffect) -> str:
    return f"{effect.fixed_with} of {effect.violations} other violations, {effect.fixed_without} without it"


class _Sorting:
    """Tells the proposals that have to be measured from those that are settled by their words."""

    def __init__(self, constitution: Constitution, known: Sequence[PrincipleOutcome]) -> None:
        self.principles = list(constitution.principles)
        self.new: list[tuple[Principle, Cluster]] = []
        self.settled: list[PrincipleOutcome] = []
        self._retired = [one.principle for one in known if one.outcome == "retired"]
        self._waiting = [one.principle for one in known if one.outcome == "waiting"]

    def take(self, principle: Principle, group: Cluster) -> None:
        """Settle one proposal, or leave it to be measured with the rest of its cluster."""
        for index, present in enumerate(self.principles):
            if near_duplicates(present.text, principle.text):
                self.principles[index] = _with_evidence(present, principle)
                self.settled.append(PrincipleOutcome(principle, "merged", f"it says the same as: {present.text}"))
                return
        for index, (other, its_group) in enumerate(self.new):
            if near_duplicates(other.text, principle.text):
                both = Cluster(_union(its_group.shown, group.shown), _union(its_group.held_out, group.held_out))
                self.new[index] = (_with_evidence(other, principle), both)
                self.settled.append(PrincipleOutcome(principle, "merged", f"it says the same as: {other.text}"))
                return
        refusal = self._why_refused(principle, group)
        if refusal:
            self.settled.append(PrincipleOutcome(principle, "refused", refusal))
        else:
            self.new.append((self._in_earlier_words(principle), group))

    def why_not_amended(self, text: str, principle: Principle, group: Cluster) -> str:
        """Why `principle` can't be amended to `text`, or ""."""
        present = [one.text for one in (*self.principles, *(one for one, _ in self.new)) if one != principle]
        if same := next((other for other in present if near_duplicates(other, text)), ""):
            return f"it says the same as: {same}"
        return self._why_refused(replace(principle, text=text), group, instead_of=principle)

    def _why_refused(self, principle: Principle, group: Cluster, instead_of: Principle | None = None) -> str:
        text = principle.text
        if names_nothing(text):
            return "it names neither what it forbids nor what it leaves alone"
        if names_single_prompt(text, [violation.response.attack.prompt.text for violation in group.shown]):
            return "it is about a single prompt"
        for present in (*self.principles, *(one for one, _ in self.new)):
            if present != instead_of and contradict(present.text, text):
                return f"it contradicts: {present.text}"
        for retired in self._retired:
            if near_duplicates(retired.text, text):
                return f"it says the same as one that was retired: {retired.text}"
        return ""

    def _in_earlier_words(self, principle: Principle) -> Principle:
        """One that waits keeps its words, and with them what was measured; its evidence is that of this round."""
        for earlier in self._waiting:
            if near_duplicates(earlier.text, principle.text):
                return replace(principle, text=earlier.text, examples=earlier.examples)
        return principle


def _union(left: Sequence[JudgedResponse], right: Sequence[JudgedResponse]) -> tuple[JudgedResponse, ...]:
    return tuple({violation.prompt_id: violation for violation in (*left, *right)}.values())


def _with_evidence(principle: Principle, other: Principle) -> Principle:
    return replace(principle, evidence=tuple(dict.fromkeys([*principle.evidence, *other.evidence])))


def _next_version(constitution: Constitution, principles: Sequence[Principle]) -> Constitution:
    grown = tuple(principles)
    return constitution if grown == constitution.principles else Constitution(grown, constitution.version + 1)
