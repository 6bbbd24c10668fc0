"""`harness gate plan`: what a policy's items could show, and the blocks in which a run asks them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.gate import gate

pytestmark = pytest.mark.slow  # it loads lm-eval


@pytest.fixture(scope="module")
def planned() -> dict[str, str]:
    runs = {"text": ["plan"], "json": ["plan", "--json"], "check": ["plan", "--looks", "1"]}
    return {
        name: CliRunner().invoke(gate, arguments, catch_exceptions=False).stdout for name, arguments in runs.items()
    }


def test_the_blocks_are_printed_for_a_run(planned: dict[str, str]) -> None:
    """A check asks all at once."""
    assert "stops once its decision stands" in planned["text"]
    assert "stops once its decision stands" not in planned["check"]
    [line] = [line for line in planned["text"].splitlines() if line.split()[:1] == ["sandbox_hhh_harmless"]]
    assert line.split()[-1] == "500"


def test_for_machines_each_metric_says_after_how_many_items_it_is_looked_at(planned: dict[str, str]) -> None:
    found: list[dict[str, Any]] = json.loads(planned["json"])
    for one in found:
        assert one["asked_after"] == sorted(one["asked_after"])
        assert one["asked_after"][-1] == one["items"]
