"""Harmless prompts of our own, for replay: everyday ones, and as many that look harmful and are not.

docs/harmless-prompts.md is their card: how they were written, and what they were held against.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from iteralign.red_team.files import PromptFile
from iteralign.red_team.sources import PromptSource

EVERYDAY = "everyday"
EVERYDAY_FILE = Path(__file__).parent / "everyday.jsonl"
LOOK_ALIKE_TYPES = (
    "homonyms",
    "figurative_language",
    "safe_targets",
    "safe_contexts",
    "definitions",
    "nons_group_real_discr",
    "real_group_nons_discr",
    "privacy_public",
)
"""The types of XSTest's safe prompts in whose manner they look harmful: its names, and none of its prompts."""
UNSEEN_TYPES = ("historical_events", "privacy_fictional")
"""XSTest's other two. None is in their manner, so that XSTest shows whether what was learnt reaches further."""


@dataclass(frozen=True)
class EverydayPrompt:
    """One prompt. `type` is one of LOOK_ALIKE_TYPES, or PLAIN for one that does not look harmful."""

    id: str
    text: str
    type: str
    domain: str


@cache
def everyday_prompts() -> tuple[EverydayPrompt, ...]:
    """All of them; plain ones and look-alikes stand by turns in the first 448, and are mixed after them.

    The last 360 begin as attacks do, so that no model learns an opening as the sign of harm.
    """
    rows = map(json.loads, EVERYDAY_FILE.read_text(encoding="utf-8").splitlines())
    return tuple(EverydayPrompt(row["id"], row["text"], row["type"], row["domain"]) for row in rows)


@cache
def _types() -> dict[str, str]:
    """The type of each, by its text."""
    return {prompt.text: prompt.type for prompt in everyday_prompts()}


def _type_of(text: str) -> str:
    return _types().get(text, "")


SOURCE = PromptSource(
    "everyday prompts of our own, half of which look harmful",
    lambda _: PromptFile(EVERYDAY, list(_types())),
    type_of=_type_of,
)
"""They as a source of prompts for replay."""
