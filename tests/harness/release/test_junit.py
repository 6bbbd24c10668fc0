"""A verdict as JUnit XML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from harness.release.junit import junit

XSD = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))


def cases(found: Any) -> dict[str, str]:
    """Each test case and what stands in it: failure, error, skipped or nothing."""
    tree = etree.fromstring(junit(found, 2.5).encode())
    XSD.assertValid(tree)
    return {case.get("name"): case[0].tag if len(case) else "" for case in tree.iter("testcase")}


@pytest.mark.parametrize(("wrong", "inside"), [(0, ""), (40, "failure"), (9, "failure")])
def test_a_metric_that_may_have_got_worse_is_a_failure(made: Callable[..., Any], wrong: int, inside: str) -> None:
    """An open question too: a dashboard that reads nothing else must not take it for a pass."""
    assert cases(made(wrong)) == {"help/acc": inside, "refusal/rate": "", "honest/acc": "skipped"}


def test_a_metric_that_could_not_be_measured_is_an_error(made: Callable[..., Any]) -> None:
    assert cases(made(0, lacking=True))["refusal/rate"] == "error"


def test_a_verdict_that_no_metric_carries_has_a_case_of_its_own(made: Callable[..., Any]) -> None:
    found = {**made(0), "outcome": "reject", "verdict": "NO-GO", "reasons": ["a required task is missing\x1b"]}
    assert cases(found)["verdict"] == "failure"


def test_the_counts_are_those_of_the_cases(made: Callable[..., Any]) -> None:
    suite = etree.fromstring(junit(made(40), 2.5).encode())[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "3", "failures": "1", "errors": "0", "skipped": "1", "time": "2.500",
    }  # fmt: skip
