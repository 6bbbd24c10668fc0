"""The kind `openai`, and the name of its judge."""

from __future__ import annotations

from typing import Any

import pytest

from iteralign.oracle.openai_kind import OpenAIKind


def _name(**settings: Any) -> str:
    config = OpenAIKind(url="http://127.0.0.1:1/v1", model="m", **settings)
    return config.judge_name(config.build())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "m at http://127.0.0.1:1/v1, prompt 2"),
        ({"temperature": 0.5}, "m at http://127.0.0.1:1/v1, prompt 2, temperature 0.5"),
        ({"temperature": None}, "m at http://127.0.0.1:1/v1, prompt 2, temperature its own"),
        ({"reasoning_effort": "low"}, "m at http://127.0.0.1:1/v1, prompt 2, reasoning effort low"),
        ({"extra_body": {"top_p": 0.9}}, 'm at http://127.0.0.1:1/v1, prompt 2, with {"top_p": 0.9}'),
        ({"timeout_s": 5.0, "concurrency": 2, "json_schema": "off"}, "m at http://127.0.0.1:1/v1, prompt 2"),
    ],
)
def test_a_judge_that_is_asked_otherwise_is_another_judge(settings: dict[str, Any], said: str) -> None:
    """By what shapes its verdicts, and by nothing else."""
    assert _name(**settings) == said
