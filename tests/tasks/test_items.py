"""The practice items that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.data.tables import PRACTICE_ITEMS

SHOWN = {"bigbench_harmless.jsonl", "hhh_honest.jsonl"}
"""Files of metrics that no decision rests on."""
FILES = sorted(path.name for path in (PRACTICE_ITEMS / "gate").glob("*.jsonl"))


def rows(split: str, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(PRACTICE_ITEMS / split / name).read_text(encoding="utf-8").splitlines()]


def question(row: dict[str, Any]) -> str:
    return str(row.get("prompt") or row.get("question") or row.get("input"))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("split", ["gate", "final"])
def test_every_metric_that_is_gated_has_at_least_500_items(split: str, name: str) -> None:
    """Fewer could not show that a small loss is none."""
    found = rows(split, name)
    assert len(found) >= (250 if name in SHOWN else 500)
    assert len({row["id"] for row in found}) == len(found)


@pytest.mark.parametrize("name", FILES)
def test_no_gate_item_comes_again_in_the_final_split(name: str) -> None:
    """The final split is one that no gate decision ever saw."""
    assert not {question(row) for row in rows("gate", name)} & {question(row) for row in rows("final", name)}
