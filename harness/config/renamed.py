"""Settings that have a new name: the old one goes on working wherever a setting can be named, and is said once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RENAMED: Final[Mapping[str, str]] = {
    "insist_practice": "allow_practice",
    "training.method": "training.weights",
    "training.objective": "objective.kind",
    "training.gentler": "training.retry_scale",
    "constitution.most_shown": "constitution.max_shown",
    "constitution.most_held_out": "constitution.max_held_out",
    "constitution.most_harmless": "constitution.max_harmless",
}
"""From the dotted key of old to the one of now."""


def renamed_note(used: Mapping[str, str]) -> str:
    """One sentence about old names that were used, given with those of now; empty where there are none."""
    if not used:
        return ""
    listed = ", ".join(f"{old} is {new} now" for old, new in used.items())
    return f"{listed}: the old name goes on working." if len(used) == 1 else f"{listed}: the old names go on working."
