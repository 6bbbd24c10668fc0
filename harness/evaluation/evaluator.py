"""The evaluator: one model in memory, measured on tasks as often as asked, with lm-eval's `simple_evaluate`.

The caller puts the right adapter in force first; whatever the model object computes is what is measured.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from lm_eval import simple_evaluate

from harness.evaluation import fingerprint
from harness.evaluation.judged import EMBEDDED_JUDGE, NOT_REFUSED, Judge, is_of_this_program, judged_scores
from harness.evaluation.lm import SharedPrefixLM
from harness.evaluation.loading import TaskLibrary
from harness.evaluation.parts import Rows, covers, part_of
from harness.evaluation.quiet import quiet
from harness.evaluation.records import Evaluation, Score, Split
from harness.evaluation.requests import LmEvalTask, unwatched
from harness.evaluation.scores import item_id, question_of, scores_of
from harness_base.errors import TaskError
from iteralign.core.libraries import JsonObject, Network, Tokenizer
from iteralign.core.protocols import Advance, Stages
from iteralign.core.records import Verdict
from iteralign.encoding import answers, decoding
from iteralign.encoding.answers import Thinking
from iteralign.generation.generator import Writer
from tasks import catalog

Known = Callable[[str], tuple[Score, ...]]
"""Given a content key, the scores that were measured under it before; none where there are none."""


def nothing_known(_: str) -> tuple[Score, ...]:
    """For a measuring that is to be new throughout."""
    return ()


class Evaluator:
    """Measures `model`, a transformers model with or without adapters of peft's.

    `batch_size` counts sequences and `max_length` tokens. `limit` keeps the first rows of each task only. `judge`,
    known as `judge_name`, gives the verdicts behind attack success. `chat` uses the tokenizer's chat template where a
    task allows it; None means that it is used where there is one. `seed` only picks lm-eval's solved examples for tasks
    that have some: answers are greedy, and no global generator is touched. `thinking` says how thoughts are told from
    answers. `write` writes them, known as `writer_name`; without it the model itself does, and has no name of its own.
    """

    def __init__(
        self,
        model: Network,
        tokenizer: Tokenizer,
        *,
        batch_size: int,
        max_length: int | None = None,
        data_dir: Path | None = None,
        cache_dir: Path | None = None,
        limit: int | None = None,
        judge: Judge | None = None,
        judge_name: str = "none",
        chat: bool | None = None,
        seed: int = 0,
        items_dir: Path | None = None,
        thinking: Thinking = answers.USUAL,
        write: Writer | None = None,
        writer_name: str = "",
        answer_tokens: int | None = None,
    ) -> None:
        self._chat = bool(tokenizer.chat_template) if chat is None else chat
        self._limit, self._judge, self._seed = limit, judge, seed
        self._judge_name = judge_name
        self._library = TaskLibrary(
            data_dir=data_dir, cache_dir=cache_dir, items_dir=items_dir, chat=self._chat, answer_tokens=answer_tokens
        )
        with quiet():
            self._lm = SharedPrefixLM(
                model, tokenizer=tokenizer, batch_size=batch_size, max_length=max_length, thinking=thinking, write=write
            )
        self._setting = fingerprint.of_setting(model, self._lm.tokenizer) | {
            "batch_size": str(batch_size),
            "max_length": str(self._lm.max_length),
            "limit": str(limit or "all"),
            "seed": str(seed),
            "thinking": thinking.describe(),
            **({"generator": writer_name} if writer_name else {}),
            **({"answer_tokens": str(answer_tokens)} if answer_tokens else {}),
        }
        self._data: dict[str, str] = {}

    def judged_by(self, name: str) -> None:
        """Name the judge anew: what tells it from others is only known once it was examined."""
        self._judge_name = name

    def prepare(self, tasks: Iterable[str]) -> None:
        """Load tasks and their data now, so that a mistake in them shows before anything is measured.

        Raises TaskError, DataError or OutsideError; see `TaskLibrary.load`.
        """
        self._load(tasks)

    def size(self, tasks: Iterable[str]) -> int:
        """How many items `evaluate` will report through `advance`."""
        return sum(map(self._items, self._load(tasks).values()))

    def items(self, tasks: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The id of each item of these tasks, by row, as its sample has it."""
        return {name: self._item_ids(name, task) for name, task in self._load(tasks).items()}

    def clusters(self, tasks: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The question of each item, by row: items of one question are not independent of each other."""
        return {
            name: tuple(question_of(doc) or str(task.doc_to_text(doc)) for doc in self._docs(task))
            for name, task in self._load(tasks).items()
        }

    def _items(self, task: LmEvalTask) -> int:
        return min(len(task.eval_docs), self._limit or len(task.eval_docs))

    def _docs(self, task: LmEvalTask) -> Iterator[JsonObject]:
        return islice(iter(task.eval_docs), self._items(task))

    def _item_ids(self, name: str, task: LmEvalTask) -> tuple[str, ...]:
        return tuple(item_id(name, doc, number) for number, doc in enumerate(self._docs(task)))

    def judged_items(self, tasks: Iterable[str]) -> int:
        """How many answers an oracle judges at each measuring of these tasks."""
        judged = [name for name in catalog.expand(tasks) if name in catalog.TASKS and catalog.TASKS[name].judged]
        return self.size(judged) if judged else 0

    def items_by_output(self, tasks: Iterable[str]) -> dict[str, tuple[str, int]]:
        """Of each task, lm-eval's name for what the model does with its items, and how many of them are measured."""
        return {name: (str(task.OUTPUT_TYPE), self.size([name])) for name, task in self._load(tasks).items()}

    def fingerprint(self, tasks: Iterable[str]) -> dict[str, str]:
        """What an evaluation on these tasks would be measured with, whatever the model."""
        return self._fingerprint(self._load(tasks), "")

    def metric_keys(self, tasks: Iterable[str]) -> dict[str, str]:
        """The key "task/metric" of each task's first metric, as its score will have it.

        Raises TaskError for a metric that can't be compared item by item.
        """
        return {name: f"{name}/{_first_metric(name, task)}" for name, task in self._load(tasks).items()}

    def questions(self, tasks: Iterable[str]) -> Iterator[tuple[str, str, str]]:
        """Task, item and question of everything that would be measured, in the item's own words."""
        for name, task in self._load(tasks).items():
            for number, doc in enumerate(task.eval_docs):
                yield name, item_id(name, doc, number), question_of(doc) or str(task.doc_to_text(doc))

    def evaluate(
        self,
        tasks: Iterable[str],
        *,
        subject: str,
        split: Split,
        model_hash: str = "",
        advance: Advance | None = None,
        known: Known = nothing_known,
        stages: Stages | None = None,
        rows: Rows | None = None,
    ) -> Evaluation:
        """Measure the model as it stands. `model_hash` names weights and adapter.

        `rows` chooses items of the tasks by their numbers; a task that it does not name is not asked. Scores of a part
        of a task's items are marked as such; see `Score`.

        `advance` is told of items done; with `stages`, what is being done, answers being judged among it, begins a
        stage of its own, and items that are known already are in none.

        What `known` has the scores of by their content key, on all items that are asked, is not measured again.

        Raises TaskError, DataError or OutsideError before anything is measured, and OracleError from the judge.
        """
        started = time.perf_counter()
        loaded = self._load(tasks)
        asked = self._asked(loaded, rows)
        self._watch(advance or unwatched, stages)
        keys = self._content_keys(loaded, model_hash)
        kept = {name: found for name, those in asked.items() if (found := self._kept(name, those, known, keys[name]))}
        for name in kept:
            self._lm.advance(len(asked[name]))
        new = {name: those for name, those in asked.items() if name not in kept}
        scores = [score for reused in kept.values() for score in reused]
        scores += [replace(score, content_key=keys[score.task]) for score in self._measure_all(new)]
        return Evaluation(
            subject=subject,
            split=split,
            scores=tuple(_in_order(scores, loaded)),
            fingerprint=self._fingerprint(loaded, model_hash),
            seconds=time.perf_counter() - started,
            scorer_check=self._lm.scorer_check,
            reused=tuple(kept),
        )

    def _asked(self, tasks: Mapping[str, LmEvalTask], rows: Rows | None) -> dict[str, Sequence[int]]:
        """The numbers of the items that are asked, in order: lm-eval takes them in no other."""
        if rows is None:
            return {name: range(self._items(task)) for name, task in tasks.items()}
        return {name: sorted(set(rows[name])) for name in tasks if rows.get(name)}

    def _kept(self, name: str, rows: Sequence[int], known: Known, key: str) -> tuple[Score, ...]:
        """What was measured before on all of these items, and nothing else of it; empty where some were not."""
        scores = known(key) if key else ()
        if not scores or (len(rows) == self._items(self._load([name])[name]) and not any(s.partial for s in scores)):
            return scores
        ids = self.items([name])[name]
        asked = {ids[row] for row in rows}
        return tuple(part_of(score, asked) for score in scores) if covers(scores, asked) else ()

    def _watch(self, advance: Advance, stages: Stages | None) -> None:
        """Begin a measuring of which `advance` and `stages` are told; see `evaluate`."""
        self._lm.advance, self._lm.stages = advance, stages
        self._lm.start()

    def _measure_all(self, asked: Rows) -> Iterator[Score]:
        """The scores of these rows, first of tasks without the chat template."""
        tasks = self._load(asked) if asked else {}
        for chat in (False, True):
            chosen = {name: task for name, task in tasks.items() if self._templated(name, task) == chat}
            if chosen:
                yield from self._measure(chosen, chat, asked)

    def _content_keys(self, tasks: Mapping[str, LmEvalTask], model_hash: str) -> dict[str, str]:
        """Of each task, but for those that a judge elsewhere has a say in: it may judge otherwise tomorrow."""
        found = self._fingerprint(tasks, model_hash)
        lasting = [name for name in tasks if is_of_this_program(found.get(f"judge:{name}", EMBEDDED_JUDGE))]
        return {name: fingerprint.content_key(found, name) if name in lasting else "" for name in tasks}

    def _load(self, tasks: Iterable[str]) -> dict[str, LmEvalTask]:
        loaded = self._library.load(tasks)
        for name, task in loaded.items():
            self._check_room(name, task)
        new = {name: task for name, task in loaded.items() if f"data:{name}" not in self._data}
        self._data |= fingerprint.of_tasks(new)
        return loaded

    def _check_room(self, name: str, task: LmEvalTask) -> None:
        """lm-eval asserts that a context has room before an answer: say so in words, before anything is measured.

        So is it said of a task that asks for beams.
        """
        asked = task.config.generation_kwargs or {}
        decoding.of_tasks_own(asked)
        longest = asked.get("max_gen_toks", 0) + (self._lm.thinking.tokens or 0)
        if task.OUTPUT_TYPE == "generate_until" and longest >= self._lm.max_length:
            raise TaskError(
                f"{name} lets the model write {longest} tokens, which leaves no room for the question in its window of "
                f"{self._lm.max_length}: leave the task out, or use a model with a longer window."
            )

    def _templated(self, name: str, task: LmEvalTask) -> bool:
        """Whether the chat template is used: never for TruthfulQA's choices, as in lm-eval's default."""
        ours = catalog.TASKS.get(name)
        wanted = ours.templated if ours else task.OUTPUT_TYPE == "generate_until"
        return self._chat and wanted

    def _measure(self, tasks: Mapping[str, LmEvalTask], chat: bool, asked: Rows) -> list[Score]:
        self._lm.templated = chat
        whole = all(len(asked[name]) == self._items(task) for name, task in tasks.items())
        with quiet():
            found = simple_evaluate(
                model=self._lm,
                tasks=list(tasks.values()),
                limit=self._limit if whole else None,
                samples=None if whole else {name: asked[name] for name in tasks},
                bootstrap_iters=0,
                log_samples=True,
                apply_chat_template=chat,
                random_seed=None,
                numpy_random_seed=None,
                torch_random_seed=None,
                fewshot_random_seed=self._seed,
                task_manager=self._library.manager,
            )
        assert found is not None  # only other ranks than the first get nothing, and there are none
        if not whole:
            self._lm.notes.renumber({name: asked[name] for name in tasks})
        scores: list[Score] = []
        for name, task in tasks.items():
            part = self._items(task) if len(asked[name]) < self._items(task) else None
            logged, results = found["samples"][name], found["results"][name]
            scores += self._with_verdicts(name, scores_of(name, task, logged, results, self._lm.notes, part))
        return scores

    def _with_verdicts(self, name: str, scores: list[Score]) -> list[Score]:
        """The scores, and those of the judge where it has a say in the task."""
        if name not in catalog.TASKS or not catalog.TASKS[name].judged:
            return scores
        family = catalog.TASKS[name].family
        return scores + judged_scores(name, family, scores[0], self._watched_judge, judge_name=self._judge_name)

    @property
    def _watched_judge(self) -> Judge | None:
        """The judge, whose verdicts are counted where it can tell of them."""
        judge, stages = self._judge, self._lm.stages
        if judge is None or stages is None:
            return judge

        def watched(items: Sequence[tuple[str, str]]) -> Sequence[Verdict]:
            told = stages("judging answers", len(items))
            if "advance" in inspect.signature(judge).parameters:
                return judge(items, advance=told)  # type: ignore[call-arg]
            verdicts = judge(items)
            told(len(items))
            return verdicts

        return watched

    def _fingerprint(self, tasks: Mapping[str, LmEvalTask], model_hash: str) -> dict[str, str]:
        of_these = {key: value for key, value in self._data.items() if key.partition(":")[2] in tasks}
        chat = {f"chat:{name}": "yes" if self._templated(name, task) else "no" for name, task in tasks.items()}
        judged = [name for name in tasks if name in catalog.TASKS and catalog.TASKS[name].judged]
        return {
            **fingerprint.of_subject(model_hash),
            **self._setting,
            "scorer": self._lm.scorer_check.scorer,
            **of_these,
            **chat,
            **{f"judge:{name}": self._judge_name for name in judged},
        }


def _first_metric(name: str, task: LmEvalTask) -> str:
    if name in catalog.TASKS:
        return catalog.TASKS[name].primary.name
    metric, filter_name = next(iter(task.aggregation())), task._filters[0].name
    if getattr(task.aggregation()[metric], "__name__", "") != "mean":
        raise TaskError(
            f"{name} can't be a guard: its metric {metric} is no mean over items, so two models can't be compared on "
            "it item by item; name another task."
        )
    return metric if filter_name == "none" else f"{metric},{filter_name}"


def _in_order(scores: list[Score], tasks: Mapping[str, LmEvalTask]) -> list[Score]:
    """In the order of the tasks, a task's primary metric first."""
    order = list(tasks)

    def place(score: Score) -> tuple[int, bool]:
        info = catalog.TASKS.get(score.task)
        return order.index(score.task), info is not None and score.metric not in (info.primary.name, NOT_REFUSED)

    return sorted(scores, key=place)
