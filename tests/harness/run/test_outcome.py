"""How a run's end is said."""

from __future__ import annotations

import pytest

from harness.config.schema import RunConfig
from harness.run.outcome import exit_meaning, outcome_text


@pytest.mark.parametrize(
    ("accepted", "confirmed", "meaning"),
    [
        (2, "accept", "done"),
        (2, "", "done"),
        (2, "reject", "rejected"),
        (2, "inconclusive", "inconclusive"),
        (0, "", "nothing_accepted"),
    ],
)
def test_a_run_means_what_its_final_look_says(accepted: int, confirmed: str, meaning: str) -> None:
    assert exit_meaning(accepted, "max_rounds", confirmed) == meaning


def test_a_model_without_violations_needs_no_accepted_round() -> None:
    assert exit_meaning(0, "converged", "") == "done"


def test_the_outcome_names_the_setting_behind_it() -> None:
    config = RunConfig.model_validate({"model": {"path": "sandbox"}, "loop": {"patience": 3}})
    assert outcome_text(config, "patience") == (
        "stopped: 3 rounds in a row brought nothing that the gate accepts (loop.patience)"
    )
