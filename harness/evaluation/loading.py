"""From task names to lm-eval's task objects, each built once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import tasks as tasks_package
from harness.evaluation.quiet import quiet
from harness.evaluation.requests import LmEvalTask
from harness_base.errors import OutsideError, TaskError
from harness_base.text import first_line
from iteralign.red_team.templates import template_texts
from tasks import catalog

_TASKS_DIR = Path(tasks_package.__file__ or "").parent
_NOT_HERE = (OSError, RuntimeError, ValueError, ImportError)
"""What lm-eval's own tasks raise when their data set or a package that they need can't be had."""


class TaskLibrary:
    """Loads tasks: ours first, lm-eval's own only where a name is none of ours, since finding those takes seconds.

    `data_dir` holds the real tasks' data; without it they come from `cache_dir`, or from the hub into it. `items_dir`
    replaces the practice items that are shipped. `chat` says that a chat template makes the turns. `answer_tokens` cuts
    the answers that our own tasks have written where those allow for longer ones.
    """

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        cache_dir: Path | None = None,
        items_dir: Path | None = None,
        chat: bool = False,
        answer_tokens: int | None = None,
    ) -> None:
        self._metadata = {
            "data_dir": str(data_dir) if data_dir else None,
            "cache_dir": str(cache_dir) if cache_dir else None,
            "templates": template_texts(),
            "items_dir": str(items_dir) if items_dir else None,
            "chat": chat,
        }
        self._answer_tokens = answer_tokens
        self._loaded: dict[str, dict[str, LmEvalTask]] = {}

    def load(self, names: Iterable[str]) -> dict[str, LmEvalTask]:
        """Task objects by name, groups and tags replaced by their tasks, in order and each once.

        Raises TaskError for an unknown name, DataError for flawed data, OutsideError where a task of lm-eval's own
        can't get its data.
        """
        wanted = catalog.expand(names)
        if not wanted:
            raise TaskError("No task is named: give at least one, or a group such as sandbox_gate.")
        self._check_known(wanted)
        found: dict[str, LmEvalTask] = {}
        for name in wanted:
            if name not in self._loaded:
                self._loaded[name] = self._build(name)
            found |= self._loaded[name]
        return found

    def _check_known(self, names: Sequence[str]) -> None:
        for name in catalog.unknown(names):
            known = self._stock_manager.all_tasks
            if name not in known:
                hint = catalog.did_you_mean(name, known) or "."
                raise TaskError(f"There is no task {name!r}, neither here nor in lm-eval{hint} See `harness tasks`.")

    def _build(self, name: str) -> dict[str, LmEvalTask]:
        with quiet():
            if name in catalog.TASKS:
                return {name: self._shortened(task) for name, task in self.manager.load([name])["tasks"].items()}
            try:
                return dict(self._stock_manager.load([name])["tasks"])
            except _NOT_HERE as error:
                reason = f"{type(error).__name__}: {first_line(error, empty='no reason given')}"
                raise OutsideError(
                    f"lm-eval's own task {name} can't get its data here ({reason}): connect to the hub, "
                    "or fetch the data set into the local cache beforehand."
                ) from error

    def _shortened(self, task: Any) -> Any:
        """The task, whose written answers may be no longer than that."""
        asked = task.config.generation_kwargs or {}
        if self._answer_tokens and asked.get("max_gen_toks", 0) > self._answer_tokens:
            task.set_config("generation_kwargs", {"max_gen_toks": self._answer_tokens}, update=True)
        return task

    @cached_property
    def manager(self) -> Any:
        from lm_eval.tasks import TaskManager

        with quiet():
            return TaskManager(include_path=str(_TASKS_DIR), include_defaults=False, metadata=self._metadata)

    @cached_property
    def _stock_manager(self) -> Any:
        from lm_eval.tasks import TaskManager

        with quiet():
            return TaskManager()
