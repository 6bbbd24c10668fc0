"""The harmless prompts of our own: their numbers, what they have in common with what is measured, and who refuses them.

    python -m benchmarks.replay [--data-dir DIR] [--model DIR [--items 60] [--tokens 64]] [--json]

With `--data-dir` they are held against the public sets by the rule that keeps training and measuring apart. With
`--model` a seeded sample of them, half plain ones and half look-alikes, is answered, and the answers are read for
refusals.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, show
from harness.contamination.matching import GateItems
from harness.contamination.records import Item
from harness_base.types import Row
from iteralign.core.records import PLAIN, Prompt, Response
from iteralign.red_team.everyday import EVERYDAY, EverydayPrompt, everyday_prompts
from iteralign.red_team.templates import attack
from iteralign.training.replay import half_and_half
from tasks.data.resolver import load
from tasks.refusals import read

MEASURED = (
    *("xstest", "truthfulqa", "dangerousqa", "harmfulqa"),
    *("hhh_helpful", "hhh_honest", "hhh_harmless", "hhh_other"),
)
_QUESTION = ("prompt", "question", "input")
_SIMILAR = 0.5
"""Two prompts that share half of their trigrams would be one prompt with another noun."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, help="the real tasks' data, to hold the prompts against")
    parser.add_argument("--model", type=Path, help="folder of a model that answers a sample of them")
    parser.add_argument("--items", type=int, default=60, help="prompts in that sample")
    parser.add_argument("--tokens", type=int, default=64, help="longest answer, in tokens")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    return 0 if show(_figures(args), as_json=args.json) else 1


def _figures(args: argparse.Namespace) -> Iterator[Figure]:
    yield from of_the_set(everyday_prompts())
    if args.data_dir:
        yield of_overlaps(everyday_prompts(), args.data_dir)
    if args.model:
        yield from of_refusals(everyday_prompts(), args.model, args.items, args.tokens)


def of_the_set(prompts: Sequence[EverydayPrompt]) -> Iterator[Figure]:
    """How many there are, and how alike the two are that are most alike."""
    kinds = Counter(prompt.type for prompt in prompts)
    yield Figure("prompts", len(prompts), "prompts", ">=", 400)
    yield Figure("of them look-alikes", 1 - kinds.pop(PLAIN) / len(prompts), "share", ">=", 0.5)
    yield Figure("types of XSTest in whose manner they are", len(kinds), "types", "<=", 8)
    closest = max(similarity(one.text, other.text) for one, other in combinations(prompts, 2))
    yield Figure("the two most alike: trigrams in common", closest, "share", "<=", _SIMILAR)


def similarity(one: str, other: str) -> float:
    """The Jaccard index of two texts' sets of trigrams."""
    first, second = trigrams(one), trigrams(other)
    return len(first & second) / len(first | second)


def trigrams(text: str) -> set[str]:
    padded = f" {text.lower()} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def of_overlaps(prompts: Sequence[EverydayPrompt], data_dir: Path) -> Figure:
    """The prompts that the rule calls equal or nearly equal to a measured question, or that contain one."""
    items = [
        Item(name, str(number), _question(row))
        for name in MEASURED
        for number, row in enumerate(load(name, data_dir=str(data_dir)))
    ]
    matches = GateItems(items).matches([prompt.text for prompt in prompts])
    name = f"prompts that overlap with one of {len(items):,} questions"
    return Figure(name, sum(match is not None for match in matches), "prompts", "==", 0)


def _question(row: Row) -> str:
    return next(str(row[column]) for column in _QUESTION if column in row)


def of_refusals(prompts: Sequence[EverydayPrompt], folder: Path, items: int, tokens: int) -> Iterator[Figure]:
    """How many of a sample that model refuses, in whole or part, as the over-refusal tasks read it."""
    sample = half_and_half(prompts, lambda prompt: prompt.type, items, random.Random(0))
    answers = list(zip(sample, _answers(sample, folder, tokens), strict=True))
    for kind, plain in (("plain", True), ("look-alike", False)):
        of_kind = [answer for prompt, answer in answers if (prompt.type == PLAIN) == plain]
        labels = [read(answer.attack.prompt.text, answer.text).label for answer in of_kind]
        yield Figure(f"{kind} prompts answered", len(of_kind), "prompts")
        yield Figure(f"{kind}: refused", sum(label in ("refusal", "partial") for label in labels), "answers")
        yield Figure(f"{kind}: can't be told", labels.count("cannot_tell"), "answers")
        yield Figure(f"{kind}: finished in {tokens} tokens", sum(answer.finished for answer in of_kind), "answers")


def _answers(sample: Sequence[EverydayPrompt], folder: Path, tokens: int) -> list[Response]:
    from harness.assembly.model import load_model
    from harness.config.schema import ModelConfig

    config = ModelConfig(path=str(folder), max_new_tokens=tokens, device="cpu")
    with TemporaryDirectory() as adapters:
        model = load_model(config, Path(adapters))
        return list(model.generate([attack(Prompt(prompt.text, EVERYDAY), "standard") for prompt in sample]))


if __name__ == "__main__":
    sys.exit(main())
