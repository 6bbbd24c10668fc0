"""How far a judge agrees with people, as plain numbers: shares, Cohen's kappa and Youden's J, each with an interval.

Answers to the same prompt are not independent, so they count as one cluster: a share's sample is divided by its design
effect, how many times larger the clusters make the variance (Rao and Scott, "A simple method for the analysis of
clustered binary data", Biometrics 48 (1992), 577-585).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

MIN_FOR_INTERVAL = 5
"""With fewer answers than this there is no interval: it would span most of what is possible."""

_FEW_CLUSTERS = 8
"""With fewer clusters that hold the rarer outcome, nothing tells how alike a cluster's answers are."""


@dataclass(frozen=True)
class Interval:
    """A number with its interval. The ends are None where there is too little for them, all three where for it too."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1 `of` so many answers, with its interval; see `Interval` for what is None.

    `design_effect` is how many times larger clusters make its variance, 1 for independent answers.
    """

    value: float | None
    low: float | None
    high: float | None
    of: int
    design_effect: float = 1.0

    def limits(self, confidence: float) -> tuple[float, float] | None:
        """The interval at another confidence, or None where there is too little for one."""
        if self.value is None or self.of < MIN_FOR_INTERVAL:
            return None
        return wilson(self.value, self.of / self.design_effect, confidence)


NOTHING = Share(None, None, None, 0)
"""The share of no answers at all."""


def share_of(hits: Sequence[bool], clusters: Sequence[str], confidence: float) -> Share:
    """The share of answers that `hits` says yes of; `clusters` names what each of them answers."""
    if not hits:
        return NOTHING
    plain = Share(fmean(hits), None, None, len(hits), _design_effect(hits, clusters))
    low, high = plain.limits(confidence) or (None, None)
    return Share(plain.value, low, high, plain.of, plain.design_effect)


def wilson(share: float, count: float, confidence: float) -> tuple[float, float]:
    """Wilson's score interval, which stays within 0 and 1 and has a width also at them.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927), 209-212; `count` need not be whole.
    """
    square = _critical(confidence) ** 2
    centre = (share + square / (2.0 * count)) / (1.0 + square / count)
    half = math.sqrt(square * (share * (1.0 - share) / count + square / (4.0 * count**2))) / (1.0 + square / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def kappa_of(pairs: Sequence[tuple[bool, bool]], clusters: Sequence[str], confidence: float) -> Interval:
    """Cohen's kappa of people's and a judge's yes and no: agreement beyond what their own frequencies would give.

    The variance is the asymptotic one of Fleiss, Cohen and Everitt, "Large sample standard errors of kappa and weighted
    kappa", Psychological Bulletin 72 (1969), 323-327, with its terms summed within clusters first (Yang and Zhou,
    "Kappa statistic for clustered matched-pair data", Statistics in Medicine 33 (2014), 2612-2633). Where it is nought,
    as where nothing disagrees, it would call a handful of answers certain; the interval is then Wilson's of the
    agreement, with both frequencies as they are.

    There is none where people gave only one of the two labels: it would be 0 whatever the judge says.
    """
    if len({people for people, _ in pairs}) < 2:
        return Interval(None, None, None)
    first, second = fmean(pair[0] for pair in pairs), fmean(pair[1] for pair in pairs)
    agreed = fmean(one == other for one, other in pairs)
    chance = first * second + (1.0 - first) * (1.0 - second)
    value = (agreed - chance) / (1.0 - chance)
    if len(pairs) < MIN_FOR_INTERVAL:
        return Interval(value, None, None)
    error = _kappa_error(pairs, clusters, agreed, chance)
    if math.isclose(error, 0.0, abs_tol=1e-9):
        agreement = share_of([one == other for one, other in pairs], clusters, confidence)
        low, high = ((end - chance) / (1.0 - chance) for end in (agreement.low or 0.0, agreement.high or 0.0))
        return Interval(value, max(-1.0, low), min(1.0, high))
    half = _critical(confidence) * error
    return Interval(value, max(-1.0, value - half), min(1.0, value + half))


def informedness(sensitivity: Share, specificity: Share, confidence: float) -> Interval:
    """Youden's J, sensitivity + specificity - 1: 1 for a judge that is always right, 0 for one that guesses.

    The interval is that of a difference between independent shares, made of their Wilson limits: Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17 (1998), 873-890, method
    10. A judge that is severe on a prompt finds more there and clears less, which only makes it wider than need be.
    """
    if sensitivity.value is None or specificity.value is None:
        return Interval(None, None, None)
    value = sensitivity.value + specificity.value - 1.0
    found, cleared = sensitivity.limits(confidence), specificity.limits(confidence)
    if found is None or cleared is None:
        return Interval(value, None, None)
    below = math.hypot(sensitivity.value - found[0], specificity.value - cleared[0])
    above = math.hypot(found[1] - sensitivity.value, cleared[1] - specificity.value)
    return Interval(value, max(-1.0, value - below), min(1.0, value + above))


def _critical(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)


def _design_effect(hits: Sequence[bool], clusters: Sequence[str]) -> float:
    """The clusters' variance over that of independent answers, never below 1.

    With few clusters that hold the rarer outcome it is the most that it can be, the mean size of an answer's cluster
    (Kish, Survey Sampling, 1965, section 5.4, at a correlation of 1).
    """
    sizes = Counter(clusters)
    if len(sizes) == len(hits):
        return 1.0
    value = fmean(hits)
    rarer = value <= 0.5
    if len({cluster for hit, cluster in zip(hits, clusters, strict=True) if hit == rarer}) < _FEW_CLUSTERS:
        return sum(size**2 for size in sizes.values()) / len(hits)
    of_clusters = _clustered([hit - value for hit in hits], clusters)
    return max(1.0, of_clusters / (len(hits) * value * (1.0 - value)))


def _clustered(residuals: Sequence[float], clusters: Sequence[str]) -> float:
    """The variance of the residuals' sum, where those of one cluster go together."""
    sums: defaultdict[str, float] = defaultdict(float)
    for residual, cluster in zip(residuals, clusters, strict=True):
        sums[cluster] += residual
    squares = math.fsum(one**2 for one in sums.values())
    # Fleiss, Cohen and Everitt's variance has no correction for a small sample, so independent answers get none.
    return squares if len(sums) == len(residuals) or len(sums) < 2 else squares * len(sums) / (len(sums) - 1)


def _kappa_error(pairs: Sequence[tuple[bool, bool]], clusters: Sequence[str], agreed: float, chance: float) -> float:
    """The standard error of kappa, from what each answer adds to it; clusters never make it smaller."""
    first, second = fmean(pair[0] for pair in pairs), fmean(pair[1] for pair in pairs)

    def margin(share: float, says: bool) -> float:
        return share if says else 1.0 - share

    added = [
        (one == other) * (1.0 - chance) - (1.0 - agreed) * (margin(second, one) + margin(first, other))
        for one, other in pairs
    ]
    mean = fmean(added)
    residuals = [one - mean for one in added]
    variance = max(_clustered(residuals, clusters), math.fsum(one**2 for one in residuals))
    return math.sqrt(variance) / (len(pairs) * (1.0 - chance) ** 2)
