"""Joins the loop, the evaluator, the gate and the store: one run from its configuration to its report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from harness.assembly.call_log import DeferredCallLog
from harness.assembly.environment import environment
from harness.assembly.judge import examine_judge, known_judge
from harness.assembly.loop import discoverer, loop_settings, refuses, revision_settings, starting_constitution
from harness.assembly.measurement import evaluator_for, measure, opened
from harness.assembly.model import check_model, load_model
from harness.assembly.oracle import make_oracle, oracle_label, oracle_name
from harness.assembly.red_team import check_sources, drawing, harmless_pairs, harmless_prompts, red_team_prompts
from harness.assembly.tasks import check_data, final_tasks, gate_tasks
from harness.config.practice import practice_notes
from harness.config.schema import RunConfig
from harness.contamination.screen import Screen
from harness.evaluation.evaluator import Evaluator, nothing_known
from harness.evaluation.fingerprint import of_subject
from harness.evaluation.judged import dispute_notes
from harness.evaluation.records import Evaluation, Split
from harness.gate.decision import hold_against
from harness.gate.policy import Policy, load_policy, with_guards
from harness.progress import Progress
from harness.release.evidence import evidence
from harness.run.changes import Intervals, intervals
from harness.run.expected_use import expected_use
from harness.run.gate_keeping import AcceptAllGate, PolicyGate
from harness.run.names import new_name
from harness.run.recorders import ProgressRecorder, Recorders
from harness.run.records import Summary
from harness.run.resume import check_resumable
from harness.run.review import review_pending
from harness.run.summary import summarise
from harness.store.resume import ResumeState
from harness.store.store import Store
from harness_base.errors import HarnessError, ReviewPendingError
from iteralign.core.protocols import Advance, Gate, JudgingOracle, Model, Oracle
from iteralign.core.records import Constitution, Principle, PrincipleOutcome, TrainingPair
from iteralign.loop import Loop, LoopState, StopReason
from iteralign.model.causal import CausalModel, seed_everything
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.red_team.sources import LoadedPrompts
from iteralign.sandbox import PRACTICE_MODEL

_OUTCOMES: dict[StopReason, str] = {
    "converged": "converged: {clean} batches in a row held no violation (loop.clean_batches)",
    "patience": "stopped: {patience} rounds in a row brought nothing that the gate accepts (loop.patience)",
    "max_rounds": "stopped after {rounds} rounds, the most that loop.max_rounds allows",
    "prompts_used_up": "stopped: every red-team prompt has been drawn",
}


def _outcome_text(config: RunConfig, reason: StopReason) -> str:
    """How the run ended, with the setting behind it."""
    loop = config.loop
    return _OUTCOMES[reason].format(clean=loop.clean_batches, patience=loop.patience, rounds=loop.max_rounds)


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    `exit_meaning` is "nothing_accepted" when violations remained and no candidate was accepted, and "rejected" or
    "inconclusive" when candidates were, and items that no round has seen do not confirm that.
    """

    run_name: str
    accepted_rounds: int
    converged: bool
    summary: Summary
    report_dir: Path
    store_path: Path
    exit_meaning: Literal["done", "nothing_accepted", "rejected", "inconclusive"]


@dataclass(frozen=True)
class Wrappers:
    """What an experiment puts around the loop's model and oracle; the gate's measurements are never wrapped."""

    model: Callable[[Model], Model] = lambda model: model
    oracle: Callable[[Oracle], Oracle] = lambda oracle: oracle


@dataclass(frozen=True)
class _Parts:
    """Everything a run is joined from, loaded and checked before the first byte is written."""

    config: RunConfig
    model: CausalModel
    oracle: JudgingOracle
    call_log: DeferredCallLog
    loaded: LoadedPrompts
    policy: Policy
    evaluator: Evaluator
    gate_tasks: tuple[str, ...]
    screen: Screen
    harmless: LoadedPrompts
    constitution: Constitution
    notes: tuple[str, ...]


