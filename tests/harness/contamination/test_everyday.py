"""The harmless prompts of our own are held against everything that the tasks measure, by the rule of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.contamination.screen import Screen
from harness.evaluation.scores import question_of
from harness_base.types import Row
from iteralign.red_team.everyday import SOURCE
from iteralign.red_team.pool import joined
from iteralign.red_team.sources import DataFolders
from tasks.data.resolver import load
from tasks.data.sets import SETS
from tasks.data.tables import PRACTICE_ITEMS, benign, practice

PROMPTS = joined([SOURCE.read(DataFolders())])


def disjoint(questions: Iterable[str]) -> bool:
    """Under `strict` an overlap would be an error; without it a prompt would be left out."""
    screen = Screen([("measured", str(n), text) for n, text in enumerate(questions)], strict=True)
    return screen.prompts(PROMPTS, "harmless prompt").prompts == PROMPTS.prompts


def test_no_prompt_overlaps_with_what_ships() -> None:
    """The sandbox's items, the texts of `benign_nll`, and by their hashes the questions that the attack tasks keep."""
    rows = list(benign()["test"])
    for file in sorted(PRACTICE_ITEMS.glob("*/*.jsonl")):
        rows += practice(items=f"{file.parent.name}/{file.stem}", column=_column(file))["test"]
    assert len(rows) > 4_000
    assert disjoint(question_of(row) for row in rows)


def test_no_prompt_overlaps_with_a_public_set(shared_data: Path) -> None:
    """All of XSTest, HHH, TruthfulQA, DangerousQA and HarmfulQA, the halves that nobody measures among them."""
    names = [name for name in SETS if name != "hh_rlhf"]
    rows = [row for name in names for row in load(name, data_dir=str(shared_data))]
    assert len(rows) == 817 + 221 + 450 + 200 + 1_960
    assert disjoint(_question(row) for row in rows)


def _column(file: Path) -> str:
    first = file.read_text(encoding="utf-8").splitlines()[0]
    return next(column for column in ("prompt", "question", "input") if f'"{column}"' in first)


def _question(row: Row) -> str:
    return next(str(row[column]) for column in ("prompt", "question", "input") if column in row)
