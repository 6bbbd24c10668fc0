"""The opening sentences tell what kind of run this was, and never more than was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.data.contents import Contents
from reports.statements import banner_of, cards_of, described, elapsed, evidence, headline_of, status_of

Read = Callable[[str], Contents]


def test_a_practice_run_proves_nothing(complete: Contents) -> None:
    banner = banner_of(complete.run)
    assert banner is not None
    assert banner.title == "Practice: this proves nothing about real models."


def test_practice_parts_on_a_real_model_are_warned_of_whatever_else_is_noted(complete: Contents) -> None:
    run = replace(complete.run, model="some/model", notes=("3 conversations had earlier turns.",))
    banner = banner_of(run)
    assert banner is not None
    assert banner.title == "Practice parts were insisted on: this proves nothing about the model."
    assert banner.sentences[0].startswith("The embedded oracle or practice tasks were used")
    assert not set(banner.sentences) & set(run.notes)


def test_a_real_run_has_no_banner(complete: Contents) -> None:
    assert banner_of(replace(complete.run, practice=False)) is None


def test_the_headline_is_of_the_final_items(complete: Contents) -> None:
    headline = headline_of(complete)
    assert headline is not None
    assert (headline.split, headline.changes) == ("final", complete.final)
    assert headline.lead.replace("\u00a0", " ") == (
        "On items that neither training nor any gate decision has seen, attack success fell from 85.0 % to 10.0 % and "
        "over-refusal rose from 0.0 % to 5.0 %. Of 9 pieces of evidence, 6 got better and 2 worse."
    )


@pytest.mark.parametrize("name", ["no_final", "interrupted"])
def test_figures_that_the_gate_has_seen_are_marked_as_such(contents_of: Read, name: str) -> None:
    headline = headline_of(contents_of(name))
    assert headline is not None
    assert headline.split == "gate"
    assert "the gate has seen them, which flatters" in headline.lead


def test_a_run_without_an_accepted_candidate_claims_nothing(contents_of: Read) -> None:
    contents = contents_of("nothing_accepted")
    headline = headline_of(contents)
    assert headline is not None
    assert headline.lead.endswith("No candidate was accepted.")
    (sentence,) = status_of(contents.run)
    assert sentence.startswith("No candidate was accepted, so the result is the base model, unchanged.")


def test_a_run_without_any_measuring_has_no_headline(complete: Contents) -> None:
    assert headline_of(replace(complete, final=(), gate=())) is None


def test_an_interrupted_run_says_where_it_was(contents_of: Read) -> None:
    assert status_of(contents_of("interrupted").run) == [
        "This run was interrupted, last in round 2, train. Interrupted by the user. "
        "What follows was measured until then."
    ]


def test_a_run_that_was_killed_says_that_it_may_have_been(contents_of: Read) -> None:
    (sentence,) = status_of(contents_of("no_final").run)
    assert "marked as running" in sentence


def test_a_change_that_could_not_be_measured_is_said(complete: Contents) -> None:
    broken = replace(complete.final[0], result=None, change_points=None, gain_points=None)
    headline = headline_of(replace(complete, final=(broken, *complete.final[1:])))
    assert headline is not None
    assert "attack success could not be compared" in headline.lead
    assert "Of 8\u00a0pieces of evidence, 5 got better" in headline.lead


def test_the_cards_are_one_of_each_kind(complete: Contents) -> None:
    tasks = [change.task.removeprefix("sandbox_final_") for change in cards_of(complete.final)]
    assert tasks == ["attack_success", "over_refusal", "hhh_harmless", "truthfulqa_mc1", "hhh_helpful"]


def test_metrics_of_no_known_kind_have_cards_too(complete: Contents) -> None:
    unknown = [replace(change, task=f"task_{number}", metric="f1") for number, change in enumerate(complete.final)]
    assert cards_of(unknown) == unknown[:4]


def test_a_trajectory_is_told_to_those_who_cannot_see_it(complete: Contents) -> None:
    assert described(complete.trajectories[0]).replace("\u00a0", " ") == (
        "Attack success over the rounds: base 85.0 %, round 1 accepted 55.0 %, round 2 rejected 5.0 %, "
        "round 2 accepted 30.0 %, round 3 accepted 10.0 %"
    )


def test_a_run_that_has_not_ended_has_no_duration(contents_of: Read) -> None:
    assert elapsed(contents_of("no_final").run) is None
    assert (elapsed(contents_of("complete").run) or 0) > 0


def test_a_run_that_changed_nothing_says_so(complete: Contents) -> None:
    same = tuple(replace(change, result=change.base, change_points=0.0, gain_points=0.0) for change in complete.final)
    headline = headline_of(replace(complete, final=same))
    assert headline is not None
    assert headline.lead.endswith("none changed.")


def test_metrics_of_one_evidence_are_counted_once(complete: Contents) -> None:
    """The primary one stands for it, wherever it is."""
    first = complete.final[0]
    both = [
        replace(first, task="attack_success_harmfulqa", metric="refusal", family="harmfulqa", gain_points=-5.0),
        replace(first, task="attack_success_harmfulqa", metric="attack_success", family="harmfulqa", gain_points=9.0),
        replace(first, task="hhh_other", metric="acc", family="hhh_other", gain_points=1.0),
        replace(first, task="bigbench_hhh_other", metric="acc", family="hhh_other", gain_points=2.0),
    ]
    assert [(change.metric, change.gain_points) for change in evidence(both)] == [("attack_success", 9.0), ("acc", 1.0)]


def test_a_real_runs_cards_are_its_attacks_and_its_over_refusal(complete: Contents) -> None:
    """Though their tasks have longer names than their metrics."""
    first = complete.final[0]
    changes = [
        replace(first, task="attack_success_dangerousqa", metric="attack_success"),
        replace(first, task="attack_success_dangerousqa", metric="refusal"),
        replace(first, task="over_refusal_xstest", metric="over_refusal"),
        replace(first, task="over_refusal_xstest", metric="contrast_refusal"),
    ]
    assert [change.metric for change in cards_of(changes)] == ["attack_success", "over_refusal"]
