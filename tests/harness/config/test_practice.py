"""Where practice ends."""

from __future__ import annotations

import pytest

from harness.config.practice import practice_notes
from harness_base.errors import TaskError
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.openai_kind import OpenAIKind
from iteralign.sandbox.oracle_kind import EmbeddedKind


def test_the_practice_model_may_use_every_practice_part() -> None:
    assert practice_notes("sandbox", (EmbeddedKind(),), ["sandbox_gate"], allowed=False) == []


@pytest.mark.parametrize(
    ("oracle", "tasks", "named"),
    [
        (EmbeddedKind(), ["truthfulqa_mc1"], "the embedded oracle"),
        (OpenAIKind(), ["sandbox_hhh_honest"], "sandbox_hhh_honest"),
    ],
)
def test_a_real_model_may_not_use_practice_parts(oracle: OracleKind, tasks: list[str], named: str) -> None:
    with pytest.raises(TaskError, match=named):
        practice_notes("models/llama", (oracle,), tasks, allowed=False)


def test_a_user_who_insists_gets_a_note_for_the_report() -> None:
    [note] = practice_notes("models/llama", (EmbeddedKind(),), [], allowed=True)
    assert "the embedded oracle" in note
    assert "nothing" in note
