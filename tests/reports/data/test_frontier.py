"""The frontier's points, as they are read from the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.run.known import known_of
from harness.store import Store
from harness.store.example import evaluation, write_example_run
from iteralign.core.events import Decided, Trained
from iteralign.core.records import Candidate, GateDecision
from iteralign.core.settings import TrainingSettings
from reports.data.contents import Contents, read_contents
from reports.data.decisions import read_decisions
from reports.data.frontier import read_frontier
from reports.data.known import Places
from reports.data.reading import opened
from reports.data.report import Report
from reports.gallery import Gallery
from reports.page import render_markdown
from reports.statements import frontier_note, headline_of


def test_every_candidate_is_a_point_and_the_path_follows_the_accepted_ones(complete: Contents) -> None:
    assert complete.frontier is not None
    assert [(stop.name, stop.state) for stop in complete.frontier.stops] == [
        ("base", "base"),
        ("1.1", "accepted"),
        ("2.1", "rejected"),
        ("2.2", "accepted"),
        ("3.1", "accepted"),
    ]
    assert [stop.name for stop in complete.frontier.path] == ["base", "1.1", "2.2", "3.1"]
    assert complete.frontier.limit == pytest.approx(0.1)
    assert complete.frontier.missing == 0
    assert not complete.frontier.partial


def test_there_is_none_before_any_candidate_was_measured_or_without_the_base(store_path: Path) -> None:
    with Store.open(store_path) as store:
        known = known_of(store, store.runs.id_of("complete")).places
    with opened(store_path, "complete") as views:
        scores, decisions = views.rows("run_scores"), read_decisions(views)
    bases = [row for row in scores if row["subject"] == "base"]
    assert read_frontier(bases, known, decisions) is None
    assert read_frontier(scores, Places(), decisions) is None


def test_a_candidate_without_both_values_is_left_out_and_counted(store_path: Path, complete: Contents) -> None:
    with Store.open(store_path) as store:
        known = known_of(store, store.runs.id_of("complete")).places
    fewer = replace(known, of_subjects={name: one for name, one in known.of_subjects.items() if name != "r2a1"})
    with opened(store_path, "complete") as views:
        found = read_frontier(views.rows("run_scores"), fewer, read_decisions(views))
    assert found is not None
    assert (len(found.stops), found.missing) == (4, 1)
    note = frontier_note(replace(complete, frontier=found)).replace("\u00a0", " ")
    assert "1 candidate without both values is left out." in note


def test_the_note_says_what_the_bars_are_and_what_the_judge_is_worth(complete: Contents) -> None:
    note = frontier_note(complete).replace("\u00a0", " ")
    assert "95 % intervals" in note
    assert note.endswith("Attacks: judge not calibrated.")
    assert frontier_note(replace(complete, frontier=None)) == ""


def test_a_strength_that_was_passed_over_is_called_so_everywhere(tmp_path: Path) -> None:
    """Two strengths of one training were let through, and the stronger one was taken."""
    with Store.open(tmp_path / "harness.db") as store:
        run_id = write_example_run(store, ending="no_final")
        recorder = store.runs.recorder(run_id)
        measured = replace(evaluation("r3a1", "gate"), subject="r3a2")
        candidate = Candidate("r3a2", "adapters/r3a2", "hash", 20, 2.5, 0.75, 1.25, TrainingSettings())
        recorder.record(Trained(3, 2, candidate, []))
        store.evaluations.record(run_id, measured, round_number=3, attempt=2)
        recorder.record(Decided(3, 2, candidate, GateDecision("accept", ("better",))))
        known = known_of(store, run_id)
    with opened(tmp_path / "harness.db", "latest") as views:
        found = read_contents(views, known)
    assert found.frontier is not None
    assert [(one.name, one.state) for one in found.frontier.stops[-2:]] == [("3.1", "passed over"), ("3.2", "accepted")]
    assert [stop.name for stop in found.frontier.path] == ["base", "1.1", "2.2", "3.2"]
    assert [one.state for one in found.decisions[-2:]] == ["passed over", "accepted"]
    markdown = render_markdown(Report(found, headline_of(found), "harness.db"), Gallery())
    assert "### Round 3, candidate 1: passed over" in markdown
