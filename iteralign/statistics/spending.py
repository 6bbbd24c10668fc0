"""How a level is shared out among the looks at data that grow: little at first, most at the end.

Each look is tested at its own increment, so that all looks together err at most with the level by the union
(Boole-Bonferroni) bound, whatever the statistic and whatever decides whether there is another look. The boundaries of
Lan and DeMets are sharper and need independent increments, which Tango's score and a t with an estimated design effect
do not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

POWER: Final = 4.0
"""Half of the items spend a sixteenth of the level: a test that goes to the end loses next to nothing."""


def increments(asked: Sequence[float], power: float = POWER) -> list[float]:
    """The share of the level that each look may spend, given how many items were asked at each; they add up to 1.

    By the share t of all items, t to the `power` is spent up to a look: the power family of Kim and DeMets, "Design and
    analysis of group sequential tests based on the type I error spending rate function", Biometrika 74 (1987),
    149-154. Raises ValueError where the counts do not rise from above 0.
    """
    counts = [0.0, *asked]
    if any(later <= earlier for earlier, later in pairwise(counts)):
        raise ValueError("each look needs more items than the one before")
    spent = [(count / counts[-1]) ** power for count in counts] if asked else []
    return [later - earlier for earlier, later in pairwise(spent)]
