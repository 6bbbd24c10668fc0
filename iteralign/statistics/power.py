"""What a comparison could have shown at best: the smallest effect that it would find, and the items it would take."""

from __future__ import annotations

import math

from scipy import optimize, stats

POWER = 0.8
"""How often an effect of the size named is found."""


def detectable(standard_error: float, level: float, power: float = POWER) -> float:
    """The true effect, in the unit of `standard_error`, that a one-sided test at `level` shows in `power` of cases.

    The usual normal approximation (e.g. Chow, Shao and Wang, Sample Size Calculations in Clinical Research, 2008).
    """
    return float(stats.norm.isf(level) + stats.norm.ppf(power)) * standard_error


def detectable_flip(moved: float, items: float, level: float, power: float = POWER) -> float:
    """The same for 0/1 outcomes, where `moved` of `items` independent pairs moved, as a share.

    An effect needs at least as many items to move as it is large, and seeing none move leaves some open: one is added.
    """
    share = min(1.0, (moved + 1.0) / (items + 1.0))

    def beyond(effect: float) -> float:
        return effect - detectable(math.sqrt((max(share, effect) - effect**2) / items), level, power)

    return float(optimize.brentq(beyond, 0.0, 1.0))


def items_needed(items: int, detectable_now: float, wanted: float) -> int | None:
    """How many items like these would show an effect of `wanted`; None where no number does (nothing is wanted)."""
    return math.ceil(items * (detectable_now / wanted) ** 2) if wanted > 0.0 else None
