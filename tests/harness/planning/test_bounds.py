"""The least and the most of a run, worked out by hand for small configurations."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config.load import load_config
from harness.config.schema import RunConfig
from harness.planning.bounds import Sizes, least, most
from harness.planning.counts import Items, RoundCounts, Try, pair_epochs, work

GATE, FINAL = Items(choices=40, texts=5, written=20, judged=10), Items(choices=30, written=8, judged=8)


def config(**settings: Any) -> RunConfig:
    return load_config("sandbox", None, {key.replace("__", "."): value for key, value in settings.items()}, {})


def sizes(**changed: Any) -> Sizes:
    usual = {
        "prompts": 100,
        "harmless": 7,
        "gate": GATE,
        "first_of_gate": GATE,
        "final": FINAL,
        "examined": 0,
        "proposed": 3,
    }
    return Sizes(**{**usual, "final_again": Items(), **changed})


def test_the_least_ends_with_the_first_clean_batches() -> None:
    run = least(config(loop__clean_batches=2, loop__patience=3, red_team__batch_size=30), sizes())
    assert run.rounds == (RoundCounts(30, 30), RoundCounts(30, 30))
    assert run.measured == Items(choices=70, texts=5, written=28, judged=18)
    assert run.oracle_calls == 7 + 2 * 30 + 18


def test_batches_that_can_not_be_judged_end_a_run_of_little_patience_sooner() -> None:
    run = least(config(loop__clean_batches=3, loop__patience=1, red_team__batch_size=30), sizes())
    assert len(run.rounds) == 1


def test_no_more_is_drawn_than_there_is() -> None:
    run = most(config(loop__max_rounds=8, red_team__batch_size=30), sizes(prompts=70))
    assert [each.attacks for each in run.rounds] == [30, 30, 10]


def test_the_final_look_at_a_changed_model_is_a_whole_one() -> None:
    assert most(config(), sizes()).outside == GATE + FINAL + FINAL
    assert least(config(), sizes(final_again=Items(written=8, judged=8))).outside.judged == 10 + 8 + 8


def test_a_gate_in_blocks_asks_the_base_its_first_ones_and_may_ask_all() -> None:
    blocks = sizes(first_of_gate=Items(choices=4, judged=1, written=2))
    assert least(config(), blocks).outside == Items(choices=4, judged=1, written=2) + FINAL
    assert most(config(), blocks).outside == GATE + FINAL + FINAL


def test_the_gate_may_look_at_every_strength_of_a_training() -> None:
    one, three = (
        most(config(loop__max_rounds=1, loop__gate_retries=0, training__strengths=strengths), sizes())
        for strengths in ([1.0], [0.25, 0.5, 1.0])
    )
    assert (three.trainings, three.candidates) == (1, 3)
    assert three.measured.choices - one.measured.choices == 2 * GATE.choices


@pytest.mark.parametrize("where", [{"constitution__file": "everyday-harms"}, {"constitution__examples": True}])
def test_twins_may_be_trained_on_where_principles_can_have_any(where: dict[str, Any]) -> None:
    without, with_twins = (
        most(config(loop__max_rounds=1, training__replayed_twins=9, **given), sizes()).rounds[0].tries[0].pairs
        for given in ({}, where)
    )
    assert with_twins == without + 9


def test_the_judge_of_a_server_is_examined_once() -> None:
    unexamined, examined = (most(config(), sizes(examined=number)).oracle_calls for number in (0, 120))
    assert examined - unexamined == 120


def test_every_try_of_every_revision_is_judged_in_the_most() -> None:
    run = most(config(loop__revision_tries=3, revision__best_of=2, revision__method="critique"), sizes(prompts=10))
    assert run.rounds[0].revisions == 10 * 3 * 2
    assert run.rounds[0].critiques == 10 * 3


def test_a_proposal_needs_enough_violations_to_show_and_one_to_hold_out() -> None:
    """Five violations with three of them shown: ten violations are two such groups at most, with 2 of 5 held out."""
    settings = config(loop__min_evidence=3, constitution__max_shown=3, constitution__max_held_out=2, loop__max_rounds=2)
    first, second = most(settings, sizes(prompts=320, harmless=7)).rounds
    groups = 160 // 5
    assert (first.groups, second.groups) == (groups, groups)
    assert first.effects == 3 * int(160 * 2 / 5)
    assert second.effects == 2 * first.effects  # with the new principle and without it
    assert first.watched == (3 * groups + 1) * 7


@pytest.mark.parametrize(("discovery", "groups"), [("published", 1), ("off", 0)])
def test_other_ways_of_discovery_measure_nothing(discovery: str, groups: int) -> None:
    run = most(config(constitution__discovery=discovery), sizes())
    assert {(each.groups, each.effects, each.watched) for each in run.rounds} == {(groups, 0, 0)}


def test_harmless_prompts_are_answered_only_where_something_is_made_of_them() -> None:
    unused = config(constitution__discovery="off", training__replayed_harmless=0)
    assert least(unused, sizes()).harmless == 0
    assert least(config(), sizes()).harmless == 7


def test_each_retry_trains_more_gently_and_replays_more() -> None:
    training = {"batch_size": 4, "max_steps": 16, "replayed_harmless": 4, "epochs": 2, "retry_scale": 0.5}
    settings = config(
        loop__gate_retries=1, red_team__batch_size=8, **{f"training__{name}": value for name, value in training.items()}
    )
    [first, second] = most(settings, sizes(prompts=8)).rounds[0].tries
    assert first == Try(pairs=8 + 4, steps=6, measured=GATE)
    assert second == Try(pairs=8 + 7, steps=4, measured=GATE)  # eight are wanted, seven are there


def test_a_gate_that_is_switched_off_measures_no_candidate() -> None:
    run = most(config(gate__enabled="false", loop__max_rounds=1), sizes())
    assert run.rounds[0].tries[0].measured == Items()
    assert len(run.rounds[0].tries) == 1


def test_a_pair_counts_as_often_as_it_is_trained_on() -> None:
    assert pair_epochs(20, 6, 8) == 40  # two epochs of three batches
    assert pair_epochs(5, 3, 8) == 15
    assert pair_epochs(0, 0, 8) == 0


def test_the_work_is_that_of_the_counts() -> None:
    settings = config(red_team__batch_size=30, loop__clean_batches=1)
    done = {str(stage): count for stage, count in work(least(settings, sizes()), settings.training).items()}
    assert done["attack answer"] == 30
    assert done["judged answer"] == 7 + 30 + 18
    assert done["replay prompt"] == 7
    assert done["gate: item kept"] == 40 + 5 + 20 + 30 + 8
    assert done["training, its start"] == done["training pair, epoch"] == done["revision"] == 0
