"""The digest is the same for the same content, whatever the clock, and another for any other content."""

from __future__ import annotations

import pytest

from harness.store import Store
from harness.store.example import write_example_run


def test_the_same_content_twice_has_the_same_digest(store: Store, example: int) -> None:
    again = write_example_run(store, name="calm-owl")
    store.file.connection.execute("UPDATE timings SET seconds = seconds + id")
    store.file.connection.execute("UPDATE evaluations SET seconds = seconds + id")
    assert store.digests.content(again) == store.digests.content(example)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("responses", "UPDATE responses SET text = 'x' WHERE id = 1"),
        ("verdicts", "UPDATE verdicts SET reason = 'x' WHERE id = 1"),
        ("revisions", "UPDATE revisions SET text = 'x' WHERE id = 1"),
        ("proposals", "UPDATE principles SET name = 'x' WHERE id = 1"),
        ("constitutions", "DELETE FROM principle_evidence WHERE member_id IS NOT NULL"),
        ("decisions", "UPDATE decisions SET outcome = 'inconclusive' WHERE id = 1"),
        ("scores", "UPDATE scores SET value = value + 1e-12 WHERE id = 1"),
        ("samples", "UPDATE samples SET value = 0.25 WHERE id = 1"),
    ],
)
def test_a_change_shows_in_the_digest_of_its_kind(store: Store, example: int, kind: str, change: str) -> None:
    whole, parts = store.digests.content(example), store.digests.tables(example)
    store.file.connection.execute(change)
    assert store.digests.content(example) != whole
    assert store.digests.tables(example)[kind] != parts[kind]
