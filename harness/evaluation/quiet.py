"""Keeps lm-eval to itself: no word on the terminal, no program started, no global random number drawn."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, lm-eval, transformers and datasets report errors only, and draw no progress bars.

    lm-eval has no switch for the bar it draws while it builds requests, and `simple_evaluate` ends by running pip, git
    and others to describe the environment, about a second each time; the fingerprint holds what of it matters here.
    Their names are replaced for the time being and put back. It also draws from Python's global generator, each time it
    asks a task for its name, which would shift the draws of whoever uses that generator. And it compiles a task's
    templates anew for every item, which takes longer than filling them in: inside, each is compiled once.
    """
    import lm_eval.api.task
    import lm_eval.evaluator
    import lm_eval.utils

    with ExitStack() as stack:
        for name in ("lm_eval", "transformers", "datasets", "huggingface_hub"):
            stack.enter_context(_level(logging.getLogger(name), logging.ERROR))
        stack.enter_context(_replaced(lm_eval.api.task, "tqdm", _no_bar))
        stack.enter_context(_replaced(lm_eval.evaluator, "add_env_info", _nothing))
        stack.enter_context(_replaced(lm_eval.evaluator, "get_git_commit_hash", _nothing))
        stack.enter_context(_replaced(lm_eval.utils, "apply_template", _apply_template))
        stack.enter_context(_no_dataset_bars())
        stack.callback(random.setstate, random.getstate())
        yield


@contextmanager
def _level(logger: logging.Logger, level: int) -> Iterator[None]:
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _replaced(module: object, name: str, value: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextmanager
def _no_dataset_bars() -> Iterator[None]:
    import datasets

    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()


@lru_cache(maxsize=256)
def _template(source: str) -> Any:
    import lm_eval.utils

    return lm_eval.utils.env.from_string(source)


def _apply_template(template: str, doc: dict[str, object]) -> str:
    return str(_template(template).render(**doc))


def _no_bar(items: object, **_: object) -> object:
    return items


def _nothing(*_: object, **__: object) -> None:
    return None
