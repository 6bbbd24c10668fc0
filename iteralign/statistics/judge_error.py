"""A rate that a judge has counted, put right for the judge's own errors.

Source: Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of Epidemiology
107 (1978), 71-76; the interval is that of Lang and Reiczigel, "Confidence limits for prevalence of disease adjusted for
estimated sensitivity and specificity", Preventive Veterinary Medicine 113 (2014), 13-22.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class Calibration:
    """How a judge stood against people's labels on one model's answers.

    `found` of `violations` labelled ones were called violations, and `cleared` of `satisfactory` ones were not. Counts
    need not be whole: they are divided by a design effect where answers are not independent.
    """

    found: float
    violations: float
    cleared: float
    satisfactory: float


@dataclass(frozen=True)
class CorrectedRate:
    """A share with its interval."""

    value: float
    low: float
    high: float


def corrected_rate(counted: float, answers: float, calibration: Calibration, confidence: float) -> CorrectedRate:
    """The share of violations behind `counted` of `answers` called so.

    Raises ValueError where nothing was labelled or asked, or where the judge finds violations no more often among
    violations than elsewhere: nothing can be corrected by such a judge.
    """
    if not (answers and calibration.violations and calibration.satisfactory):
        raise ValueError("a correction needs answers, and labelled ones of both kinds")
    low, high = _interval(counted, answers, calibration, float(stats.norm.ppf(0.5 + confidence / 2.0)))
    return CorrectedRate(_share(_plain(counted, answers, calibration)), _share(low), _share(high))


def _interval(counted: float, answers: float, calibration: Calibration, critical: float) -> tuple[float, float]:
    """The ends by Lang and Reiczigel, in their names: `critical` is the normal quantile. May lie outside 0 to 1."""
    n = answers + critical**2
    share = (counted + critical**2 / 2.0) / n
    positives, negatives = calibration.violations + 2, calibration.satisfactory + 2
    sensitivity = (calibration.found + 1) / positives
    specificity = (calibration.cleared + 1) / negatives
    informedness = sensitivity + specificity - 1.0
    if informedness <= 0.0:
        raise ValueError("the judge tells violations from other answers no better than chance")
    value = (share + specificity - 1.0) / informedness
    of_found = sensitivity * (1.0 - sensitivity) / positives
    of_cleared = specificity * (1.0 - specificity) / negatives
    shift = 2.0 * critical**2 * (value * of_found - (1.0 - value) * of_cleared)
    variance = share * (1.0 - share) / n + value**2 * of_found + (1.0 - value) ** 2 * of_cleared
    spread = math.sqrt(variance) / informedness
    return value + shift - critical * spread, value + shift + critical * spread


def _plain(counted: float, answers: float, calibration: Calibration) -> float:
    sensitivity = calibration.found / calibration.violations
    specificity = calibration.cleared / calibration.satisfactory
    informedness = sensitivity + specificity - 1.0
    return (counted / answers + specificity - 1.0) / informedness if informedness > 0.0 else math.nan


def _share(value: float) -> float:
    return min(1.0, max(0.0, value)) if math.isfinite(value) else value
