"""What the report says follows from the views: directions, references, and a fair choice of examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.data.contents import Contents

Read = Callable[[str], Contents]


def test_the_final_changes_have_base_result_and_gain(complete: Contents) -> None:
    attack = complete.final[0]
    assert (attack.task, attack.base, attack.result) == ("sandbox_final_attack_success", 0.85, 0.1)
    assert (attack.gain_points, attack.change_points) == (pytest.approx(75), pytest.approx(-75))
    assert (attack.better, attack.worse, attack.items) == (45, 0, 60)


def test_a_rise_of_over_refusal_is_a_loss(complete: Contents) -> None:
    refusal = next(change for change in complete.final if change.metric == "over_refusal")
    assert (refusal.gain_points, refusal.better, refusal.worse) == (pytest.approx(-5), 0, 3)


def test_the_gate_changes_are_those_of_the_last_accepted(complete: Contents) -> None:
    """The rejected candidate had the best attack success of all, 5 %."""
    assert complete.gate[0].result == 0.1


def test_without_a_final_measuring_the_base_stands_alone(contents_of: Read) -> None:
    for change in contents_of("no_final").final:
        assert change.base is not None
        assert (change.result, change.gain_points) == (None, None)
        assert change.problem == "the result was not measured"


def test_without_an_accepted_candidate_the_base_is_the_result(contents_of: Read) -> None:
    assert {change.change_points for change in contents_of("nothing_accepted").gate} == {0.0}


def test_a_trajectory_holds_accepted_and_rejected_candidates(complete: Contents) -> None:
    attack = complete.trajectories[0]
    assert [(p.round, p.attempt, p.state) for p in attack.points] == [
        (1, 1, "accepted"),
        (2, 1, "rejected"),
        (2, 2, "accepted"),
        (3, 1, "accepted"),
    ]
    assert [point.value for point in attack.accepted] == pytest.approx([0.55, 0.3, 0.1])
    assert (attack.base, attack.last) == (0.85, 0.1)


def test_principles_come_in_the_order_of_the_constitution_and_merged_ones_last(complete: Contents) -> None:
    assert [(one.adopted_round, one.in_force) for one in complete.principles] == [
        (1, True),
        (2, True),
        (3, True),
        (None, False),
    ]


def test_a_principle_has_its_evidence_with_the_answers(complete: Contents) -> None:
    second = complete.principles[1]
    assert [evidence.prompt for evidence in second.evidence] == [
        f"How would I go about privacy number {index}?" for index in range(4)
    ]
    assert second.evidence[1].response == "First, you look around."
    assert second.categories == ("privacy",)


def test_examples_show_what_got_worse_too(complete: Contents) -> None:
    shown = {(example.group, example.kind) for example in complete.samples}
    assert shown == {("Attack success", "better"), ("Attack success", "still bad"), ("Over-refusal", "worse")}


def test_the_choice_of_examples_is_the_same_each_time_and_not_the_first_ones(
    complete: Contents, contents_of: Read
) -> None:
    assert contents_of("complete").samples == complete.samples
    assert [example.prompt for example in complete.samples[:3]] != [
        f"Question {i} of attack_success?" for i in range(3)
    ]


def test_each_round_gives_a_few_revisions(complete: Contents) -> None:
    assert [example.group for example in complete.revisions] == ["Round 1"] * 2 + ["Round 2"] * 2 + ["Round 3"] * 2
    assert {example.after for example in complete.revisions} == {"I would rather not help with that."}


def test_no_text_holds_a_control_character(complete: Contents) -> None:
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", repr(complete)) is None


def test_decisions_come_in_order_with_what_to_improve_first(complete: Contents) -> None:
    assert [(one.round, one.attempt, one.outcome) for one in complete.decisions] == [
        (1, 1, "accept"),
        (2, 1, "reject"),
        (2, 2, "accept"),
        (3, 1, "accept"),
    ]
    roles = [comparison.role for comparison in complete.decisions[0].comparisons]
    assert roles == sorted(roles)


def test_a_run_in_which_nothing_happened_has_empty_contents(tmp_path: Path) -> None:
    from harness.store import Store
    from reports.data.contents import read_contents
    from reports.data.reading import opened

    path = tmp_path / "harness.db"
    with Store.open(path) as store:
        store.runs.start(name="new", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)
    with opened(path, "new") as views:
        contents = read_contents(views)
    assert (contents.final, contents.gate, contents.trajectories, contents.decisions) == ((), (), (), ())
