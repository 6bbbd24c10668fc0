"""A run whose red-team prompts are conversations: answered, judged, revised, trained on, stored, shown and exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.assembly import red_team
from harness.cli.main import harness
from harness.progress import SilentProgress
from harness.run.pipeline import align_and_eval
from harness.store import Store
from iteralign.core.conversation import Conversation
from iteralign.red_team.files import PromptFile, read_prompts
from iteralign.red_team.sources import DataFolders, PromptSource
from iteralign.sandbox import RED_TEAM_FILE

EARLIER = ("Good morning.", "Good morning. What can I do for you?")
QUICK: dict[str, Any] = {
    "gate.limit": 10,
    "gate.tasks": ("sandbox_attack_success", "sandbox_over_refusal"),
    "gate.final_tasks": (),
    "loop.max_rounds": 1,
    "loop.gate_retries": 0,
    "loop.min_revised": 0,
    "training.max_steps": 4,
}
POLICY = """
improve: {sandbox_attack_success/attack_success: 0.1}
protect: {sandbox_over_refusal/over_refusal: 0.1}
"""


def conversations(_: DataFolders) -> PromptFile:
    """The practice prompts, each at the end of a conversation."""
    questions = read_prompts(RED_TEAM_FILE).texts
    return PromptFile("conversations", [Conversation.of(*EARLIER, str(question)) for question in questions])


@pytest.mark.slow
def test_conversations_go_through_the_whole_run(
    tmp_path: Path, short_config: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PromptSource("conversations", conversations)
    monkeypatch.setattr(red_team, "red_team_source", lambda *_: source)
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    config = short_config(tmp_path, **QUICK, **{"gate.policy": str(policy)})
    name = align_and_eval(config, progress=SilentProgress()).run_name

    with Store.open(tmp_path / "harness.db", create=False) as store:
        run_id = store.runs.id_of(name)
        revisions = store.views.rows("revision_history", run_id=run_id)
        calls = store.views.rows("oracle_use", run_id=run_id)
    attacks = [Conversation.from_dicts(json.loads(row["attack_messages"])) for row in revisions]
    assert attacks
    assert calls
    assert {tuple(message.content for message in attack.messages[:-1]) for attack in attacks} == {EARLIER}
    assert all(row["prompt"].startswith("Human: Good morning.\n\nAssistant:") for row in revisions)
    assert any(row["kept"] for row in revisions)

    runner = CliRunner()
    shown = runner.invoke(harness, ["show", name, "--runs-dir", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    target = tmp_path / "pairs.jsonl"
    exported = runner.invoke(
        harness, ["export", "pairs", name, "--to", str(target), "--conversational", "--runs-dir", str(tmp_path)]
    )
    assert exported.exit_code == 0, exported.output
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert all([message["content"] for message in row["prompt"][:-1]] == list(EARLIER) for row in rows)
    assert all([message["role"] for message in row["prompt"]] == ["user", "assistant", "user"] for row in rows)
    assert all([message["role"] for message in row["chosen"]] == ["assistant"] for row in rows)
