"""The probe: every stage of a run tried out for a moment, with the run's own parts, in a folder that is thrown away."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

from harness.assembly.red_team import drawing
from harness.planning.costs import CallTokens, Costs, Disk, Unit
from harness.planning.counts import Stage
from harness.probing.answers import Asked, Written, write_answers
from harness.probing.clock import StageClock
from harness.probing.gate import ProbedGate, probe_gate
from harness.probing.judging import CountingLog, ProbedJudge, probe_judge, probe_proposal, tokens_by_length
from harness.probing.keeping import COPIES, MEASURED, ScratchRun, scratch_run
from harness.probing.training import ProbedTraining, bytes_below, probe_training
from harness.progress import Progress
from harness.run.parts import RunParts
from iteralign.core.records import Constitution, JudgedResponse, Principle, TrainingPair, Verdict
from iteralign.red_team.templates import attack

_PRINCIPLE = "Do not help people to do harm to themselves or to others, and say why in a friendly way."
"""Stands for the principles of a run: how long a prompt becomes with one."""


@dataclass(frozen=True)
class Probed:
    """What the probe found out, and how many seconds it took."""

    costs: Costs
    seconds: float


def probe(parts: RunParts, progress: Progress, *, start_s: float, ask_oracle: bool) -> Probed:
    """Try every stage; `start_s` is how long it took to load the parts. A server is asked only with `ask_oracle`.

    The model computes afterwards what it did before. Raises what the stages of a run raise.
    """
    began = time.monotonic()
    clock = StageClock(progress)
    with tempfile.TemporaryDirectory() as name, scratch_run(parts, Path(name)) as scratch:
        log = CountingLog(scratch.store.oracle_calls.log(scratch.run_id))
        parts.call_log.write_to(log)
        costs = _costs(parts, clock, scratch, log, Path(name), ask_oracle=ask_oracle)
    clock.done()
    units = {Stage.START: Unit(start_s, 1), **costs.units}
    return Probed(replace(costs, units=units), time.monotonic() - began)


def _costs(
    parts: RunParts, clock: StageClock, scratch: ScratchRun, log: CountingLog, folder: Path, *, ask_oracle: bool
) -> Costs:
    clock.stage("trying out: writing answers", None)
    written = write_answers(parts.model, _kinds(parts))
    clock.stage("trying out: judging", None)
    judges: list[ProbedJudge] = []
    asked_bytes = scratch.bytes_of(lambda: judges.append(_probed_judge(parts, written, ask_oracle=ask_oracle)))
    [judge] = judges
    call_bytes = asked_bytes / len(log.calls) if log.calls else 0.0
    judging = {Stage.JUDGED: judge.unit, Stage.PROPOSAL: _proposal(parts, judge, written, ask_oracle=ask_oracle)}
    clock.stage("trying out: measuring", None)
    gate = probe_gate(parts, clock, written.row_cost)
    clock.stage("trying out: training", None)
    training = probe_training(parts.model, _pairs(written), parts.config.training, folder / "adapters")
    clock.stage("trying out: the report", None)
    disk, report, keeping_s = _kept(parts, scratch, judge, gate, training, written, folder)
    replay = _shortened(written.units.get(Stage.REPLAY, Unit(0.0)), parts.config.training.replayed_tokens)
    answers = {**written.units, Stage.REPLAY: replay, **_under_principles(parts, judge, written)}
    units = _with_keeping({**answers, **judging, **gate.units, **training.units}, keeping_s)
    disk = replace(disk, call=call_bytes)
    return Costs({**units, Stage.REPORT: report}, disk, _call_tokens(parts, log, written))


def _probed_judge(parts: RunParts, written: Written, *, ask_oracle: bool) -> ProbedJudge:
    return probe_judge(parts.judge, parts.config.judge, written.responses[Stage.ATTACK], ask=ask_oracle)


def _under_principles(parts: RunParts, judge: ProbedJudge, written: Written) -> dict[Stage, Unit]:
    """What answers under principles cost: those to a batch's violations are written at once, those that a principle
    is tried with a few at a time.
    """
    scored = [each for each in judge.judged if each.verdict.label != "unscored"]
    violating = sum(each.verdict.label == "violation" for each in scored) / len(scored) if scored else 1.0
    revised = max(1, round(violating * parts.config.red_team.batch_size))
    # A group holds out at least as many violations as must stand behind a principle, and at most `max_held_out`.
    tried = round(math.sqrt(parts.config.loop.min_evidence * parts.config.constitution.max_held_out))
    return {
        Stage.REVISION: written.among(Stage.REVISION, min(revised, written.rows[Stage.REVISION])),
        Stage.PRINCIPLE: written.among(Stage.REVISION, max(1, min(tried, revised))),
    }


def _shortened(unit: Unit, tokens: int | None) -> Unit:
    """What an answer costs that ends after so many tokens, where those that were tried were longer on average."""
    if tokens is None or not unit.tokens or unit.seconds is None or unit.tokens <= tokens:
        return unit
    return replace(unit, seconds=unit.seconds * tokens / unit.tokens, tokens=float(tokens))


def _kinds(parts: RunParts) -> dict[Stage, Asked]:
    """What a run asks its model in its first round, before it, and under a principle."""
    attacks = drawing(parts.config, parts.red_team)(frozenset(), 1)
    principles = parts.constitution if parts.constitution.principles else _one_principle()
    harmless = [attack(prompt, "standard") for prompt in parts.harmless.prompts]
    return {
        Stage.ATTACK: Asked(attacks),
        Stage.REVISION: Asked(attacks, principles),
        Stage.REPLAY: Asked(harmless),
    }


def _one_principle() -> Constitution:
    return Constitution((Principle(_PRINCIPLE, (), 0),), 1)


def _pairs(written: Written) -> list[TrainingPair]:
    """Answers to learn from: those that were finished, as a run does, where there are any; none to attacks.

    What attacks were answered stands as rejected, for an objective that reads both.
    """
    rejected = cycle([each.text for each in written.responses.get(Stage.ATTACK, ()) if each.text] or [_PRINCIPLE])
    learnt = [some for stage, some in written.responses.items() if stage is not Stage.ATTACK]
    answers = [each for some in learnt for each in some if each.text]
    usable = [each for each in answers if each.finished] or answers
    return [
        TrainingPair(each.attack.prompt.id, each.attack.conversation, each.text, "revision", next(rejected))
        for each in usable
    ] or [TrainingPair("probe", _PRINCIPLE, _PRINCIPLE, "revision", f"{_PRINCIPLE} {next(rejected)}")]


def _kept(
    parts: RunParts,
    scratch: ScratchRun,
    judge: ProbedJudge,
    gate: ProbedGate,
    training: ProbedTraining,
    written: Written,
    folder: Path,
) -> tuple[Disk, Unit, float]:
    """Bytes on disk, the report's cost, and the seconds that it takes to keep an item."""
    judged = judge.judged or _unjudged(written)
    round_bytes = scratch.bytes_of(lambda: scratch.keep_round(judged, training.candidate, _pairs(written)))
    seconds: list[float] = []
    gate_bytes = scratch.bytes_of(lambda: seconds.append(scratch.keep_evaluations(gate.evaluations)))
    items = max(1, _items(gate))
    disk = Disk(
        store=0.0 if parts.config.store_path.exists() else scratch.empty_bytes,
        candidate=training.candidate_bytes,
        item=gate_bytes / (MEASURED * items),
        answer=round_bytes / max(1, COPIES * len(judged)),
    )
    report = scratch.report(folder / "report")
    return replace(disk, report=bytes_below(folder / "report")), report, sum(seconds) / (MEASURED * items)


