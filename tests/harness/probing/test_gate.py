"""The gate's items as a probe asks them."""

from __future__ import annotations

from harness.assembly.measurement import FORM_TOKENS, answer_tokens
from harness.config.load import load_config
from harness.probing.gate import smaller


def test_a_probe_has_answers_as_long_as_the_run_has() -> None:
    """Though it asks no judge: under `form` a run's answers end earlier than the tasks say."""
    config = load_config("smollm2-135m", None, {"model.path": "somewhere"}, {})
    probed = smaller(config, 3)
    assert answer_tokens(config) == answer_tokens(probed) == FORM_TOKENS
    assert (probed.gate.limit, probed.judge.form_alone) == (3, False)
