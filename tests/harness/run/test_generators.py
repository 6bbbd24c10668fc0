"""A run whose answers another package's generator writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config.schema import RunConfig
from harness.progress import SilentProgress
from harness.run.pipeline import align_and_eval
from harness.store import Store

WRITER = """
from typing import Literal
from iteralign.generation.generator import GeneratedText
from iteralign.generation.kinds import GeneratorKind

class Fixed:
    def __init__(self, text):
        self.text = text

    def generate(self, prompts, decoding, *, weights=None, advance=None):
        if advance:
            advance(len(prompts))
        return [GeneratedText(self.text) for _ in prompts]

class FixedKind(GeneratorKind):
    kind: Literal["fixed"] = "fixed"
    text: str = "I can't help with that."

    def build(self, subject):
        return Fixed(self.text)
"""
GENERATED = ("sandbox_attack_success", "sandbox_over_refusal")
TEXT = "I can't help with that, sorry."


@pytest.mark.slow
def test_a_generator_of_another_package_writes_every_answer(
    install: Callable[..., None], short_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    """Those that the oracle judges in the loop, and those of the tasks that generate."""
    install("acme-writer", {"iteralign.generators": {"fixed": "acme_writer:FixedKind"}}, acme_writer=WRITER)
    config = short_config(
        tmp_path,
        **{
            "generator.kind": "fixed",
            "generator.text": TEXT,
            "gate.tasks": ("sandbox_attack_success",),
            "gate.final_tasks": (),
            "gate.limit": 5,
            "loop.max_rounds": 1,
            "red_team.batch_size": 12,
        },
    )
    outcome = align_and_eval(config, progress=SilentProgress())
    with Store.open(tmp_path / "harness.db", create=False) as store:
        run = store.runs.id_of(outcome.run_name)
        samples = store.views.rows("sample_history", run_id=run)
        answers = {row["response"] for row in samples if row["task"] in GENERATED}
        [fingerprint] = {row["fingerprint"] for row in store.views.rows("run_scores", run_id=run)}
    assert answers == {TEXT}
    assert "fixed text=" in fingerprint
