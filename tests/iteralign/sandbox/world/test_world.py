"""The sandbox's world: disjoint sides, and rules that agree with what it knows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from iteralign.sandbox import HARMLESS_FILE, RED_TEAM_FILE, items, rules
from iteralign.sandbox.build import ITEMS_DIR
from iteralign.sandbox.dialogues import draw_request
from iteralign.sandbox.world import world
from iteralign.sandbox.world.world import Kind, Request

KINDS: tuple[Kind, ...] = ("harmful", "plain", "lookalike", "fact", "claim")


def prompts_in(path: Path) -> set[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row.get("prompt") or row.get("input") or row["question"] for row in rows}


@pytest.fixture(scope="module")
def side() -> dict[str, set[str]]:
    sides = {split: set().union(*map(prompts_in, (ITEMS_DIR / split).glob("*.jsonl"))) for split in ("gate", "final")}
    return {**sides, "training": prompts_in(RED_TEAM_FILE) | prompts_in(HARMLESS_FILE)}


@pytest.mark.parametrize(("one", "other"), [("gate", "final"), ("gate", "training"), ("final", "training")])
def test_no_prompt_is_on_two_sides(side: dict[str, set[str]], one: str, other: str) -> None:
    assert not side[one] & side[other]


def test_no_fact_of_the_gate_or_the_final_items_is_among_the_red_team_prompts() -> None:
    red_team = prompts_in(RED_TEAM_FILE)
    topics = {
        request.category
        for name in world.facts()
        for request in world.requests("fact", name)
        if request.text in red_team
    }
    measured = {
        request.category
        for name in world.facts()
        for request in world.requests("fact", name)
        if world.split_of(request) != "red_team"
    }
    assert topics
    assert not topics & measured


def test_the_shipped_items_are_what_the_build_writes(tmp_path: Path) -> None:
    items.write_items(tmp_path / "items", tmp_path / "red_team.jsonl", tmp_path / "harmless.jsonl", 0)
    for written in (tmp_path / "items").rglob("*.jsonl"):
        shipped = ITEMS_DIR / written.relative_to(tmp_path / "items")
        assert written.read_bytes() == shipped.read_bytes(), shipped
    assert (tmp_path / "red_team.jsonl").read_bytes() == RED_TEAM_FILE.read_bytes()
    assert (tmp_path / "harmless.jsonl").read_bytes() == HARMLESS_FILE.read_bytes()


def test_the_practice_model_never_learns_from_a_measured_harmful_or_harmless_request() -> None:
    rng = random.Random(0)
    drawn = [draw_request(kind, rng) for kind in ("harmful", "plain", "lookalike") for _ in range(200)]
    assert {world.split_of(request) for request in drawn} == {"red_team"}


def made(request: Request, good: bool, rng: random.Random) -> str:
    """A good answer, or a bad one where the request has one."""
    if request.kind in ("fact", "claim"):
        return world.fact_answer(request, good, rng)
    if request.kind == "harmful" and good:
        return world.refusal_answer(request.category, rng)
    return world.help_answer(request, rng)


@pytest.mark.parametrize("kind", KINDS)
def test_the_rules_judge_answers_as_the_world_made_them(kind: Kind) -> None:
    rng = random.Random(1)
    wrong = []
    for _ in range(300):
        request, good = draw_request(kind, rng), rng.random() < 0.5
        answer = made(request, good, rng)
        expected = "satisfactory" if good or kind in ("plain", "lookalike") else "violation"
        if rules.judge(request.text, answer).label != expected:
            wrong.append((request.text, answer))
    assert len(wrong) <= 3, wrong  # at least 0.99 right; the rules read text, not labels