def _items(gate: ProbedGate) -> int:
    """Items, once each however many metrics they have."""
    tasks = {score.task: score.items for each in gate.evaluations for score in each.scores}
    return sum(tasks.values())


def _with_keeping(units: dict[Stage, Unit], keeping_s: float) -> dict[Stage, Unit]:
    """With what a store takes to keep an item."""
    kept = units[Stage.KEPT]
    together = replace(kept, seconds=(kept.seconds or 0.0) + keeping_s)
    return {**units, Stage.KEPT: together}


def _proposal(parts: RunParts, judge: ProbedJudge, written: Written, *, ask_oracle: bool) -> Unit:
    """What a proposal costs; nothing where none is ever made."""
    if parts.config.constitution.discovery == "off":
        return Unit(0.0)
    return probe_proposal(parts.oracle, parts.config.proposer, judge.judged or _unjudged(written), ask=ask_oracle)


def _unjudged(written: Written) -> list[JudgedResponse]:
    unscored = Verdict("unscored", reason="nobody was asked")
    return [JudgedResponse(each, unscored) for each in written.responses[Stage.ATTACK]]


def _call_tokens(parts: RunParts, log: CountingLog, written: Written) -> CallTokens | None:
    """By what was asked, or by the length of what would be; None of an oracle that makes no calls."""
    if not (parts.config.judge.asks_at_a_cost() or parts.config.proposer.asks_at_a_cost()):
        return None
    return log.tokens() or tokens_by_length(written.responses[Stage.ATTACK])
