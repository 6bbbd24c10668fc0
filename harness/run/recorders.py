"""Recorders beside the store's: one that tells the user what is going on, one that passes every event on to several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import assert_never

from harness.evaluation.judged import dispute_note, disputes
from harness.judges.form import NOT_REFUSED
from harness.progress import Progress
from harness.red_team.sources import all_harmful
from iteralign.core.events import (
    ConstitutionChanged,
    Decided,
    Event,
    Judged,
    PrinciplesDecided,
    Revised,
    RoundEvent,
    RoundFinished,
    RoundStarted,
    StageAdvanced,
    StageFinished,
    StageStarted,
    Trained,
)
from iteralign.core.protocols import Recorder


class ProgressRecorder:
    """Turns events into stages and notes of a Progress; `warn` is given what the run's report must say too."""

    def __init__(self, progress: Progress, warn: Callable[[str], None] | None = None) -> None:
        self._progress = progress
        self._warn = warn or progress.note
        self._announced: set[str] = set()

    def record(self, event: Event) -> None:
        match event:
            case StageStarted():
                self._progress.stage(f"round {event.round_number}: {event.stage}", event.total)
            case StageAdvanced():
                self._progress.advance(event.done)
            case StageFinished():
                self._progress.done()
            case _:
                self._record_round(event)

    def _record_round(self, event: RoundEvent) -> None:
        match event:
            case RoundStarted():
                self._progress.note(f"Round {event.round_number}")
            case Judged():
                self._judged(event)
            case PrinciplesDecided():
                self._principles_decided(event)
            case ConstitutionChanged():
                self._constitution_changed(event)
            case Revised():
                self._revised(event)
            case Trained():
                self._trained(event)
            case Decided():
                self._progress.note(f"  gate: {event.decision.outcome}. {'; '.join(event.decision.reasons)}")
            case RoundFinished():
                self._round_finished(event)
            case _:
                assert_never(event)

    def _judged(self, event: Judged) -> None:
        missing = Counter(item.response.unanswered for item in event.judged if item.response.unanswered)
        labels = Counter(item.verdict.label for item in event.judged if not item.response.unanswered)
        categories = {item.verdict.category for item in event.judged if item.verdict.label == "violation"}
        called = NOT_REFUSED if categories == {NOT_REFUSED} else "violations"
        self._progress.note(
            f"  {labels.total()} answers judged: {labels['violation']} {called}, {labels['unscored']} unscored"
        )
        for reason, count in missing.items():
            self._progress.note(f"  {count} of {len(event.judged)} prompts have no answer: {reason}")
        self._say_what_is_disputed(event)

    def _say_what_is_disputed(self, event: Judged) -> None:
        """Verdicts that the form of the answer contradicts, among prompts whose source knows them to be harmful."""
        sources = {item.response.attack.prompt.source for item in event.judged}
        harmful = {source for source in sources if all_harmful(source)}
        answered = [item for item in event.judged if not item.response.unanswered]
        disputed = [
            disputes(item.response.attack.last_user_turn, item.response.text, item.verdict)
            for item in answered
            if item.response.attack.prompt.source in harmful
        ]
        readable = [dispute for dispute in disputed if dispute is not None]
        for note in dispute_note(f"round {event.round_number}", sum(readable), len(readable)):
            self._warn(note)

    def _principles_decided(self, event: PrinciplesDecided) -> None:
        for item in event.outcomes:
            if item.outcome in ("retired", "refused"):
                self._progress.note(f"  {item.outcome}: {item.principle.text} ({item.reason})")

    def _constitution_changed(self, event: ConstitutionChanged) -> None:
        principles = event.constitution.principles
        for principle in principles:
            if principle.id not in self._announced and principle.round == event.round_number:
                self._progress.note(f"  new principle ({len(principle.evidence)} violations): {principle.text}")
        self._announced |= {principle.id for principle in principles}

    def _revised(self, event: Revised) -> None:
        tried = {revision.original.attack.prompt.id for revision in event.revisions}
        kept = sum(revision.kept for revision in event.revisions)
        self._progress.note(f"  {kept} of {len(tried)} violations mended, in {len(event.revisions)} tries")

    def _trained(self, event: Trained) -> None:
        candidate = event.candidate
        self._progress.note(
            f"  candidate {candidate.name}: {candidate.steps} steps on {len(event.pairs)} pairs, "
            f"loss {candidate.loss_first:.2f} to {candidate.loss_last:.2f}"
        )

    def _round_finished(self, event: RoundFinished) -> None:
        if event.status != "accepted":
            self._progress.note(f"  round {event.round_number} {event.status}: {event.reason}")


class Recorders:
    """Passes every event on to each of several recorders, in order."""

    def __init__(self, *recorders: Recorder) -> None:
        self._recorders = recorders

    def record(self, event: Event) -> None:
        for recorder in self._recorders:
            recorder.record(event)
