"""A local judge that reads what its questions share once, against reading each question whole.

Answers of 200 tokens, from recorded answers to XSTest's prompts, are judged by the 0.5B model as `--oracle hf:` would,
from the texts to the log-probabilities of the two words in both orders: by `LocalOracle`, and by a copy of how it was
done before. 200 of them take half an hour on 2 cores, `--share 0.2` takes 40. Each way runs in a process of its own, so
that its peak memory while it judges can be told. What the tree has to prove before it is used is part of its time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure

ANSWERS = 200
IN_BFLOAT16 = 6
"""Without instructions for it, a processor takes several times as long in bfloat16."""
QUICK = 4
ALONE = 3
"""Answers whose questions are also read one by one, unpadded, by transformers' own call."""


@dataclass(frozen=True)
class Way:
    """What `judge_work` printed of one way; `values` holds four log-probabilities an answer."""

    seconds: float
    tokens: int
    checking: int
    tree: int
    scorer: str
    values: list[list[float]]
    peak_mib: float


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """The bars of the issue in float32, and the same numbers in bfloat16 without a bar."""
    yield from _figures(models.need("qwen"), models.need("data"), QUICK if quick else models.count(ANSWERS))


def _figures(model: Path, data: Path, answers: int) -> Iterator[Figure]:
    yield Figure("judge: answers of 200 tokens", answers, "")
    before, shared = (_way(way, "float32", model, data, answers) for way in ("before", "shared"))
    yield from _compared("float32", before, shared)
    tokens = shared.tokens - shared.checking
    yield Figure("judge, float32: before, against shared", before.seconds / shared.seconds, "times", ">=", 1.6)
    yield Figure("judge, float32: tokens forwarded against the tree", tokens / shared.tree, "times", "<=", 1.1)
    yield Figure("judge, float32: the tree proved itself", float(shared.scorer == "shared-prefix"), "", "==", 1)
    yield Figure("judge, float32: largest difference", _largest(before, shared), "nats", "<=", 1e-4)
    alone = _way("alone", "float32", model, data, min(ALONE, answers))
    yield Figure("judge, float32: from questions one by one", _largest(alone, shared), "nats", "<=", 1e-4)
    few = min(IN_BFLOAT16, answers)
    low_before, low_shared = (_way(way, "bfloat16", model, data, few) for way in ("before", "shared"))
    yield Figure("judge, bfloat16: answers", few, "")
    yield from _compared("bfloat16", low_before, low_shared)
    yield Figure("judge, bfloat16: before, against shared", low_before.seconds / low_shared.seconds, "times")
    yield Figure("judge, bfloat16: largest difference", _largest(low_before, low_shared), "nats")
    yield Figure("judge, bfloat16: from float32", _largest(low_shared, shared), "nats")
    slower = (low_shared.seconds / few) / (shared.seconds / answers)
    yield Figure("judge, bfloat16: an answer's time against float32", slower, "times")


def _compared(precision: str, before: Way, shared: Way) -> Iterator[Figure]:
    for name, way in (("before", before), ("shared", shared)):
        yield Figure(f"judge, {precision}: {name}", way.seconds, "s")
        yield Figure(f"judge, {precision}: peak memory, {name}", way.peak_mib, "MiB")
        yield Figure(f"judge, {precision}: tokens forwarded, {name}", way.tokens - way.checking, "tokens")
    yield Figure(f"judge, {precision}: tokens of the check, once in a run", shared.checking, "tokens")
    yield Figure(f"judge, {precision}: lower bound, the tree of all questions", shared.tree, "tokens")


def _largest(one: Way, other: Way) -> float:
    """Over the answers that both judged; NaN where one of both has no number."""
    pairs = zip(one.values, other.values, strict=False)
    return max(abs(first - second) for both in pairs for first, second in zip(*both, strict=True))


def _way(way: str, precision: str, model: Path, data: Path, answers: int) -> Way:
    command = [sys.executable, "-m", "benchmarks.affordable.judge_work", way, "--dtype", precision]
    ran = machine.run([*command, "--model", str(model), "--data-dir", str(data), "--answers", str(answers)])
    printed: dict[str, Any] = json.loads(ran.out)
    return Way(**printed)
