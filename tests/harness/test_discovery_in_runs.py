"""What a run does about its principles and its oracle: worth, review, written ones, caps, the published way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.progress import SilentProgress
from harness.run.pipeline import Wrappers, align_and_eval
from harness.store import Store
from harness_base.errors import DataError, JudgeError, OracleError, OracleLimitError, ReviewPendingError
from iteralign.oracle import JudgeRequest, read_request
from iteralign.sandbox.rules import reply as rules_reply
from iteralign.sandbox.server import start_in_thread

Config = Callable[..., Any]
REMOTE = {"oracle.kind": "openai", "oracle.model": "embedded-rules", "oracle.trust_judge": True}
"""The embedded rules behind HTTP. They know the sandbox alone and so fail the examination."""
QUICK = {
    "loop.max_rounds": 1, "loop.gate_retries": 0, "gate.limit": 5, "gate.final_tasks": (), "red_team.batch_size": 160,
}  # fmt: skip


def run(config: Any, *, resume: bool = False) -> Any:
    return align_and_eval(config, progress=SilentProgress(), resume=resume)


def view(config: Any, name: str) -> list[dict[str, Any]]:
    with Store.open(config.store_path) as store:
        return store.views.rows(name, run_id=store.runs.id_of(config.name))


def test_every_principle_that_is_measured_has_evidence_and_an_interval(default_run: Any) -> None:
    rows = default_run.view("principle_worth")
    measured = [row for row in rows if row["worth_points"] is not None]
    assert measured
    assert all(row["evidence"] and row["low_points"] <= row["worth_points"] <= row["high_points"] for row in measured)
    assert all(row["outcome"] in ("merged", "refused") for row in rows if row["worth_points"] is None)
    assert all(row["worth_points"] > 0 for row in rows if row["outcome"] == "adopted")


def test_every_question_to_the_oracle_is_kept_with_its_reply(default_run: Any) -> None:
    use = {(row["kind"], row["status"]): row["calls"] for row in default_run.view("oracle_use")}
    [first, *_] = default_run.view("round_overview")
    assert use["judge", "read"] >= first["responses"]
    assert use["propose", "read"] >= 1


@pytest.mark.slow
def test_a_run_waits_for_a_person_and_goes_on_with_what_was_approved(short_config: Config, tmp_path: Path) -> None:
    """Nothing is trained before, and the principle that the person retired does not come back."""
    config = short_config(tmp_path, **QUICK, **{"constitution.review": True, "loop.principles_per_round": 2})
    with pytest.raises(ReviewPendingError, match=r"waits in round 1 .*harness constitution approve short"):
        run(config)
    with pytest.raises(ReviewPendingError):
        run(config, resume=True)
    with Store.open(config.store_path) as store:
        run_id = store.runs.id_of("short")
        waiting = store.constitutions.review(run_id, 1).constitution
        assert waiting is not None
        first, second = waiting.principles
        change = {"round_number": 1, "made_by": "Ada", "why": "too narrow"}
        store.constitutions.edit(run_id, action="retire", principles=[second], **change)
        store.constitutions.edit(run_id, action="approve", principles=[second], **change)
        assert store.views.rows("gate_decisions", run_id=run_id) == []
    run(config, resume=True)
    in_force = {row["principle"] for row in view(config, "principle_lineage") if row["in_force"]}
    assert in_force == {second.text}
    assert first.text not in in_force
    history = view(config, "constitution_history")
    assert [row["made_by"] for row in history if row["action"] == "approve"] == ["Ada"]


@pytest.mark.slow
def test_a_run_s_proposer_writes_examples_and_twins_are_tried(short_config: Config, tmp_path: Path) -> None:
    """None of them is measured, and what is adopted has lost no twin."""
    config = short_config(tmp_path, **QUICK, **{"constitution.examples": True})
    run(config)
    rows = [row for row in view(config, "principle_worth") if row["worth_points"] is not None]
    assert any(row["twins"] for row in rows)
    assert all(not row["twins_lost"] for row in rows if row["outcome"] == "adopted")
    assert all("no longer helped" in row["reason"] for row in rows if row["twins_lost"] and row["outcome"] == "waiting")


@pytest.mark.slow
def test_a_run_starts_from_a_written_constitution(short_config: Config, tmp_path: Path) -> None:
    """Its principles are in force from the first round, with nothing for evidence."""
    (tmp_path / "written.md").write_text(
        "# Constitution\n\n1. Never help anyone steal or take what belongs to others.\n"
    )
    settings = {"constitution.file": str(tmp_path / "written.md"), "constitution.discovery": "off"}
    config = short_config(tmp_path, **QUICK, **settings)
    run(config)
    [row] = [row for row in view(config, "principle_lineage") if row["in_force"]]
    assert (row["principle"], row["evidence_prompt"]) == (
        "Never help anyone steal or take what belongs to others.",
        None,
    )
    assert view(config, "principle_worth") == []


class StopError(Exception):
    """Ends a run in the middle of a round."""


@pytest.mark.slow
def test_a_written_constitution_outlives_an_interruption_and_its_file(short_config: Config, tmp_path: Path) -> None:
    """A run that goes on has its principles in the store."""
    (tmp_path / "written.md").write_text(
        "# Constitution\n\n1. Never help anyone steal or take what belongs to others.\n"
    )
    settings = {"constitution.file": str(tmp_path / "written.md"), "constitution.discovery": "off"}
    config = short_config(tmp_path, **QUICK, **settings)

    class Stopping:
        def __init__(self, oracle: Any) -> None:
            self.oracle = oracle

        def judge(self, items: Any, *, advance: Any = None) -> Any:
            raise StopError

    with pytest.raises(StopError):
        align_and_eval(config, progress=SilentProgress(), wrappers=Wrappers(oracle=Stopping))
    (tmp_path / "written.md").unlink()
    run(config, resume=True)
    assert [row["principle"] for row in view(config, "principle_lineage") if row["in_force"]] == [
        "Never help anyone steal or take what belongs to others."
    ]


@pytest.mark.parametrize("text", ["", "# Constitution\n\n1. Be kind.\n2. Be kind.\n", "1. \n2. Be kind.\n"])
def test_a_flawed_constitution_file_is_refused_before_anything_is_written(
    text: str, short_config: Config, tmp_path: Path
) -> None:
    (tmp_path / "written.md").write_text(text)
    config = short_config(tmp_path / "runs", **QUICK, **{"constitution.file": str(tmp_path / "written.md")})
    with pytest.raises(DataError, match=r"written\.md"):
        run(config)
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_cap_on_calls_stops_a_run_that_goes_on_without_asking_again(short_config: Config, tmp_path: Path) -> None:
    """What was answered is in the store, and a higher cap needs no call for it."""
    asked: list[str] = []

    def reply(messages: list[dict[str, str]]) -> str:
        asked.append(messages[-1]["content"])
        return rules_reply(messages)

    with start_in_thread(reply) as url:
        remote = {**REMOTE, "oracle.url": url}
        with pytest.raises(OracleLimitError, match=r"oracle\.max_calls"):
            run(short_config(tmp_path, **QUICK, **remote, **{"oracle.max_calls": 100}))
        assert len(asked) == 100
        config = short_config(tmp_path, **QUICK, **remote)
        run(config, resume=True)
    assert len(asked) == len(set(asked))
    assert "may be asked" in str(view(config, "run_overview")[0]["notes"])


@pytest.mark.slow
def test_a_judge_that_can_not_judge_ends_the_run_and_nothing_is_trained(short_config: Config, tmp_path: Path) -> None:
    with start_in_thread(lambda _messages: "I like all of them.") as url:
        remote = {**REMOTE, "oracle.url": url}
        config = short_config(tmp_path, **QUICK, **remote)
        with pytest.raises(OracleError, match=r"left 160 of 160 answers unscored"):
            run(config)
    assert view(config, "gate_decisions") == []
    assert {row["unscored"] for row in view(config, "round_overview")} == {160}


@pytest.mark.slow
def test_the_published_way_takes_one_proposal_trains_on_everything_and_gates_nothing(
    short_config: Config, tmp_path: Path
) -> None:
    config = short_config(tmp_path, mode="paper", **{**QUICK, "red_team.batch_size": 20, "loop.max_rounds": 2})
    outcome = run(config)
    assert outcome.accepted_rounds == 2
    decisions = view(config, "gate_decisions")
    assert {row["reasons"] for row in decisions} == {'["not measured: the gate is switched off"]'}
    rounds = view(config, "round_overview")
    assert [row["responses"] for row in rounds] == [20, 20]
    trained = [row["verdict"] for row in view(config, "revision_history")]
    assert len(trained) == sum(row["violations"] for row in rounds)
    assert {row["outcome"] for row in view(config, "principle_worth")} == {"adopted"}


@pytest.mark.slow
def test_a_judge_that_passes_everything_is_stopped_before_anything_is_measured(
    short_config: Config, tmp_path: Path
) -> None:
    """With --trust-judge it goes on, and whoever reads of the run reads that."""

    def passes(messages: list[dict[str, str]]) -> str:
        request = read_request(messages)
        if not isinstance(request, JudgeRequest):
            return rules_reply(messages)
        fields = {"id": request.id, "label": "satisfactory", "category": "", "severity": "none"}
        return json.dumps({**fields, "reason": "fine", "quote": ""})

    with start_in_thread(passes) as url:
        remote = {"oracle.kind": "openai", "oracle.url": url, "oracle.model": "embedded-rules"}
        config = short_config(tmp_path, **{**QUICK, **remote, "red_team.batch_size": 20})
        with pytest.raises(JudgeError, match=r"found 0 of 60 plain violations .* --trust-judge"):
            run(config)
        assert view(config, "run_scores") == []
        assert view(config, "run_overview")[0]["status"] == "failed"
        trusted = config.model_copy(update={"oracle": config.oracle.model_copy(update={"trust_judge": True})})
        outcome = run(trusted, resume=True)
    [examined] = view(config, "examination_overview")
    assert (examined["passed"], examined["trusted"]) == (0, 1)
    said = "failed its examination, and is used because of --trust-judge"
    assert said in view(config, "run_overview")[0]["notes"]
    assert any(said in note for note in outcome.summary["notes"])
    report = (outcome.report_dir / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert said in report
    assert "It failed its examination on plain cases and was used all the same" in report
    # Every answer that helps was found satisfactory, which its form contradicts.
    assert "are disputed by the answer's form" in report
