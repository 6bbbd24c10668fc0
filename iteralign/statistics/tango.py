"""The score test and interval of a difference of paired proportions.

Source: Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
design", Statistics in Medicine 17 (1998), 891-908. Counts may be fractions, since clustered ones are deflated by their
design effect first (Rao and Scott, "A simple method for the analysis of clustered binary data", Biometrics 48 (1992),
577-585).
"""

from __future__ import annotations

import math

from scipy import optimize


def score(better: float, worse: float, items: float, difference: float) -> float:
    """The score statistic for a true difference of `difference`; it falls as that rises, and is 0 at the estimate.

    `better` and `worse` count the discordant ones of `items` pairs. Raises ValueError without any item.
    """
    if items <= 0:
        raise ValueError("there is no paired item to compare")
    numerator = better - worse - items * difference
    variance = items * (2.0 * _nuisance(better, worse, items, difference) + difference * (1.0 - difference))
    if variance <= 0.0:
        return 0.0 if numerator == 0.0 else math.copysign(math.inf, numerator)
    return numerator / math.sqrt(variance)


def _nuisance(better: float, worse: float, items: float, difference: float) -> float:
    """The likeliest probability of a worse pair, given the difference: the larger root of Tango's quadratic."""
    linear = (2.0 * items - better + worse) * difference - better - worse
    constant = -worse * difference * (1.0 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8.0 * items * constant))
    return max(0.0, (root - linear) / (4.0 * items))


def interval(better: float, worse: float, items: float, critical: float) -> tuple[float, float]:
    """All differences whose score lies within `critical` of zero, the quantile of the two-sided level wanted.

    Raises ValueError without any item.
    """
    estimate = (better - worse) / items if items > 0 else 0.0

    def beyond(difference: float, side: float) -> float:
        return score(better, worse, items, difference) - side * critical

    low, high = -1.0, 1.0
    if beyond(-1.0, 1.0) > 0.0 and estimate > -1.0:
        low = float(optimize.brentq(beyond, -1.0, estimate, args=(1.0,), xtol=1e-14, rtol=1e-14))
    if beyond(1.0, -1.0) < 0.0 and estimate < 1.0:
        high = float(optimize.brentq(beyond, estimate, 1.0, args=(-1.0,), xtol=1e-14, rtol=1e-14))
    return low, high
