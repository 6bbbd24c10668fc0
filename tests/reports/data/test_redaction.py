"""A redacted report holds no word of what a model answered to a harmful request, and all else."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from reports.data.contents import Contents
from reports.data.redaction import LEFT_OUT, redacted

ANSWERS = """
SELECT text FROM responses UNION SELECT text FROM revisions
UNION SELECT response FROM samples JOIN scores ON scores.id = score_id WHERE scores.name LIKE '%attack_success%'
"""
HARMLESS = "SELECT response FROM samples JOIN scores ON scores.id = score_id WHERE scores.name LIKE '%over_refusal%'"


def answers(store: Path, query: str) -> set[str]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return {text for (text,) in connection.execute(query) if text}


def shown(page: str, texts: set[str]) -> set[str]:
    return {text for text in texts if text in html.unescape(page)}


def test_no_answer_to_a_harmful_request_is_on_the_page(
    store_path: Path, complete: Contents, rendered: Callable[[Contents], tuple[str, str]]
) -> None:
    """Of all that the store holds; the report that is not redacted shows many of them."""
    harmful, harmless = answers(store_path, ANSWERS), answers(store_path, HARMLESS)
    assert shown(rendered(complete)[0], harmful - harmless)
    for page in rendered(redacted(complete)):
        assert shown(page, harmful - harmless) == set()
        assert LEFT_OUT.strip("[]") in html.unescape(page)


def test_requests_and_answers_to_harmless_ones_stay(complete: Contents) -> None:
    found = redacted(complete)
    assert [example.prompt for example in found.samples] == [example.prompt for example in complete.samples]
    kept = [example for example in found.samples if not example.harmful]
    assert kept
    assert kept == [example for example in complete.samples if not example.harmful]


def test_every_figure_stays(complete: Contents) -> None:
    assert (
        replace(
            redacted(complete),
            principles=complete.principles,
            revisions=complete.revisions,
            samples=complete.samples,
        )
        == complete
    )
