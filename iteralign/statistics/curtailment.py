"""How likely a test still is to come out, given what was seen so far and what is taken to be true of the rest.

Conditional power, by the normal approximation: Lan, Simon and Halperin, "Stochastically curtailed tests in long-term
clinical trials", Communications in Statistics C 1 (1982), 207-219. A stop for it only gives up, and so leaves the error
rates as they are.
"""

from __future__ import annotations

import math

from scipy import stats


def conditional_power(estimate: float, standard_error: float, seen: float, rest: float, needed: float) -> float:
    """The probability that the estimate over all items will be at least `needed`.

    `estimate` and `standard_error` are those of the share `seen` (above 0, at most 1) of all items; `rest` is the true
    effect in the others. Where nothing is left, or nothing can move, it is 0 or 1.
    """
    expected = seen * estimate + (1.0 - seen) * rest
    spread = standard_error * math.sqrt(seen * (1.0 - seen))
    if spread == 0.0:
        return float(expected >= needed)
    return float(stats.norm.sf((needed - expected) / spread))
