"""What a change is, wherever one is shown: the new figure less the old one, in the metric's own unit.

The statistics sign an effect so that positive means better, whichever way the metric goes. Here, and nowhere else, that
becomes the sign that the figures have: attack success that fell from 81.4 to 0.2 changed by -81.2, which is better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness_base.display import difference
from iteralign.core.records import Comparison


@dataclass(frozen=True)
class Change:
    """The difference of two figures, with its interval, in the metric's unit; what is not known is None.

    Where a judge's errors were taken out, `corrected` is the change behind them, and the interval is that one's.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    corrected: float | None = None


def shown_change(comparison: Comparison) -> Change:
    """The change of a comparison's two values, with the interval of its effect."""
    if comparison.effect is None:
        return Change(difference(comparison.reference_value, comparison.candidate_value))
    upwards = comparison.higher_is_better
    low, high = shown_interval(comparison.low, comparison.high, higher_is_better=upwards)
    corrected = comparison.effect if upwards else -comparison.effect
    return Change(
        difference(comparison.reference_value, comparison.candidate_value),
        low,
        high,
        corrected=corrected if comparison.corrected else None,
    )


def shown_interval(
    low: float | None, high: float | None, *, higher_is_better: bool
) -> tuple[float | None, float | None]:
    """The ends of an effect's interval, lower end first, signed as the figures are; an end without a limit is None."""
    if higher_is_better:
        return _finite(low), _finite(high)
    return _finite(None if high is None else -high), _finite(None if low is None else -low)


def _finite(value: float | None) -> float | None:
    return value + 0.0 if value is not None and math.isfinite(value) else None  # and no minus before a zero