def align_and_eval(
    config: RunConfig,
    *,
    progress: Progress,
    resume: bool = False,
    force: bool = False,
    wrappers: Wrappers | None = None,
) -> RunOutcome:
    """Align a model and measure it at every step; see the README. `wrappers` are for controlled experiments.

    A run is only gone on with where its earlier measurements can be compared with new ones, unless `force` is given.
    An overlap of a revision under `strict` is found in a round, and ends the run as it stands.

    Raises UserError before anything is written, OutsideError and KeyboardInterrupt with everything kept.
    """
    started = time.monotonic()
    seed_everything(config.seed)
    loaded = _load(config, progress, resume=resume)
    with opened(config.store_path) as store:
        name = str(config.name) if resume else _free_name(store, config)
        folder = config.runs_dir / name
        loaded.model.adapters_dir = folder / "adapters"
        run_id, state = _resumed(store, loaded, name, force) if resume else (_new_run(store, loaded, name), None)
        with _status_kept(store, run_id):
            loaded.call_log.write_to(store.oracle_calls.log(run_id))
            run = _Run(loaded, store, run_id, progress, wrappers or Wrappers(), force=force)
            reason = run.align(state)
            run.measure_final()
            store.runs.finish(run_id, status="done", outcome=_outcome_text(config, reason))
        progress.stage("writing the report", None)
        with opened(config.store_path) as store:
            known = intervals(store, run_id)
        _write_report(config.store_path, name, folder / "report", known)
    progress.done()
    return _outcome(config, name, reason, time.monotonic() - started)


def _load(config: RunConfig, progress: Progress, *, resume: bool) -> _Parts:
    gate = config.gate
    policy = load_policy(gate.policy, extra_tasks=[*gate.guards, *(gate.tasks or ())])
    tasks, final = gate_tasks(config, policy), final_tasks(config)
    notes = practice_notes(config.model.path, config.oracle.kind, [*tasks, *final], insisted=config.insist_practice)
    # A run that goes on has its constitution in the store, whatever has become of the file.
    constitution = Constitution() if resume else starting_constitution(config)
    call_log = DeferredCallLog()
    oracle = make_oracle(config.oracle, call_log)
    check_model(config.model)
    check_sources(config)
    check_data([*tasks, *final], config)
    progress.stage("loading the model", None)
    model = load_model(config.model, config.runs_dir, config.constitution.max_tokens)
    for note in model.notes:
        progress.note(note)
    progress.stage("loading the tasks", None)
    evaluator = evaluator_for([*tasks, *final], model, oracle, config)
    policy = with_guards(policy, evaluator.metric_keys(gate.guards).values() if gate.guards else (), gate.guard_margin)
    progress.stage("holding the prompts against what is measured", None)
    screen = Screen(evaluator.questions([*tasks, *final]), strict=config.strict)
    loaded = red_team_prompts(config, model, screen)
    harmless = harmless_prompts(config, model, screen)
    _say_what_was_read(progress, loaded, "red-team")
    _say_what_was_read(progress, harmless, "harmless")
    return _Parts(
        config, model, oracle, call_log, loaded, policy, evaluator, tasks, screen, harmless, constitution, tuple(notes)
    )


def _say_what_was_read(progress: Progress, loaded: LoadedPrompts, kind: str) -> None:
    for note in loaded.notes:
        progress.note(note)
    for reason, count in loaded.skipped.items():
        progress.note(f"{count:,} {kind} prompt{'' if count == 1 else 's'} left out: {reason}")


def _free_name(store: Store, config: RunConfig) -> str:
    return config.name or new_name({row["run"] for row in store.views.rows("run_overview")})


def _new_run(store: Store, loaded: _Parts, name: str) -> int:
    config = loaded.config
    run_id = store.runs.start(
        name=name,
        model=config.model.path,
        oracle=oracle_label(config.oracle),
        seed=config.seed,
        config=config.model_dump(mode="json"),
        environment=environment(loaded.model),
        practice=config.model.path == PRACTICE_MODEL or bool(loaded.notes),
        notes=loaded.notes,
    )
    store.prompts.record(run_id, loaded.loaded.prompts, skipped=loaded.loaded.skipped)
    for note in (*loaded.model.notes, *loaded.loaded.notes):
        store.runs.add_note(run_id, note)
    if written := loaded.constitution.principles:
        why = f"started from {config.constitution.file}"
        store.constitutions.edit(
            run_id, action="import", principles=written, round_number=0, made_by="align-and-eval", why=why
        )
    return run_id


