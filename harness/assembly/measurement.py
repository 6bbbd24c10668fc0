"""Measuring one model outside of any loop: what `harness eval` and `harness check` share with the pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.assembly.call_log import DeferredCallLog
from harness.assembly.judge import Examined, examine_judge
from harness.assembly.model import check_model, load_model
from harness.assembly.named_models import provenance, with_models
from harness.assembly.roles import build, form_notes, saved_notes
from harness.assembly.tasks import check_data
from harness.config.practice import PRACTICE_NOTE, practice_notes
from harness.config.schema import EvalConfig, RunConfig
from harness.evaluation.evaluator import Evaluator, Known, nothing_known
from harness.evaluation.judged import dispute_notes
from harness.evaluation.loading import TaskLibrary
from harness.evaluation.parts import Rows
from harness.evaluation.records import Evaluation, Split
from harness.evaluation.scores import item_id, question_of
from harness.progress import Progress
from harness.store.store import Store
from iteralign.core.protocols import Advance, JudgingOracle, Oracle
from iteralign.model.causal import CausalModel, seed_everything
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog

FORM_TOKENS = 96
"""Of an answer of which nothing but the form is judged: a refusal is told by its first sentences (docs/tasks.md)."""


def evaluate_model(config: EvalConfig, *, progress: Progress) -> Evaluation:
    """Measure one model on tasks. Raises UserError for a model, adapter, task or data that can't be used."""
    subject = load_subject(config, progress)
    if config.store is None:
        examine_subject(None, config, subject, progress)
        return _measured(config, subject, progress, nothing_known)
    with Store.open(config.store) as store:
        examine_subject(store, config, subject, progress)
        return measure_into(store, config, subject, progress)


@dataclass(frozen=True)
class Subject:
    """A model to measure, what measures it, who judges its answers, and that one's memory.

    `notes` are what every output must say beside the figures.
    """

    model: CausalModel
    evaluator: Evaluator
    judge: JudgingOracle
    call_log: DeferredCallLog
    notes: list[str] = field(default_factory=list)


def load_subject(config: EvalConfig, progress: Progress) -> Subject:
    """The model to measure, with its adapter on it, and the evaluator with its tasks loaded. Raises UserError."""
    notes = practice_notes(config.model.path, (), config.tasks, allowed=config.allow_practice)
    for note in notes:
        progress.note(note)
    config = with_models(config, progress)
    check_model(config.model)
    check_data(config.tasks, config)
    progress.stage("loading the model", None)
    seed_everything(config.seed)
    model = load_model(config.model, Path(), generator=config.generator)
    for note in model.notes:
        progress.note(note)
    if config.adapter:
        model.restore_folder(config.adapter)
    call_log = DeferredCallLog()
    judge = build(config.judge, call_log)
    evaluator = evaluator_for(config.tasks, model, judge, config)
    practice = [PRACTICE_NOTE] if config.model.path == PRACTICE_MODEL else []
    return Subject(model, evaluator, judge, call_log, [*practice, *notes, *provenance(config.model)])


def examine_subject(store: Store | None, config: EvalConfig, subject: Subject, progress: Progress) -> Examined:
    """Examine the judge where a task is judged, before anything is measured. Raises JudgeError or OracleError."""
    if store:
        subject.call_log.write_to(store.oracle_calls.log(None))
    if not subject.evaluator.judged_items(config.tasks):
        return Examined(config.judge.stored_name(subject.judge))
    judge = examine_judge(subject.judge, config.judge, store, progress)
    subject.evaluator.judged_by(judge.name)
    for note in judge.notes:
        progress.note(note)
    subject.notes.extend(form_notes(config.judge))
    if judge.trusted:
        subject.notes.extend(judge.notes)
    return judge


def measure_into(store: Store, config: EvalConfig, subject: Subject, progress: Progress) -> Evaluation:
    """Measure the model, reuse what the store knows of the very same content, and record the evaluation there."""
    known = store.evaluations.known_scores if config.reuse else nothing_known
    evaluation = _measured(config, subject, progress, known)
    number = store.evaluations.record(None, evaluation, round_number=None, attempt=None)
    progress.note(f"Kept as evaluation {number}: `harness baseline bless {number}` makes a baseline of it.")
    return evaluation


