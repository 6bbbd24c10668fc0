"""The loop of IterAlign (Chen et al., NAACL 2024), one round step by step, with what the paper lacks: a gate.

A round draws red-team prompts, has the oracle judge the answers, turns violations into principles and revisions, trains
a candidate on the revisions that the oracle now accepts, and asks the gate whether the candidate may stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal, Protocol

from iteralign.constitution.discovery import Discovered
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.events import (
    ConstitutionChanged,
    Decided,
    Judged,
    PrinciplesDecided,
    Revised,
    RoundFinished,
    RoundStarted,
    StageAdvanced,
    StageFinished,
    StageStarted,
    Trained,
)
from iteralign.core.protocols import Advance, Gate, Model, Oracle, Recorder, Stages, no_stages
from iteralign.core.records import (
    Attack,
    Candidate,
    Constitution,
    GateDecision,
    JudgedResponse,
    Revision,
    RoundStatus,
    TrainingPair,
)
from iteralign.core.settings import LoopSettings, TrainingSettings
from iteralign.revision.filtering import Refuses, refuses_nothing
from iteralign.revision.reviser import Reviser, RevisionSettings
from iteralign.revision.unscored import check_answered, check_unscored, verdicts_on
from iteralign.training.replay import training_set, twins_of

StopReason = Literal["converged", "patience", "max_rounds", "prompts_used_up"]
Screen = Callable[[Sequence[TrainingPair]], Sequence[TrainingPair]]
"""Given training pairs, those that may be trained on: what is measured may not."""
Draw = Callable[[frozenset[str], int], Sequence[Attack]]
"""Given the ids of prompts already drawn and the round's number, the next batch of attacks."""
Review = Callable[[int, Constitution], Constitution]
"""Given a round's number and the constitution it came to, the one to go on with; may raise to wait for a person."""


class Discoverer(Protocol):
    """How a round's violations become the next constitution."""

    def discover(
        self,
        violations: Sequence[JudgedResponse],
        constitution: Constitution,
        *,
        round_number: int,
        stages: Stages = no_stages,
    ) -> Discovered: ...


@dataclass
class LoopState:
    """Where the loop stands after its last finished round; a stored one lets a killed run go on."""

    round: int = 0
    drawn: frozenset[str] = frozenset()
    constitution: Constitution = field(default_factory=Constitution)
    pairs: tuple[TrainingPair, ...] = ()
    accepted_rounds: int = 0
    skipped_in_a_row: int = 0
    clean_in_a_row: int = 0


def keep_all(pairs: Sequence[TrainingPair]) -> Sequence[TrainingPair]:
    """The screen that keeps every pair."""
    return pairs


def approve_all(_round_number: int, constitution: Constitution) -> Constitution:
    """The review that approves every constitution as it is."""
    return constitution