def _resumed(store: Store, loaded: _Parts, name: str, force: bool) -> tuple[int, ResumeState]:
    """The run put back to running, after whatever forbids that was checked."""
    run_id = store.runs.id_of(name)
    waits_for = store.runs.resume_state(run_id).last_round + 1
    if store.constitutions.review(run_id, waits_for).state == "pending":
        raise review_pending(loaded.config, store, run_id, waits_for)
    tasks: dict[Split, Sequence[str]] = {"gate": loaded.gate_tasks, "final": final_tasks(loaded.config)}
    loaded.evaluator.judged_by(known_judge(loaded.oracle, loaded.config.oracle, store))
    note = check_resumable(store, run_id, loaded.model, loaded.evaluator, tasks, loaded.model.adapters_dir, force=force)
    state = store.runs.resume(run_id)
    if note:
        store.runs.add_note(run_id, note)
    return run_id, state


class _Run:
    """One run under way: what was loaded, and where it is recorded."""

    def __init__(
        self,
        loaded: _Parts,
        store: Store,
        run_id: int,
        progress: Progress,
        wrappers: Wrappers,
        *,
        force: bool,
    ) -> None:
        self.force = force
        self.loaded = loaded
        self.config = loaded.config
        self.model = loaded.model
        self.store = store
        self.run_id = run_id
        self.progress = progress
        self.wrappers = wrappers
        self.judge = oracle_name(loaded.config.oracle, loaded.oracle)
        self.recorder = Recorders(store.runs.recorder(run_id), ProgressRecorder(progress, self._note))
        loaded.screen.record_with(partial(store.prompts.record_overlaps, run_id))

    def align(self, stored: ResumeState | None) -> StopReason:
        """Measure the base, then go round; from where the run was, if it was interrupted."""
        self._note_what_the_oracle_may_cost()
        self._examine_the_judge()
        base = self._measured_once("base", self.loaded.gate_tasks, "gate")
        self._note_what_can_not_decide(base)
        if final := final_tasks(self.config):
            self._measured_once("base", final, "final")
        harmless = self._harmless_pairs()
        accepted = self._restored(stored) or base
        state, known = self._starting_state(stored)
        model, oracle = self.wrappers.model(self.model), self.wrappers.oracle(self.loaded.oracle)
        loop = Loop(
            model,
            oracle,
            self._evaluator(base, accepted),
            self.recorder,
            discoverer(self.config, model, oracle, harmless, known),
            draw=drawing(self.config, self.loaded.loaded),
            harmless=harmless,
            settings=loop_settings(self.config),
            training=self.config.training.settings(),
            seed=self.config.seed,
            revision=revision_settings(self.config),
            state=state,
            screen=self.loaded.screen.pairs,
            review=self._reviewed,
            refuses=refuses,
        )
        return loop.run()

    def _examine_the_judge(self) -> None:
        judge = examine_judge(self.loaded.oracle, self.config.oracle, self.store, self.progress, run_id=self.run_id)
        self.judge = judge.name
        self.loaded.evaluator.judged_by(judge.name)
        for note in judge.notes:
            (self._note if judge.trusted else self.progress.note)(note)

    def _harmless_pairs(self) -> list[TrainingPair]:
        """Harmless prompts with the model's own answers, where anything is made of them."""
        if not self.config.training.replayed_harmless and self.config.constitution.discovery != "clusters":
            return []
        return harmless_pairs(self.model, self.loaded.oracle, self.loaded.harmless, self._begin)

    def _begin(self, what: str, total: int) -> Advance:
        self.progress.stage(what, total)
        return self.progress.advance

    def _evaluator(self, base: Evaluation, accepted: Evaluation) -> Gate:
        if not self.config.gate.enabled:
            return AcceptAllGate()
        return PolicyGate(
            self._measure_candidate,
            self.loaded.policy,
            base=base,
            accepted=accepted,
            looks=self._looks,
            force=self.force,
            calibration=self._calibration,
        )

    @property
    def _calibration(self) -> CalibrationResult | None:
        """How the run's judge stood against people's labels, if somebody has held it against them."""
        return self.store.calibrations.newest(self.judge)

    def _starting_state(self, stored: ResumeState | None) -> tuple[LoopState, tuple[PrincipleOutcome, ...]]:
        """Where the loop begins, and what is known of principles: people may have changed an interrupted run's."""
        if stored is None:
            return LoopState(constitution=self.loaded.constitution), ()
        state = _loop_state(stored)
        edited = self.store.constitutions.in_force(self.run_id)
        approved = self.store.constitutions.review(self.run_id, state.round + 1).state == "approved"
        if edited and not approved:
            state.constitution = Constitution(edited.principles, edited.version)
        # With an approval the round is gone through again from where it began, and comes to what was approved.
        gone = self.store.constitutions.retired(self.run_id)
        retired = [PrincipleOutcome(Principle(text, (), 0), "retired", "a person retired it") for text in gone]
        return state, (*stored.appraisals, *retired)

    def _reviewed(self, round_number: int, constitution: Constitution) -> Constitution:
        """What a person has approved in place of `constitution`. Raises ReviewPendingError until somebody has."""
        if not self.config.constitution.review:
            return constitution
        review = self.store.constitutions.review(self.run_id, round_number)
        if review.state == "approved" and review.constitution:
            return Constitution(review.constitution.principles, review.constitution.version)
        if review.state == "none":
            self.store.constitutions.edit(
                self.run_id,
                action="pending",
                principles=constitution.principles,
                round_number=round_number,
                made_by="",
                why="",
            )
        raise review_pending(self.config, self.store, self.run_id, round_number)

    def _note_what_the_oracle_may_cost(self) -> None:
        if self.config.oracle.kind == "openai":
            evaluator, final = self.loaded.evaluator, final_tasks(self.config)
            judged = evaluator.judged_items(self.loaded.gate_tasks), evaluator.judged_items(final)
            self._note(expected_use(self.config, *judged, harmless=len(self.loaded.harmless.prompts)))

    @property
    def _looks(self) -> int:
        """How many candidates the run may hold against the gate's items, retries included."""
        return self.config.loop.max_rounds * (self.config.loop.gate_retries + 1)

    def _note_what_can_not_decide(self, base: Evaluation) -> None:
        """Say now, and in the report, what will have every candidate rejected, and what is measured on own rows."""
        policy = self.loaded.policy
        scores = {key: base.score(key) for key in policy.deciding}
        notes = [
            f"{key} could not be measured for the base ({score.reason if score else 'it is missing'}), so every "
            "candidate will be rejected."
            for key, score in scores.items()
            if score is None or score.status == "invalid"
        ]
        notes += [
            f"{key.removeprefix('rows:')} is measured on rows that were {standing}."
            for key, standing in base.fingerprint.items()
            if key.startswith("rows:")
        ]
        for note in notes:
            self._note(note)

    def _note(self, note: str) -> None:
        """Say it now, and in the report."""
        self.progress.note(note)
        self.store.runs.add_note(self.run_id, note)

    def _restored(self, stored: ResumeState | None) -> Evaluation | None:
        """Put the accepted adapter of an interrupted run back in force, and give its evaluation."""
        if stored is None:
            return None
        for leftover in self.model.adapters_dir.glob(f"r{stored.last_round + 1}a*"):
            shutil.rmtree(leftover)  # of the round that never finished
        if stored.accepted is None:
            return None
        name = stored.accepted.name
        self.model.restore(name, self.model.adapters_dir / name, self.config.training.method)
        self.progress.note(f"Going on after round {stored.last_round}, with {name}")
        return self._measured_once(name, self.loaded.gate_tasks, "gate")

    def _measured_once(self, subject: str, tasks: Sequence[str], split: Split) -> Evaluation:
        """The evaluation that the run already holds of what is in force, or a new one."""
        kept = self.store.evaluations.of_run(self.run_id, subject=subject, split=split)
        current = of_subject(self.model.content_hash())
        if kept and all(kept.fingerprint[key] == value for key, value in current.items()):
            return kept
        return self.measure(subject, tasks, split)

    def measure(
        self, subject: str, tasks: Sequence[str], split: Split, at: tuple[int, int] | None = None
    ) -> Evaluation:
        """Evaluate what is in force in the model, and record it."""
        evaluation = self._evaluation(subject, tasks, split)
        round_number, attempt = at or (None, None)
        self.store.evaluations.record(self.run_id, evaluation, round_number=round_number, attempt=attempt)
        if at is None:  # a candidate's are said, and what is kept of a run is said of what it began and ended with
            for note in dispute_notes(evaluation.scores):
                self.store.runs.add_note(self.run_id, f"{subject}, {note}")
        return evaluation

    def measure_final(self) -> None:
        """Evaluate the result on items that no gate decision saw, and hold it there against the base: one look."""
        final = final_tasks(self.config)
        if not final:
            return
        base = self.store.evaluations.of_run(self.run_id, subject="base", split="final")
        result = self.measure("result", final, "final")
        if base is None or result.fingerprint["adapter"] == base.fingerprint["adapter"]:
            return  # nothing was accepted, so there is nothing to confirm
        unseen = {score.key for score in result.scores if score.task not in self.loaded.gate_tasks}
        policy = self.loaded.policy.on_final_items(unseen)
        if policy is None:
            self._note("The final tasks lack some of what the policy decides by, so they confirm nothing.")
            return
        decision = hold_against(
            policy, candidate=result, baseline=base, force=self.force, calibration=self._calibration
        )
        found = evidence(
            decision, policy, candidate=result, candidate_name="result", reference=base, reference_name="base"
        )
        self.store.checks.record(self.run_id, kind="final", name="the result against the base", evidence=found)

    def _measure_candidate(self, subject: str, round_number: int, attempt: int) -> Evaluation:
        return self.measure(subject, self.loaded.gate_tasks, "gate", (round_number, attempt))

    def _evaluation(self, subject: str, tasks: Sequence[str], split: Split) -> Evaluation:
        known = self.store.evaluations.known_scores if self.config.gate.reuse else nothing_known
        return measure(self.loaded.evaluator, tasks, self.model, subject, split, self.progress, known)