def _measured(config: EvalConfig, subject: Subject, progress: Progress, known: Known) -> Evaluation:
    found = measure(subject.evaluator, config.tasks, subject.model, "model", "other", progress, known)
    saved = saved_notes(config.judge, subject.judge)
    for note in saved:
        progress.note(note)
    return replace(found, notes=(*subject.notes, *dispute_notes(found.scores), *saved))


def evaluator_for(tasks: Sequence[str], model: CausalModel, judge: Oracle, config: RunConfig | EvalConfig) -> Evaluator:
    """The evaluator of that model, its tasks and data loaded. Raises TaskError, DataError or OutsideError."""
    measuring = config.gate if isinstance(config, RunConfig) else config
    evaluator = Evaluator(
        model.network,
        model.tokenizer,
        batch_size=measuring.batch_size,
        max_length=model.window,
        data_dir=config.data_dir,
        cache_dir=config.cache_dir,
        limit=measuring.limit,
        judge=judge.judge,
        judge_name=config.judge.stored_name(judge),
        seed=config.seed,
        thinking=model.settings.thinking,
        write=model.write,
        writer_name=config.generator.writer_name(),
        answer_tokens=answer_tokens(config),
    )
    evaluator.prepare(tasks)
    return evaluator


def answer_tokens(config: RunConfig | EvalConfig) -> int | None:
    """How many tokens an answer of our own tasks may have at most; None leaves it to each task."""
    wanted = config.gate.answer_tokens if isinstance(config, RunConfig) else config.answer_tokens
    return wanted or (FORM_TOKENS if config.judge.form_alone else None)


def measure(
    evaluator: Evaluator,
    tasks: Sequence[str],
    model: CausalModel,
    subject: str,
    split: Split,
    progress: Progress,
    known: Known,
    rows: Rows | None = None,
    where: str = "",
) -> Evaluation:
    """Evaluate what is in force in the model, telling the progress how far it is.

    `rows` chooses items, and `where` says which part of them it is; see `Evaluator.evaluate`. Raises ModelError where a
    folder that it was loaded from has changed by now.
    """
    model.check_folders()
    which = "" if split == "other" else f" on the {split} tasks"
    text = f"measuring {subject if which else 'the model'}{which}{where and f', {where}'}"
    progress.stage(text, None)

    def begin(what: str, total: int) -> Advance:
        progress.stage(f"{text}: {what}", total)
        return progress.advance

    evaluation = evaluator.evaluate(
        tasks, subject=subject, split=split, model_hash=model.content_hash(), known=known, stages=begin, rows=rows
    )
    progress.done()
    for note in dispute_notes(evaluation.scores):
        progress.note(note)
    return evaluation


def sizes(tasks: Sequence[str], *, data_dir: Path | None, limit: int | None) -> dict[str, int]:
    """How many items each task has, without loading a model. Raises TaskError, DataError or OutsideError."""
    return {task: len(found) for task, found in queries(tasks, data_dir=data_dir, limit=limit).items()}


Labelled = tuple[str, str]
"""An item's question, which others may share, and its document's label, empty where it has none."""


def queries(tasks: Sequence[str], *, data_dir: Path | None, limit: int | None) -> dict[str, list[str]]:
    """For each task the question of each item, which items may share. Raises TaskError, DataError or OutsideError."""
    asked = labelled_queries(tasks, data_dir=data_dir, limit=limit)
    return {name: [query for query, _ in of_task] for name, of_task in asked.items()}


def labelled_queries(tasks: Sequence[str], *, data_dir: Path | None, limit: int | None) -> dict[str, list[Labelled]]:
    """The same with each document's label, which says whether a metric counts it (see `counted`)."""
    loaded = TaskLibrary(data_dir=data_dir).load(tasks)
    return {
        name: [
            (question_of(doc) or item_id(name, doc, number), str(doc.get("label", "")))
            for number, doc in enumerate(task.eval_docs)
        ][:limit]
        for name, task in loaded.items()
    }


def counted(asked: Mapping[str, Sequence[Labelled]], keys: Iterable[str]) -> dict[str, list[str]]:
    """For each metric, by its key, the questions of the items that it counts among those asked, by task."""
    found = {}
    for key in keys:
        metric = catalog.metric_of(key)
        wanted = metric.of_label if metric else ""
        found[key] = [query for query, label in asked[key.partition("/")[0]] if wanted in ("", label)]
    return found
