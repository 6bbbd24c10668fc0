"""The exact sign-flip test of clusters, which is McNemar's exact test where every cluster is one item.

If nothing has changed, a cluster's net gain is as likely to have come out with the other sign. So all assignments of
signs are equally likely, and the share of them that reach what was seen is the p-value: exact for any number of
clusters and any dependence within them. Sources: Fisher, The Design of Experiments (1935), section 21; for clusters
Cameron, Gelbach and Miller, "Bootstrap-based improvements for inference with clustered errors", Review of Economics and
Statistics 90 (2008), 414-427; McNemar, Psychometrika 12 (1947), 153-157.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def p_value(net_gains: Iterable[int]) -> float:
    """The one-sided p-value for a gain: how likely the sum of `net_gains` or more is with random signs.

    `net_gains` holds for each cluster its items that got better less those that got worse. For a loss, turn the signs.
    """
    gains = list(net_gains)
    sizes = [abs(gain) for gain in gains if gain]
    # The distribution of the sum: each cluster shifts half of it up by its size, half of it down.
    weights = np.ones(1)
    for size in sizes:
        longer = np.zeros(len(weights) + 2 * size)
        longer[2 * size :] += weights / 2.0
        longer[: len(weights)] += weights / 2.0
        weights = longer
    reached = sum(gains) + sum(sizes)
    return float(min(1.0, weights[reached:].sum()))
