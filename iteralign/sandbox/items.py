"""The practice items: red-team prompts, multiple choice and generating items, in the row shapes of the real data sets.

The multiple-choice items are written in the forms of TruthfulQA and HHH; the gold choice stands first, as in HHH.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from harness_base.types import Row
from iteralign.core.content import content_id
from iteralign.sandbox.world import world
from iteralign.sandbox.world.world import Kind, Request, Split

Row = Row
ITEMS_PER_METRIC = 500
ITEMS_PER_SHOWN_METRIC = 250  # of metrics that no decision rests on
RED_TEAM_PROMPTS = 2400
HARMLESS_PROMPTS = 240
_HARMLESS: tuple[Kind, ...] = ("plain", "lookalike")
_RED_TEAM_MIX: dict[Kind, float] = {"harmful": 0.25, "fact": 0.06, "claim": 0.02, "plain": 0.33, "lookalike": 0.34}


def sample(kind: Kind, split: Split, count: int, rng: random.Random) -> list[Request]:
    """`count` different requests of one kind from one side of the split, spread evenly over the categories."""
    queues = [
        [request for request in world.requests(kind, name) if world.split_of(request) == split]
        for name in world.categories(kind)
    ]
    queues = [queue for queue in queues if queue]
    for queue in queues:
        rng.shuffle(queue)
    rng.shuffle(queues)
    longest = max(len(queue) for queue in queues)
    in_turn = [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
    if len(in_turn) < count:
        raise ValueError(f"the sandbox has {len(in_turn)} {kind} requests for {split}, and {count} were asked for")
    return in_turn[:count]


def red_team_prompts(rng: random.Random) -> list[Request]:
    """The practice red-team prompts. As in real collections, most of them bring out nothing wrong."""
    chosen = [
        request
        for kind, share in _RED_TEAM_MIX.items()
        for request in sample(kind, "red_team", round(share * RED_TEAM_PROMPTS), rng)
    ]
    rng.shuffle(chosen)
    return chosen


def harmless_prompts(rng: random.Random, apart_from: Iterable[Request]) -> list[Request]:
    """Prompts for replay, from the red team's side of the split but none of its prompts."""
    taken = set(apart_from)
    found = [r for kind in _HARMLESS for r in sample(kind, "red_team", HARMLESS_PROMPTS, rng) if r not in taken]
    rng.shuffle(found)
    return found[:HARMLESS_PROMPTS]


def _harmful(split: Split) -> list[Request]:
    """The harmful requests that all tasks of a split put, in their different forms."""
    return sample("harmful", split, ITEMS_PER_METRIC, random.Random(f"{split} harmful"))


def _harmless(split: Split) -> list[Request]:
    """The harmless requests that all tasks of a split put, half of them harmful by their look, in mixed order."""
    rng, half = random.Random(f"{split} harmless"), ITEMS_PER_METRIC // 2
    mixed = [*sample("plain", split, half, rng), *sample("lookalike", split, half, rng)]
    rng.shuffle(mixed)
    return mixed


def attack_success(split: Split, rng: random.Random) -> list[Row]:
    return [_prompt_row(request) for request in _harmful(split)]


def over_refusal(split: Split, rng: random.Random) -> list[Row]:
    return [_prompt_row(request) for request in _harmless(split)]


def _prompt_row(request: Request) -> Row:
    category = request.category if request.kind == "harmful" else request.kind
    return {"id": content_id(request.text), "prompt": request.text, "category": category}


def hhh_harmless(split: Split, rng: random.Random) -> list[Row]:
    """A refusal against doing what was asked."""
    return [
        _choice_row(request, [world.refusal_answer(request.category, rng)], [world.help_answer(request, rng)])
        for request in _harmful(split)
    ]


def bigbench_harmless(split: Split, rng: random.Random) -> list[Row]:
    """A refusal against two different ways of doing what was asked."""
    return [
        _choice_row(request, [world.refusal_answer(request.category, rng)], _different_help(request, 2, rng))
        for request in _harmful(split)[:ITEMS_PER_SHOWN_METRIC]
    ]


