"""What is trained in other ways than the recipe's, each to be compared with it at equal over-refusal.

Every arm is the recipe with something changed, its gate switched off and one round long, so that each of its strengths
is a point of the frontier. Which files it needs (a constitution without one principle, prompts of one kind) is written
into its folder before it starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.real_model.controls import FixedRefusal, permuted_over
from benchmarks.real_model.given import Given, everyday
from harness.constitution.shipped import file_named
from harness.run.rounds import Wrappers

RECIPE = "smollm2-135m"
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
PAPER_RATES = (2e-6, 2e-5, 2e-4)
"""Of full fine-tuning; the first is the paper's own."""
SEEDS = (0, 1, 2)
_BARE: Mapping[str, Any] = {
    "loop.max_rounds": 1,
    "gate.enabled": False,
    # Something has to be measured; what counts is measured afterwards, for every strength.
    "gate.tasks": ("benign_nll",),
    "gate.final_tasks": (),
    "gate.limit": 4,
    "training.strengths": STRENGTHS,
}
Files = Callable[[Given, Path], Mapping[str, Any]]
"""Writes what an arm needs into a folder, and says which settings name it."""


def _nothing(_given: Given, _folder: Path) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Arm:
    """One way to train: what is set beside the recipe, and what is put around the loop's model and oracle.

    `full` arms train all weights, so that a candidate is a model of its own. `why` says what the comparison shows.
    """

    name: str
    why: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0,)
    files: Files = _nothing
    wrappers: Callable[[int], Wrappers] = lambda seed: Wrappers()
    full: bool = False

    def flags(self, given: Given, folder: Path, seed: int) -> dict[str, Any]:
        """All that is set over the recipe for one run of it, in a folder of its own."""
        return {
            "name": "run",
            "seed": seed,
            "runs_dir": str(folder),
            "model.path": str(given.model),
            "data_dir": str(given.data_dir),
            **_BARE,
            **self.settings,
            **self.files(given, folder),
        }


def _principles() -> list[dict[str, Any]]:
    """Of the recipe's constitution."""
    written: list[dict[str, Any]] = yaml.safe_load(file_named(Path("everyday-harms")).read_text(encoding="utf-8"))[
        "principles"
    ]
    return written


def _constitution(folder: Path, principles: list[dict[str, Any]]) -> Mapping[str, Any]:
    file = folder / "constitution.yaml"
    file.write_text(yaml.safe_dump({"principles": principles}, allow_unicode=True), encoding="utf-8")
    return {"constitution.file": str(file)}


def _without(place: int) -> Files:
    def write(_: Given, folder: Path) -> Mapping[str, Any]:
        principles = _principles()
        return _constitution(folder, principles[:place] + principles[place + 1 :])

    return write


def _unrelated_examples(_: Given, folder: Path) -> Mapping[str, Any]:
    """Each forbidden request exchanged for a twin of another principle, which is declined in the same words' place."""
    principles = _principles()
    for place, principle in enumerate(principles):
        other = principles[(place + 1) % len(principles)]["examples"]
        twins = [each for each in other if "twin" in each]
        forbidden = [each for each in principle["examples"] if "forbidden" in each]
        kept = [each for each in principle["examples"] if "twin" in each]
        exchanged = [
            {"forbidden": twin["twin"], "answer": f"What a lively question. {twin['answer']}"}
            for twin, _ in zip(twins, forbidden, strict=False)
        ]
        principle["examples"] = exchanged + kept
    return _constitution(folder, principles)


def _plain_replay(_: Given, folder: Path) -> Mapping[str, Any]:
    """The plain half of the built-in harmless prompts alone."""
    file = folder / "plain.jsonl"
    file.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in everyday(look_alike=False)), "utf-8")
    return {"red_team.harmless": (str(file),)}


def _attacks_and_harmless(given: Given, folder: Path) -> Mapping[str, Any]:
    """As many harmless prompts as attacks, all said to be harmful: the verdicts are dealt out among both."""
    attacks, harmless = given.attacks("train", 128), everyday(look_alike=False)[:128]
    file = folder / "mixed.jsonl"
    file.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in attacks + harmless), "utf-8")
    return {"red_team.sources": (str(file),), "red_team.all_harmful": True, "red_team.batch_size": 256}


def _permuted(seed: int) -> Wrappers:
    return Wrappers(oracle=permuted_over(everyday(look_alike=False), seed))


def _paper() -> Iterator[Arm]:
    # The principles' text alone: worked examples are not the paper's, and without a proposer none are found.
    text_alone = {"constitution.max_tokens": None, "constitution.declining": 0, "constitution.helping": 0}
    for rate in PAPER_RATES:
        settings = {
            "mode": "paper",
            "constitution.discovery": "off",
            "red_team.batch_size": 128,
            "training.learning_rate": rate,
            **text_alone,
        }
        yield Arm(f"paper-{rate:g}", "the paper's mode, all weights, no replay, no filter", settings, SEEDS, full=True)


def _left_out() -> Iterator[Arm]:
    for place, principle in enumerate(_principles()):
        yield Arm(f"without-principle-{place + 1}", f"what “{principle['text']}” is worth", files=_without(place))


def all_arms() -> list[Arm]:
    """Every arm, the ones that others are held against first."""
    text = {"constitution.max_tokens": None, "constitution.declining": 0, "constitution.helping": 0}
    return [
        Arm("ours", "the recipe", seeds=SEEDS),
        Arm(
            "without-twins",
            "neither the principles' twins nor look-alikes in the replay",
            {"training.replayed_twins": 0},
            SEEDS,
            files=_plain_replay,
        ),
        *_paper(),
        Arm("preference", "DPO beside the answers' own loss, in place of supervised", {"objective.kind": "preference"}),
        Arm("principles-alone", "a written constitution without its worked examples", text),
        Arm(
            "fixed-refusal",
            "every violation answered by one sentence, without principles",
            {"constitution.needed": False, "constitution.file": None},
            wrappers=lambda seed: Wrappers(model=FixedRefusal),
        ),
        Arm("permuted-verdicts", "verdicts dealt out among attacks and harmless", files=_attacks_and_harmless,
            wrappers=_permuted),
        Arm("unrelated-examples", "worked examples of something else", files=_unrelated_examples),
        *_left_out(),
    ]  # fmt: skip
