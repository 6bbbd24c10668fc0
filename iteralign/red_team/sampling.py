"""Drawing batches of prompts without replacement, so that a resumed run draws what it would have drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from iteralign.core.content import content_id
from iteralign.core.records import Prompt


def draw(prompts: Sequence[Prompt], drawn: Collection[str], *, seed: int, round_number: int, size: int) -> list[Prompt]:
    """Draw `size` prompts, or all that are left, from those whose ids are not in `drawn`.

    A pure function of its arguments, and independent of the order of `prompts`: the ids are ordered by a hash of
    seed, round and id, and the first are taken. No random generator is touched, so nothing has to be restored when a
    run is resumed. An empty list means that every prompt has been drawn.
    """
    already = set(drawn)
    left = {prompt.id: prompt for prompt in prompts if prompt.id not in already}
    order = sorted(left, key=lambda prompt_id: (content_id(str(seed), str(round_number), prompt_id), prompt_id))
    return [left[prompt_id] for prompt_id in order[:size]]