@dataclass(eq=False)
class Loop:
    """The rounds of one run.

    `harmless` are prompts with the model's own good answers, for replay. Everything that is trained on goes through
    `screen` first, and each changed constitution through `review`. `state` moves on with each finished round.
    """

    model: Model
    oracle: Oracle
    gate: Gate
    recorder: Recorder
    discoverer: Discoverer
    _: KW_ONLY
    draw: Draw
    harmless: Sequence[TrainingPair]
    settings: LoopSettings
    training: TrainingSettings
    seed: int
    revision: RevisionSettings = field(default_factory=RevisionSettings)
    constitution: ConstitutionSettings = field(default_factory=ConstitutionSettings)
    state: LoopState = field(default_factory=LoopState)
    screen: Screen = keep_all
    review: Review = approve_all
    refuses: Refuses = refuses_nothing

    def run(self) -> StopReason:
        """Go round until there is a reason to stop, and say which."""
        while not (reason := self._reason_to_stop()):
            number = self.state.round + 1
            attacks = self.draw(self.state.drawn, number)
            if not attacks:
                return "prompts_used_up"
            self.recorder.record(RoundStarted(number))
            status, why = self._round(number, attacks)
            self.recorder.record(RoundFinished(number, status, why))
            self._count(number, status)
        return reason

    def _reason_to_stop(self) -> StopReason | None:
        if self.state.clean_in_a_row >= self.settings.clean_batches:
            return "converged"
        if self.state.skipped_in_a_row >= self.settings.patience:
            return "patience"
        return "max_rounds" if self.state.round >= self.settings.max_rounds else None

    def _count(self, number: int, status: RoundStatus) -> None:
        state = self.state
        state.round = number
        state.accepted_rounds += status == "accepted"
        # A clean batch between two skipped rounds does not show that the model can still learn.
        state.skipped_in_a_row = 0 if status == "accepted" else state.skipped_in_a_row + (status == "skipped")
        state.clean_in_a_row = state.clean_in_a_row + 1 if status == "clean" else 0

    def _round(self, number: int, attacks: Sequence[Attack]) -> tuple[RoundStatus, str]:
        self.state.drawn |= {attack.prompt.id for attack in attacks}
        judged = self._red_team(number, attacks)
        violations = [item for item in judged if item.verdict.label == "violation"]
        if not violations:
            return _without_violation(judged)
        self._propose(number, violations)
        if self.constitution.needed and not self.state.constitution.principles:
            return "skipped", "no principle had enough evidence and proved its worth"
        pairs = self._revise(number, violations)
        if why := self._why_too_few(len(pairs), len(violations)):
            return "skipped", why
        return self._train_and_gate(number, pairs)

    def _why_too_few(self, pairs: int, violations: int) -> str:
        """Why a candidate is not worth training on that many pairs, or empty."""
        if not pairs:
            return f"none of {violations} violations was mended by a revision that may be trained on"
        mended = f"only {pairs} of {violations} violations were mended and may be trained on"
        if pairs < self.settings.min_revised * violations:
            # A constitution that has no bearing on the violations still lets a few lucky revisions through. Trained on,
            # they would bring a gain that owes nothing to the principles (benchmarks/controls.py shows it).
            return f"{mended}, less than the {self.settings.min_revised:.0%} of loop.min_revised"
        if pairs < self.settings.min_evidence:
            # So few can't move a metric by more than chance: a candidate would cost a gate decision for nothing.
            return f"{mended}, fewer than the {self.settings.min_evidence} of loop.min_evidence"
        return ""

    def _red_team(self, number: int, attacks: Sequence[Attack]) -> list[JudgedResponse]:
        """Answers to the attacks, with the oracle's verdicts.

        Raises ModelError when too many attacks have no answer, and OracleError when too many answers have no verdict.
        """
        with self._stage(number, "answer", len(attacks)):
            responses = self.model.generate(attacks, advance=self._advance)
        with self._stage(number, "judge", len(responses)):
            verdicts = verdicts_on(self.oracle, responses, advance=self._advance)
        judged = [JudgedResponse(*both) for both in zip(responses, verdicts, strict=True)]
        self.recorder.record(Judged(number, judged))
        check_answered(responses, self.settings.max_unscored)
        check_unscored(verdicts, self.settings.max_unscored)
        return judged

    def _propose(self, number: int, violations: Sequence[JudgedResponse]) -> None:
        with self._stage(number, "propose", 1):
            discovered = self.discoverer.discover(
                violations, self.state.constitution, round_number=number, stages=self._within(number, "propose")
            )
        self.recorder.record(PrinciplesDecided(number, discovered.outcomes))
        before = [principle.text for principle in self.state.constitution.principles]
        changed = before != [principle.text for principle in discovered.constitution.principles]
        # Approved by a person before anything is made of it: revisions already depend on it.
        self.state.constitution = self.review(number, discovered.constitution) if changed else discovered.constitution
        self.recorder.record(ConstitutionChanged(number, self.state.constitution, discovered.proposed))

    def _revise(self, number: int, violations: Sequence[JudgedResponse]) -> list[TrainingPair]:
        reviser = Reviser(
            self.model,
            self.oracle,
            self.revision,
            self.settings,
            seed=self._seed(number, 0),
            refuses=self.refuses,
        )
        with self._stage(number, "revise", len(violations)):
            revisions = reviser.revise(violations, self.state.constitution, stages=self._within(number, "revise"))
        self.recorder.record(Revised(number, revisions))
        accepted = [_pair(revision) for revision in revisions if revision.kept or not self.revision.filtered]
        return list(self.screen(accepted))

    def _train_and_gate(self, number: int, pairs: Sequence[TrainingPair]) -> tuple[RoundStatus, str]:
        """Train and gate candidates, more gently as long as the gate says that this may help."""
        why, attempt = "", 1
        for retry in range(self.settings.gate_retries + 1):
            settings = self.training.scaled(self.training.retry_scale**retry)
            candidates = self._train(number, attempt, pairs, settings)
            taken, decisions = self._gate(number, attempt, candidates)
            if taken:
                self.model.accept(taken)
                self.gate.take(taken)
                self.state.pairs += tuple(pairs)
                return "accepted", "; ".join(_last_accepting(decisions).reasons)
            self.model.discard()
            why = "; ".join(decisions[-1].reasons)
            if not decisions[0].retry:
                break
            attempt += len(candidates)
        return "skipped", why

    def _gate(
        self, number: int, first_attempt: int, candidates: Sequence[Candidate]
    ) -> tuple[Candidate | None, list[GateDecision]]:
        """The strongest candidate that the gate lets through, if any, and the decisions, from gentle to strong.

        A stronger one is not tried once the gate has found, or fears, that one did harm.
        """
        taken, decisions = None, []
        for attempt, candidate in enumerate(candidates, start=first_attempt):
            self.model.try_out(candidate)
            with self._stage(number, "gate", 1):
                decision = self.gate.decide(candidate, round_number=number, attempt=attempt)
            self.recorder.record(Decided(number, attempt, candidate, decision))
            decisions.append(decision)
            if decision.outcome == "accept":
                taken = candidate
            elif taken or decision.retry:
                break
        return taken, decisions

    def _train(
        self, number: int, first_attempt: int, pairs: Sequence[TrainingPair], settings: TrainingSettings
    ) -> list[Candidate]:
        """A candidate for each strength, each an attempt of its own."""
        seed = self._seed(number, first_attempt)
        twins = twins_of(self.state.constitution.principles)
        training_pairs = self.screen(
            training_set(pairs, self.state.pairs, self.harmless, settings, seed=seed, twins=twins)
        )
        attempts = range(first_attempt, first_attempt + len(settings.strengths))
        with self._stage(number, "train", settings.steps(len(training_pairs))):
            candidates = self.model.fine_tune(
                training_pairs,
                settings,
                names=[f"r{number}a{attempt}" for attempt in attempts],
                seed=seed,
                advance=self._advance,
            )
        for attempt, candidate in zip(attempts, candidates, strict=True):
            self.recorder.record(Trained(number, attempt, candidate, training_pairs))
        return candidates

    def _seed(self, number: int, attempt: int) -> int:
        """A seed that depends on the round and not on what ran before it, so that a resumed run repeats itself."""
        return self.seed * 1_000_003 + number * 1_009 + attempt

    def _advance(self, done: int) -> None:
        self.recorder.record(StageAdvanced(done))

    def _within(self, number: int, stage: str) -> Stages:
        """Parts of a stage, each with its own count; the stage's time is that of all of them."""

        def begin(what: str, total: int) -> Advance:
            self.recorder.record(StageStarted(number, f"{stage}: {what}", total))
            return self._advance

        return begin

    @contextmanager
    def _stage(self, number: int, stage: str, total: int) -> Iterator[None]:
        self.recorder.record(StageStarted(number, stage, total))
        started = time.monotonic()
        yield
        self.recorder.record(StageFinished(number, stage, time.monotonic() - started))


def _without_violation(judged: Sequence[JudgedResponse]) -> tuple[RoundStatus, str]:
    """A batch is clean when every answer was judged satisfactory; what could not be judged is no pass."""
    unscored = sum(item.verdict.label == "unscored" for item in judged)
    if unscored:
        return "skipped", f"no answer was judged a violation, but {unscored} of {len(judged)} could not be judged"
    return "clean", "no answer in the batch was judged a violation"


def _last_accepting(decisions: Sequence[GateDecision]) -> GateDecision:
    return next(decision for decision in reversed(decisions) if decision.outcome == "accept")


def _pair(revision: Revision) -> TrainingPair:
    attack = revision.original.attack
    return TrainingPair(attack.prompt.id, attack.conversation, revision.text, "revision", revision.original.text)