def _loop_state(stored: ResumeState) -> LoopState:
    return LoopState(
        round=stored.last_round,
        drawn=frozenset(stored.drawn_prompts),
        constitution=stored.constitution,
        pairs=stored.training_pairs,
        accepted_rounds=stored.accepted_rounds,
        skipped_in_a_row=stored.skipped_rounds,
        clean_in_a_row=stored.clean_batches,
    )


@contextmanager
def _status_kept(store: Store, run_id: int) -> Iterator[None]:
    """Whatever ends the run early is written beside what it did."""
    try:
        yield
    except KeyboardInterrupt:
        store.runs.finish(run_id, status="interrupted", outcome="interrupted by the user")
        raise
    except ReviewPendingError as error:
        store.runs.finish(run_id, status="interrupted", outcome=str(error))
        raise
    except HarnessError as error:
        store.runs.finish(run_id, status="failed", outcome=str(error))
        raise
    except Exception as error:  # our bug: recorded here, shown with its traceback by the CLI
        store.runs.finish(run_id, status="failed", outcome=f"{type(error).__name__}: {error}")
        raise


def _write_report(store_path: Path, name: str, folder: Path, known: Intervals) -> None:
    from reports import write_report

    write_report(store_path, name, folder, known)


def _outcome(config: RunConfig, name: str, reason: StopReason, seconds: float) -> RunOutcome:
    with opened(config.store_path) as store:
        summary = summarise(store, config, name, seconds)
    accepted = summary["accepted_rounds"]
    return RunOutcome(
        run_name=name,
        accepted_rounds=accepted,
        converged=reason == "converged",
        summary=summary,
        report_dir=config.runs_dir / name / "report",
        store_path=config.store_path,
        exit_meaning=_meaning(accepted, reason, summary["confirmed"]),
    )


def _meaning(
    accepted: int, reason: StopReason, confirmed: str
) -> Literal["done", "nothing_accepted", "rejected", "inconclusive"]:
    if not accepted:
        return "done" if reason == "converged" else "nothing_accepted"
    return {"reject": "rejected", "inconclusive": "inconclusive"}.get(confirmed, "done")  # type: ignore[return-value]
