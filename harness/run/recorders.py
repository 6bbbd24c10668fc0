"""Recorders beside the store's: one that tells the user what is going on, one that passes everything on to several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from harness.evaluation.judged import dispute_note, disputes
from harness.progress import Progress
from harness.red_team.sources import all_harmful
from iteralign.core.protocols import Recorder
from iteralign.core.records import (
    Candidate,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    PrincipleOutcome,
    Revision,
    RoundStatus,
    TrainingPair,
)


class ProgressRecorder:
    """Turns what happens into stages and notes of a Progress; `warn` is told what the run's report must say too."""

    def __init__(self, progress: Progress, warn: Callable[[str], None] | None = None) -> None:
        self._progress = progress
        self._warn = warn or progress.note
        self._known: set[str] = set()

    def round_started(self, round_number: int) -> None:
        self._progress.note(f"Round {round_number}")

    def stage_started(self, round_number: int, stage: str, total: int) -> None:
        self._progress.stage(f"round {round_number}: {stage}", total)

    def stage_advanced(self, done: int) -> None:
        self._progress.advance(done)

    def stage_finished(self, round_number: int, stage: str, seconds: float) -> None:
        self._progress.done()

    def judged(self, round_number: int, judged: Sequence[JudgedResponse]) -> None:
        missing = Counter(one.response.unanswered for one in judged if one.response.unanswered)
        labels = Counter(one.verdict.label for one in judged if not one.response.unanswered)
        self._progress.note(
            f"  {labels.total()} answers judged: {labels['violation']} violations, {labels['unscored']} unscored"
        )
        for reason, count in missing.items():
            self._progress.note(f"  {count} of {len(judged)} prompts have no answer: {reason}")
        self._say_what_is_disputed(round_number, judged)

    def _say_what_is_disputed(self, round_number: int, judged: Sequence[JudgedResponse]) -> None:
        """Verdicts that the form of the answer contradicts, among prompts whose source knows them to be harmful."""
        sources = {one.response.attack.prompt.source for one in judged}
        harmful = {source for source in sources if all_harmful(source)}
        known = [one for one in judged if one.response.attack.prompt.source in harmful and not one.response.unanswered]
        found = [disputes(one.response.attack.text, one.response.text, one.verdict) for one in known]
        readable = [one for one in found if one is not None]
        for note in dispute_note(f"round {round_number}", sum(readable), len(readable)):
            self._warn(note)

    def constitution_changed(
        self, round_number: int, constitution: Constitution, proposed: Sequence[Principle]
    ) -> None:
        for principle in constitution.principles:
            if principle.id not in self._known and principle.round == round_number:
                self._progress.note(f"  new principle ({len(principle.evidence)} violations): {principle.text}")
        self._known |= {principle.id for principle in constitution.principles}

    def appraised(self, round_number: int, appraisals: Sequence[PrincipleOutcome]) -> None:
        for one in appraisals:
            if one.outcome in ("retired", "refused"):
                self._progress.note(f"  {one.outcome}: {one.principle.text} ({one.reason})")

    def revised(self, round_number: int, revisions: Sequence[Revision]) -> None:
        tried = {revision.original.attack.prompt.id for revision in revisions}
        kept = sum(revision.kept for revision in revisions)
        self._progress.note(f"  {kept} of {len(tried)} violations mended, in {len(revisions)} tries")

    def trained(self, round_number: int, attempt: int, candidate: Candidate, pairs: Sequence[TrainingPair]) -> None:
        self._progress.note(
            f"  candidate {candidate.name}: {candidate.steps} steps on {len(pairs)} pairs, "
            f"loss {candidate.loss_first:.2f} to {candidate.loss_last:.2f}"
        )

    def decided(self, round_number: int, attempt: int, candidate: Candidate, decision: GateDecision) -> None:
        self._progress.note(f"  gate: {decision.outcome}. {'; '.join(decision.reasons)}")

    def round_finished(self, round_number: int, status: RoundStatus, reason: str) -> None:
        if status != "accepted":
            self._progress.note(f"  round {round_number} {status}: {reason}")


class Recorders:
    """Passes everything on to each of several recorders, in order."""

    def __init__(self, *recorders: Recorder) -> None:
        self._recorders = recorders

    def round_started(self, round_number: int) -> None:
        for recorder in self._recorders:
            recorder.round_started(round_number)

    def stage_started(self, round_number: int, stage: str, total: int) -> None:
        for recorder in self._recorders:
            recorder.stage_started(round_number, stage, total)

    def stage_advanced(self, done: int) -> None:
        for recorder in self._recorders:
            recorder.stage_advanced(done)

    def stage_finished(self, round_number: int, stage: str, seconds: float) -> None:
        for recorder in self._recorders:
            recorder.stage_finished(round_number, stage, seconds)

    def judged(self, round_number: int, judged: Sequence[JudgedResponse]) -> None:
        for recorder in self._recorders:
            recorder.judged(round_number, judged)

    def constitution_changed(
        self, round_number: int, constitution: Constitution, proposed: Sequence[Principle]
    ) -> None:
        for recorder in self._recorders:
            recorder.constitution_changed(round_number, constitution, proposed)

    def appraised(self, round_number: int, appraisals: Sequence[PrincipleOutcome]) -> None:
        for recorder in self._recorders:
            recorder.appraised(round_number, appraisals)

    def revised(self, round_number: int, revisions: Sequence[Revision]) -> None:
        for recorder in self._recorders:
            recorder.revised(round_number, revisions)

    def trained(self, round_number: int, attempt: int, candidate: Candidate, pairs: Sequence[TrainingPair]) -> None:
        for recorder in self._recorders:
            recorder.trained(round_number, attempt, candidate, pairs)

    def decided(self, round_number: int, attempt: int, candidate: Candidate, decision: GateDecision) -> None:
        for recorder in self._recorders:
            recorder.decided(round_number, attempt, candidate, decision)

    def round_finished(self, round_number: int, status: RoundStatus, reason: str) -> None:
        for recorder in self._recorders:
            recorder.round_finished(round_number, status, reason)
