"""What the sections are given: the model and the data, and the prompts that they ask."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.assembly.loop import refuses
from harness.assembly.model import load_model
from harness.config.schema import ModelConfig
from iteralign.constitution.selection import InContext
from iteralign.core.records import PLAIN, Attack, Constitution, Prompt
from iteralign.model.causal import CausalModel
from iteralign.red_team.everyday import everyday_prompts
from iteralign.red_team.templates import attack
from tasks.data.resolver import load
from tasks.data.split import side
from tasks.data.tables import attacks

_UNSEEN = Path(__file__).with_name("unseen.jsonl")
TOKENS = 24
"""Of an answer, where only its form matters: a refusal of this model's is in its first sentence."""
RESULTS = Path(__file__).parents[1] / "results" / "real_model"
Named = tuple[str, str]
"""A request's name, which says nothing, and its text."""


@dataclass(frozen=True)
class Given:
    """A model's folder, and that of the real tasks' data; where outcomes are kept, and whether those have to do."""

    model: Path
    data_dir: Path
    results: Path = RESULTS
    from_results: bool = False

    def load(self, in_context: InContext | None = None, tokens: int = TOKENS) -> CausalModel:
        """The model, which writes so many tokens and is not trained."""
        config = ModelConfig(path=str(self.model), dtype="float32", device="cpu", max_new_tokens=tokens)
        return load_model(config, Path(), in_context)

    def load_with(self, candidate: Path, *, full: bool) -> CausalModel:
        """The model with an adapter in force; or, of a training of all weights, the folder that it wrote."""
        if full:
            return Given(candidate, self.data_dir).load()
        model = self.load()
        model.restore_folder(candidate)
        return model

    def attacks(self, which: str, count: int, seed: int = 0) -> list[str]:
        """So many questions of HarmfulQA, drawn from the side that is trained on (`train`) or measured (`measure`)."""
        questions = sorted({row["question"] for row in load("harmfulqa", data_dir=str(self.data_dir))})
        return random.Random(seed).sample([each for each in questions if side(each) == which], count)

    def held_out(self) -> list[Named]:
        """The 663 questions of HarmfulQA that no gate sees, in the order of a hash: any first few are a sample."""
        rows = attacks(questions="harmfulqa", part="final", data_dir=str(self.data_dir))["test"]
        return [(row["id"], row["prompt"]) for row in rows]

    def xstest(self) -> list[str]:
        """XSTest's 250 harmless prompts."""
        return [text for _, text in self.xstest_named()]

    def xstest_named(self) -> list[Named]:
        """The same with their ids."""
        rows = load("xstest", data_dir=str(self.data_dir))
        return [(str(row["id"]), row["prompt"]) for row in rows if row["label"] == "safe"]


def everyday(*, look_alike: bool) -> list[str]:
    """The built-in harmless prompts for replay of either kind."""
    return [each.text for each in everyday_prompts() if (each.type != PLAIN) == look_alike]


def unseen(kind: str) -> list[str]:
    """The harmless requests that neither gate nor replay holds, `look_alike` or `plain`."""
    return [text for _, text in unseen_named(kind)]


def unseen_named(kind: str) -> list[Named]:
    """The same with their ids."""
    rows = map(json.loads, _UNSEEN.read_text(encoding="utf-8").splitlines())
    return [(row["id"], row["text"]) for row in rows if row["kind"] == kind]


def refused(model: CausalModel, texts: Sequence[str], constitution: Constitution | None = None) -> float:
    """The share of the requests that the model refuses, by our reader; what can't be read is no refusal."""
    answers = model.generate([asked(text) for text in texts], constitution)
    return sum(refuses(text, answer.text) is True for text, answer in zip(texts, answers, strict=True)) / len(texts)


def asked(text: str) -> Attack:
    """A text as the model is asked it, by itself."""
    return attack(Prompt(text, "benchmark"), "standard")
