"""The run itself: the base measured, the judge examined, and then the loop's rounds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from harness.assembly.judge import examine_judge
from harness.assembly.loop import discoverer, refuses
from harness.assembly.red_team import drawing, harmless_pairs, harmless_types, little_to_replay
from harness.assembly.roles import saved_notes
from harness.evaluation.judged import dispute_notes
from harness.run.asking import AskedModel, Asking, first_rows
from harness.run.expected_use import expected_use
from harness.run.final import confirm
from harness.run.gate_keeping import AcceptAllGate, PolicyGate
from harness.run.loop_state import starting_state
from harness.run.measurements import Measurements, notes_on_base
from harness.run.open_run import OpenRun
from harness.run.parts import RunParts
from harness.run.recorders import ProgressRecorder, Recorders
from harness.run.review import StoredReview
from harness.run.sizes import sizes
from harness.run.stopping_gate import StoppingGate
from harness.store.resume import ResumeState
from iteralign.core.protocols import Gate, Model, Oracle
from iteralign.core.records import Constitution, TrainingPair
from iteralign.loop import Loop, StopReason, approve_all
from iteralign.oracle.validation.calibration import CalibrationResult


@dataclass(frozen=True)
class Wrappers:
    """What an experiment puts around the loop's model and oracle; the gate's measurements are never wrapped."""

    model: Callable[[Model], Model] = lambda model: model
    oracle: Callable[[Oracle], Oracle] = lambda oracle: oracle


class Rounds:
    """One run under way, from its first measurement to its last."""

    def __init__(self, parts: RunParts, run: OpenRun, wrappers: Wrappers) -> None:
        self.parts = parts
        self.config = parts.config
        self.run = run
        self.wrappers = wrappers
        self.measurements = Measurements(parts, run)
        self.asking = Asking(self.measurements)
        self.judge = parts.config.judge.stored_name(parts.judge)
        parts.screen.record_with(partial(run.store.prompts.record_overlaps, run.run_id))

    def align(self, stored: ResumeState | None) -> StopReason:
        """Measure the base, then go round; from where the run was, if it was interrupted."""
        self._note_what_the_oracle_may_cost()
        self._examine_the_judge()
        base = self._measure_base()
        harmless = self._harmless_pairs()
        accepted = self._restored(stored) or base
        return self._loop(stored, self._gate(base, accepted), harmless).run()

    def confirm(self) -> None:
        """Hold the result against the base on items that no round has seen."""
        confirm(self.parts, self.run, self.measurements, self._calibration)
        for note in saved_notes(self.config.judge, self.parts.judge):
            self.run.note(note)

    def _loop(self, stored: ResumeState | None, gate: Gate, harmless: list[TrainingPair]) -> Loop:
        config, run = self.config, self.run
        state, known = starting_state(run, self.parts.constitution, stored)
        self.parts.screen.examples(state.constitution.principles)
        model, oracle = self.wrappers.model(self.parts.model), self.wrappers.oracle(self.parts.oracle)
        return Loop(
            model,
            oracle,
            gate,
            Recorders(run.store.runs.recorder(run.run_id), ProgressRecorder(run.progress, run.note)),
            discoverer(config, model, oracle, harmless, known, self.parts.screen.why_measured),
            draw=drawing(config, self.parts.red_team),
            harmless=harmless,
            settings=config.loop,
            training=config.training,
            seed=config.seed,
            revision=config.revision,
            constitution=config.constitution,
            state=state,
            screen=self.parts.screen.pairs,
            review=self._review,
            refuses=refuses,
        )

    def _review(self, number: int, constitution: Constitution) -> Constitution:
        """What a person approved, where that is asked for, without worked examples of what is measured."""
        config, run = self.config, self.run
        review = StoredReview(config, run.store, run.run_id) if config.constitution.review else approve_all
        approved = review(number, constitution)
        self.parts.screen.examples(approved.principles)
        return approved

    def _note_what_the_oracle_may_cost(self) -> None:
        if self.config.judge.asks_at_a_cost() or self.config.proposer.asks_at_a_cost():
            self.run.note(expected_use(self.config, sizes(self.parts)))

    def _examine_the_judge(self) -> None:
        run = self.run
        judge = examine_judge(self.parts.judge, self.config.judge, run.store, run.progress, run_id=run.run_id)
        self.judge = judge.name
        self.parts.evaluator.judged_by(judge.name)
        for note in judge.notes:
            (run.note if judge.trusted else run.progress.note)(note)

    def _measure_base(self) -> AskedModel:
        """The base on the gate's items, or its first ones where it is asked in blocks; on the final ones as well."""
        base = AskedModel("base", self.measurements.kept("base", "gate"), in_force=self.parts.model.as_base)
        if self.parts.plan:
            evaluation = self.asking.ask(base, first_rows([block.rows for block in self.parts.plan.blocks]), "to begin")
            notes = [f"base, {note}" for note in dispute_notes(evaluation.scores)]
        else:
            evaluation = base.evaluation or self.measurements.measure("base", self.parts.gate_tasks, "gate")
            base.evaluation, notes = evaluation, []
        for note in [*notes_on_base(evaluation, tuple(self.parts.policy.deciding)), *notes]:
            self.run.note(note)
        if self.parts.final_tasks:
            self.measurements.once("base", self.parts.final_tasks, "final")
        return base

    def _harmless_pairs(self) -> list[TrainingPair]:
        """Harmless prompts with the model's own answers, where anything is made of them."""
        if not self.config.training.replayed_harmless and self.config.constitution.discovery != "clusters":
            return []
        parts = self.parts
        types = harmless_types(self.config)
        longest = self.config.training.replayed_tokens
        pairs = harmless_pairs(parts.model, parts.judge, parts.harmless, types, self.run.begin, longest=longest)
        if note := little_to_replay(self.config, len(pairs), len(parts.harmless.prompts)):
            self.run.note(note)
        return pairs

    def _restored(self, stored: ResumeState | None) -> AskedModel | None:
        """Put the accepted adapter of an interrupted run back in force, and give what it was asked."""
        if stored is None:
            return None
        model = self.parts.model
        for leftover in model.adapters_dir.glob(f"r{stored.last_round + 1}a*"):
            shutil.rmtree(leftover)  # of the round that never finished
        if stored.accepted is None:
            return None
        name = stored.accepted.name
        model.restore(name, model.adapters_dir / name, self.config.training.weights)
        self.run.progress.note(f"Going on after round {stored.last_round}, with {name}")
        kept = self.measurements.kept(name, "gate")
        if kept is None and self.parts.plan is None:
            kept = self.measurements.measure(name, self.parts.gate_tasks, "gate")
        return AskedModel(name, kept, in_force=model.as_accepted)

    def _gate(self, base: AskedModel, accepted: AskedModel) -> Gate:
        if not self.config.gate.enabled:
            return AcceptAllGate()
        parts = self.parts
        if parts.plan:
            return StoppingGate(
                self.asking,
                parts.policy,
                parts.plan,
                base=base,
                accepted=accepted,
                accepted_in_force=parts.model.as_accepted,
                looks=self._looks,
                force=self.run.force,
                calibration=self._calibration,
            )
        return PolicyGate(
            self.measurements.candidate,
            parts.policy,
            base=base.measured,
            accepted=accepted.measured,
            looks=self._looks,
            force=self.run.force,
            calibration=self._calibration,
        )

    @property
    def _looks(self) -> int:
        """How often the gate may look at the same items in all."""
        config = self.config
        return config.loop.max_rounds * (config.loop.gate_retries + 1) * len(config.training.strengths)

    @property
    def _calibration(self) -> CalibrationResult | None:
        """How the run's judge stood against people's labels, if somebody has held it against them."""
        return self.run.store.calibrations.newest(self.judge)
