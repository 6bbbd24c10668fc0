"""What a run is joined from: loaded and checked before the first byte is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.assembly.call_log import DeferredCallLog
from harness.assembly.loop import starting_constitution
from harness.assembly.measurement import evaluator_for
from harness.assembly.model import check_model, load_model
from harness.assembly.named_models import with_models
from harness.assembly.red_team import check_sources, harmless_prompts, red_team_prompts
from harness.assembly.roles import build_roles
from harness.assembly.tasks import check_data, final_tasks, gate_tasks
from harness.config.practice import practice_notes
from harness.config.schema import RunConfig
from harness.contamination.screen import Screen
from harness.evaluation.evaluator import Evaluator
from harness.gate.blocks import BlockPlan, plan_blocks
from harness.gate.policy import Policy, judged_by_form, load_policy, with_guards
from harness.progress import Progress
from iteralign.core.protocols import JudgingOracle
from iteralign.core.records import Constitution
from iteralign.model.causal import CausalModel
from iteralign.red_team.pool import LoadedPrompts


@dataclass(frozen=True)
class RunParts:
    """Everything that a run works with.

    `judge` is who judges; `oracle` judges with it and proposes. `plan` is how the gate's items are asked in blocks;
    None where all are asked at once. `constitution` is the one to start from, `notes` what its report must say of the
    whole run. The final tasks are empty where none are measured.
    """

    config: RunConfig
    model: CausalModel
    judge: JudgingOracle
    oracle: JudgingOracle
    call_log: DeferredCallLog
    red_team: LoadedPrompts
    harmless: LoadedPrompts
    policy: Policy
    plan: BlockPlan | None
    evaluator: Evaluator
    gate_tasks: tuple[str, ...]
    final_tasks: tuple[str, ...]
    screen: Screen
    constitution: Constitution
    notes: tuple[str, ...]


def load_parts(config: RunConfig, progress: Progress, *, resume: bool) -> RunParts:
    """Load everything, the cheapest checks first. Raises UserError for whatever in the configuration can't be used."""
    policy = load_policy(config.gate.policy, extra_tasks=[*config.gate.guards, *(config.gate.tasks or ())])
    on_gate, final = gate_tasks(config, policy), final_tasks(config)
    tasks = [*on_gate, *final]
    if config.judge.form_alone:
        policy = judged_by_form(policy)
    notes = practice_notes(config.model.path, (config.judge, config.proposer), tasks, allowed=config.allow_practice)
    # A run that goes on has its constitution in the store, whatever has become of the file.
    constitution = Constitution() if resume else starting_constitution(config)
    check_sources(config)  # before a model may be fetched
    config = with_models(config, progress)
    call_log = DeferredCallLog()
    judge, oracle = build_roles(config, call_log)
    _check_files(config, tasks)
    model = _load_model(config, progress)
    progress.stage("loading the tasks", None)
    evaluator = evaluator_for(tasks, model, judge, config)
    policy = _guarded(policy, evaluator, config)
    progress.stage("holding the prompts against what is measured", None)
    screen = Screen(evaluator.questions(tasks), strict=config.strict)
    screen.examples(constitution.principles)
    return RunParts(
        config=config,
        model=model,
        judge=judge,
        oracle=oracle,
        call_log=call_log,
        red_team=_noted(red_team_prompts(config, model, screen), "red-team", progress),
        harmless=_noted(harmless_prompts(config, model, screen), "harmless", progress),
        policy=policy,
        plan=_plan(config, policy, evaluator, on_gate),
        evaluator=evaluator,
        gate_tasks=on_gate,
        final_tasks=final,
        screen=screen,
        constitution=constitution,
        notes=tuple(notes),
    )


def _check_files(config: RunConfig, tasks: Sequence[str]) -> None:
    """Raise UserError for a package, a model or data that are not there, before anything large is loaded."""
    config.objective.check()
    check_model(config.model)
    check_data(tasks, config)


def _load_model(config: RunConfig, progress: Progress) -> CausalModel:
    progress.stage("loading the model", None)
    model = load_model(
        config.model, config.runs_dir, config.constitution.in_context, config.generator, config.objective
    )
    for note in model.notes:
        progress.note(note)
    return model


def _guarded(policy: Policy, evaluator: Evaluator, config: RunConfig) -> Policy:
    gate = config.gate
    return with_guards(policy, evaluator.metric_keys(gate.guards).values() if gate.guards else (), gate.guard_margin)


def _plan(config: RunConfig, policy: Policy, evaluator: Evaluator, on_gate: Sequence[str]) -> BlockPlan | None:
    """How the gate's items are asked in blocks. Raises ConfigError where those are smaller than a query's items."""
    if not config.gate.enabled or not config.gate.early_stopping:
        return None
    return plan_blocks(policy, evaluator.clusters(on_gate), seed=config.seed)


def _noted(loaded: LoadedPrompts, kind: str, progress: Progress) -> LoadedPrompts:
    """The prompts, after saying what was read and what was left out."""
    for note in loaded.notes:
        progress.note(note)
    for reason, count in loaded.skipped.items():
        progress.note(f"{count:,} {kind} prompt{'' if count == 1 else 's'} left out: {reason}")
    return loaded
