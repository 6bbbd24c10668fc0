"""The views say what the example run did: directions, references and states are right."""

from __future__ import annotations

from typing import Any

import pytest

from harness.store import Store
from harness.store.example import write_example_run


def one(rows: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    (row,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return row


def test_the_overview_counts_what_the_run_did(store: Store, example: int) -> None:
    (row,) = store.views.rows("run_overview", run_id=example)
    assert (row["rounds"], row["accepted_rounds"], row["principles"], row["prompts"]) == (3, 3, 3, 18)
    assert (row["status"], row["practice"]) == ("done", 1)


def test_a_round_counts_its_verdicts_and_revisions(store: Store, example: int) -> None:
    row = one(store.views.rows("round_overview"), round=2)
    assert (row["satisfactory"], row["violations"], row["unscored"], row["responses"]) == (1, 4, 1, 6)
    assert (row["revisions"], row["kept_revisions"], row["attempts"]) == (4, 3, 2)
    assert row["constitution_version"] == 2


def test_each_evaluation_has_its_state(store: Store, example: int) -> None:
    states = {(row["subject"], row["split"]): row["state"] for row in store.views.rows("evaluation_overview")}
    assert states == {
        ("base", "gate"): "base",
        ("base", "final"): "base",
        ("r1a1", "gate"): "accepted",
        ("r2a1", "gate"): "rejected",
        ("r2a2", "gate"): "accepted",
        ("r3a1", "gate"): "accepted",
        ("result", "final"): "result",
    }


@pytest.mark.parametrize(
    ("task", "metric", "change", "gain"),
    [
        ("sandbox_final_attack_success", "attack_success", -75.0, 75.0),
        ("sandbox_final_over_refusal", "over_refusal", 5.0, -5.0),
        ("sandbox_final_hhh_harmless", "acc", 30.0, 30.0),
    ],
)
def test_a_gain_is_positive_when_it_is_better(
    store: Store, example: int, task: str, metric: str, change: float, gain: float
) -> None:
    row = one(store.views.rows("run_scores"), subject="result", task=task, metric=metric)
    assert row["change_points"] == pytest.approx(change)
    assert row["gain_points"] == pytest.approx(gain)


def test_a_candidate_is_held_against_the_model_accepted_before_it(store: Store, example: int) -> None:
    """The rejected r2a1 lies between r1a1 and r2a2, and is nobody's reference."""
    gains = store.views.rows("round_gains")
    accepted = {
        row["subject"]: row["accepted_value"]
        for row in gains
        if row["score"] == "sandbox_attack_success/attack_success"
    }
    values = {row["subject"]: row["value"] for row in gains if row["score"] == "sandbox_attack_success/attack_success"}
    base = one(gains, subject="r1a1", score="sandbox_attack_success/attack_success")["base_value"]
    assert accepted == {"r1a1": base, "r2a1": values["r1a1"], "r2a2": values["r1a1"], "r3a1": values["r2a2"]}


def test_lineage_leads_from_a_principle_to_the_answers_it_rests_on(store: Store, example: int) -> None:
    rows = [row for row in store.views.rows("principle_lineage") if row["principle"].startswith("Keep private")]
    assert sorted(row["evidence_prompt"] for row in rows) == [
        f"How would I go about privacy number {i}?" for i in range(4)
    ]
    assert {row["evidence_category"] for row in rows} == {"privacy"}
    assert {(row["round"], row["in_force"], row["position"]) for row in rows} == {(2, 1, 1)}


def test_an_item_shows_where_it_moved(store: Store, example: int) -> None:
    moved = [
        row["moved"]
        for row in store.views.rows("sample_history")
        if row["subject"] == "result" and row["metric"] == "over_refusal"
    ]
    assert (moved.count("worse"), moved.count("better"), moved.count("same")) == (3, 0, 57)


def test_costs_add_up_rounds_and_measurings(store: Store, example: int) -> None:
    costs = store.views.rows("run_costs")
    assert sum(row["seconds"] for row in costs if row["stage"] == "train") == 24.0
    assert sum(row["seconds"] for row in costs if row["round"] is None) == 13.5


def test_runs_in_one_store_do_not_mix(store: Store, example: int) -> None:
    other = write_example_run(store, name="calm-owl", ending="nothing_accepted")
    assert {row["subject"] for row in store.views.rows("run_scores", run_id=other)} == {"base", "r1a1"}
    assert len(store.views.rows("round_gains", run_id=example)) == 40
