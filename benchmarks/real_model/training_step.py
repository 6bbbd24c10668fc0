"""A training step that reads a batch's common beginning once, against transformers' Trainer as it is.

The recipe's kind of pairs: 32 refusals of attacks and 224 harmless prompts with eight words of an answer, LoRA of the
recipe's rank. Both sides take the same batches and the same number of steps, in turn; the first run of each warms up.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from transformers import Trainer

from benchmarks.figures import Figure
from benchmarks.real_model.controls import REFUSAL
from benchmarks.real_model.given import TOKENS, Given, everyday
from harness.assembly.model import load_model
from harness.config.schema import ModelConfig
from iteralign.core.content import content_id
from iteralign.core.libraries import Tokenizer
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.training.kinds import ObjectiveKind
from iteralign.training.objective import EncodePair, Material, Objective
from iteralign.training.supervised import SupervisedObjective
from iteralign.training.supervised_kind import SupervisedKind

_LEAST = 1.5
_ANSWER = "Here is how: first look at it,"


class _Plain:
    """Supervised fine-tuning by transformers' own Trainer."""

    def material(self, pairs: Sequence[TrainingPair], encode: EncodePair, tokenizer: Tokenizer) -> Material:
        return replace(SupervisedObjective().material(pairs, encode, tokenizer), trainer=Trainer)


class _PlainKind(ObjectiveKind):
    kind: Literal["plain"] = "plain"
    side: ClassVar[str] = "transformers"

    def build(self) -> Objective:
        return _Plain()


def figures(given: Given, *, quick: bool) -> Iterator[Figure]:
    """Seconds a step of each, their ratio, and how far the last losses differ."""
    steps, runs = (4, 1) if quick else (12, 3)
    pairs = _pairs(given)
    sides = {"transformers": _PlainKind(), "ours": SupervisedKind()}
    times: dict[str, list[float]] = {side: [] for side in sides}
    losses = {}
    for turn in range(runs + 1):
        for side, kind in sides.items():
            seconds, losses[side] = _train(given, kind, pairs, steps)
            if turn:
                times[side].append(seconds / steps)
    theirs, ours = (statistics.median(times[side]) for side in ("transformers", "ours"))
    yield Figure("transformers: a step of 8 pairs", theirs, "s")
    yield Figure("ours: a step of 8 pairs", ours, "s")
    yield Figure("transformers against ours", theirs / ours, "times", ">=", _LEAST)
    yield Figure("the last losses differ by", abs(losses["transformers"] - losses["ours"]), "nats", "<=", 1e-3)


def _pairs(given: Given) -> list[TrainingPair]:
    harmless = [text for kind in (True, False) for text in everyday(look_alike=kind)[:112]]
    asked = [(text, REFUSAL, "revision", False) for text in given.attacks("train", 32)]
    asked += [(text, _ANSWER, "replayed_harmless", True) for text in harmless]
    return [TrainingPair(content_id(text), text, answer, kind, cut=cut) for text, answer, kind, cut in asked]


def _train(given: Given, kind: ObjectiveKind, pairs: Sequence[TrainingPair], steps: int) -> tuple[float, float]:
    """Seconds of one fine-tuning from its start to its end, and its last step's loss."""
    settings = TrainingSettings(rank=16, alpha=32, learning_rate=1e-3, max_steps=steps)
    config = ModelConfig(path=str(given.model), dtype="float32", device="cpu", max_new_tokens=TOKENS)
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(config, Path(folder), objective=kind)
        started = time.monotonic()
        [candidate] = model.fine_tune(pairs, settings, names=["r1a1"], seed=0)
        return time.monotonic() - started, candidate.loss_last
