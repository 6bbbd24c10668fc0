"""Red-team prompts: where they come from, the forms in which they are put, and how batches are drawn."""

from __future__ import annotations

from iteralign.red_team.pool import LoadedPrompts, load_prompts, within_window
from iteralign.red_team.sampling import draw
from iteralign.red_team.sources import PromptSource
from iteralign.red_team.templates import TEMPLATES, attack

__all__ = ["TEMPLATES", "LoadedPrompts", "PromptSource", "attack", "draw", "load_prompts", "within_window"]
