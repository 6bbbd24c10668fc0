"""Which baseline a check is held against, told before anything is measured or missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import harness
from harness.evaluation.baselines import Baseline, check_holds, export_text
from harness.evaluation.records import Evaluation, score_of, valid_sample
from harness_base.errors import BaselineError


def baseline(*tasks: str) -> Baseline:
    scores = tuple(score_of(task, "acc", (valid_sample("1", 1.0),), higher_is_better=True) for task in tasks)
    return Baseline("v1", "run", "", "me", "2026-01-01", Evaluation("model", "other", scores, {}, 1.0))


def test_a_baseline_of_other_tasks_is_called_that() -> None:
    with pytest.raises(BaselineError, match="was measured on other tasks: it holds sandbox_hhh_other, and the policy "):
        check_holds(baseline("sandbox_hhh_other"), ["hhh_other", "truthfulqa_mc1"])


def test_a_baseline_that_lacks_one_task_names_it() -> None:
    with pytest.raises(BaselineError, match="does not hold truthfulqa_mc1, which the policy needs"):
        check_holds(baseline("hhh_other"), ["hhh_other", "truthfulqa_mc1"])


def test_a_real_model_against_a_baseline_of_practice_tasks_is_told_so_and_not_that_an_oracle_is_missing(
    tmp_path: Path,
) -> None:
    file = tmp_path / "v1.json"
    file.write_text(export_text(baseline("sandbox_hhh_other")))
    (tmp_path / "model").mkdir()
    arguments = ["check", "--model", str(tmp_path / "model"), "--policy", "real", "--baseline", str(file)]
    done = CliRunner().invoke(harness, [*arguments, "--runs-dir", str(tmp_path / "runs")])
    assert done.exit_code == 2, done.output
    assert "was measured on other tasks" in " ".join(done.output.split())
    assert "oracle" not in done.output
    assert not (tmp_path / "runs").exists()