def hhh_helpful(split: Split, rng: random.Random) -> list[Row]:
    """Help against a needless refusal."""
    return [
        _choice_row(request, [world.help_answer(request, rng)], [world.refusal_answer(rng.choice(world.harms()), rng)])
        for request in _harmless(split)
    ]


def hhh_honest(split: Split, rng: random.Random) -> list[Row]:
    """Denying a popular myth against agreeing with it."""
    return [
        _choice_row(request, [world.fact_answer(request, True, rng)], [world.fact_answer(request, False, rng)])
        for request in sample("claim", split, ITEMS_PER_SHOWN_METRIC, rng)
    ]


def hhh_other(split: Split, rng: random.Random) -> list[Row]:
    """Help that fits the request against help with something else."""
    rows = []
    for request in _harmless(split):
        others = [name for name in world.categories("plain") if (request.kind, name) != ("plain", request.category)]
        stray = Request("", "plain", rng.choice(others))
        rows.append(_choice_row(request, [world.help_answer(request, rng)], [world.help_answer(stray, rng)]))
    return rows


def truthfulqa(split: Split, rng: random.Random) -> list[Row]:
    """Truth against myth, with answers about something else among the wrong ones."""
    rows = []
    for request in sample("fact", split, ITEMS_PER_METRIC, rng):
        fact, stray = world.facts()[request.category], world.facts()[rng.choice(list(world.facts()))]
        truths, myths = _both_openers(fact.truth, "truth"), _both_openers(fact.myth, "myth")
        strays = [stray.myth] if stray != fact else []
        rows.append(
            {
                "id": content_id(request.text),
                "question": request.text,
                "mc1_targets": _targets(truths[:1], [*myths, *strays]),
                "mc2_targets": _targets(truths, [*myths, *strays]),
            }
        )
    return rows


def _both_openers(sentence: str, which: str) -> list[str]:
    slots = dict.fromkeys(("Truth", "Myth"), sentence)
    slots |= {lower: world.uncapital(sentence) for lower in ("truth", "myth")}
    return [pattern.format(**slots) for pattern in world.world()["facts"][f"{which}_openers"]]


def _different_help(request: Request, count: int, rng: random.Random) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        answer = world.help_answer(request, rng)
        if answer not in found:
            found.append(answer)
    return found


def _choice_row(request: Request, right: Sequence[str], wrong: Sequence[str]) -> Row:
    return {"id": content_id(request.text), "input": request.text, "targets": _targets(right, wrong)}


def _targets(right: Sequence[str], wrong: Sequence[str]) -> Row:
    return {"choices": [*right, *wrong], "labels": [1] * len(right) + [0] * len(wrong)}


MAKERS: dict[str, Callable[[Split, random.Random], list[Row]]] = {
    "truthfulqa": truthfulqa,
    "hhh_helpful": hhh_helpful,
    "hhh_honest": hhh_honest,
    "hhh_harmless": hhh_harmless,
    "hhh_other": hhh_other,
    "bigbench_harmless": bigbench_harmless,
    "attack_success": attack_success,
    "over_refusal": over_refusal,
}


def write_items(items_dir: Path, red_team_file: Path, harmless_file: Path, seed: int) -> None:
    """Write every item file; the same seed writes the same bytes."""
    splits: tuple[Split, ...] = ("gate", "final")
    for split in splits:
        for name, make in MAKERS.items():
            _write(items_dir / split / f"{name}.jsonl", make(split, random.Random(f"{seed} {split} {name}")))
    rng = random.Random(seed)
    red_team = red_team_prompts(rng)
    _write(red_team_file, [{"prompt": request.text} for request in red_team])
    _write(harmless_file, [{"prompt": request.text} for request in harmless_prompts(rng, red_team)])


def _write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
