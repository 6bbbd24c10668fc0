"""A verdict as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from harness.release.evidence import as_json, schema


@pytest.mark.parametrize(
    ("wrong", "lacking", "verdict"),
    [(0, False, "GO"), (40, False, "NO-GO"), (9, False, "INCONCLUSIVE"), (0, True, "NO-GO")],
)
def test_every_verdict_is_what_the_published_schema_says(
    made: Callable[..., Any], wrong: int, lacking: bool, verdict: str
) -> None:
    found = json.loads(as_json(made(wrong, lacking=lacking)))
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert found["verdict"] == verdict


def test_the_schema_refuses_a_verdict_without_its_numbers(made: Callable[..., Any]) -> None:
    found = made()
    del found["comparisons"][0]["p_kept"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema()).validate(found)


def test_the_items_that_moved_are_listed(made: Callable[..., Any]) -> None:
    first = next(one for one in made(3)["comparisons"] if one["metric"] == "help/acc")
    assert first["worse_items"] == ["0\x1b<b>", "1\x1b<b>", "2\x1b<b>"]
    assert first["better_items"] == []


def test_json_is_plain_ascii(made: Callable[..., Any]) -> None:
    """Ids and names come from elsewhere, and a terminal may show the file."""
    assert "\x1b" not in as_json(made(3))
