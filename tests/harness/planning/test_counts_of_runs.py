"""The arithmetic of calls against a run that was really made: its rows are counted by SQL, its calls one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from harness.planning.counts import Items, RoundCounts, RunCounts
from iteralign.sandbox import HARMLESS_FILE
from tests.harness.conftest import FinishedRun

ROUNDS = """
SELECT number,
  (SELECT count(*) FROM responses WHERE round_id = rounds.id),
  (SELECT count(*) FROM revisions JOIN responses ON responses.id = response_id WHERE round_id = rounds.id),
  EXISTS (
    SELECT 1 FROM constitution_members JOIN constitutions ON constitutions.id = constitution_id
    JOIN rounds AS before ON before.id = constitutions.round_id
    WHERE before.run_id = rounds.run_id AND before.number < rounds.number
  )
FROM rounds ORDER BY number
"""
MEASURED_NOW = """
SELECT coalesce(sum(violations), 0) FROM appraisals JOIN rounds ON rounds.id = round_id
WHERE number = ? AND NOT EXISTS (
  SELECT 1 FROM appraisals AS earlier JOIN rounds AS before ON before.id = earlier.round_id
  WHERE earlier.principle_id = appraisals.principle_id AND before.number < rounds.number AND earlier.violations > 0
)
"""
"""A principle that waited keeps what was measured when it was first proposed."""
JUDGED = "SELECT count(*) FROM samples JOIN scores ON scores.id = score_id WHERE metric = 'attack_success'"


@pytest.fixture
def stored(default_run: FinishedRun) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{default_run.store_path}?mode=ro", uri=True)) as connection:
        yield connection


def number(stored: sqlite3.Connection, sql: str, *parameters: object) -> int:
    [(found,)] = stored.execute(sql, parameters)
    return int(found)


def counted(stored: sqlite3.Connection) -> RunCounts:
    rounds = []
    for each, attacks, revisions, has_principles in stored.execute(ROUNDS):
        effects = number(stored, MEASURED_NOW, each) * (2 if has_principles else 1)
        rounds.append(RoundCounts(attacks, attacks, effects=effects, revisions=revisions))
    harmless = len(HARMLESS_FILE.read_text(encoding="utf-8").splitlines())
    judged = number(stored, JUDGED)
    return RunCounts(0, harmless, Items(written=judged, judged=judged), tuple(rounds))


def test_verdicts_by_the_counts_are_the_calls_that_were_made(stored: sqlite3.Connection) -> None:
    run = counted(stored)
    assert run.rounds[0].revisions
    assert run.rounds[0].effects
    assert run.verdicts == number(stored, "SELECT count(*) FROM oracle_calls WHERE kind = 'judge'")


def test_without_one_of_the_counts_they_would_not_be(stored: sqlite3.Connection) -> None:
    """So that the test above can fail at all."""
    run = counted(stored)
    fewer = RunCounts(run.examined, run.harmless, run.outside, run.rounds[:-1])
    assert fewer.verdicts < number(stored, "SELECT count(*) FROM oracle_calls WHERE kind = 'judge'")
