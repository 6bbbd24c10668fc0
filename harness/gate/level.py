"""How sure a single score is: the interval of its value, with items that share a query counted as one cluster.

Outcomes of 0 or 1 have Wilson's interval, their number divided by the design effect of the clusters; anything else has
the studentised mean of the clusters, as differences have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from harness.evaluation.records import Score
from iteralign.statistics.agreement import MIN_FOR_INTERVAL, share_of
from iteralign.statistics.effect import effect_of

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Level:
    """The ends of a score's interval in its unit, None where there is none; its items belong to `clusters` queries."""

    low: float | None
    high: float | None
    clusters: int
    confidence: float = CONFIDENCE


def level_of(score: Score) -> Level:
    """The 95 % interval of a score; none for an invalid one, for fewer than 5 items, and for a single query."""
    valid = [sample for sample in score.samples if sample.value is not None and math.isfinite(sample.value)]
    values = [sample.value for sample in valid if sample.value is not None]
    clusters = [sample.prompt or sample.item_id for sample in valid]
    count = len(set(clusters))
    if score.status != "valid" or len(values) < MIN_FOR_INTERVAL or count < 2:
        return Level(None, None, count)
    if score.unit != "nats" and set(values) <= {0.0, 1.0}:
        share = share_of([value == 1.0 for value in values], clusters, CONFIDENCE)
        return Level(share.low, share.high, count)
    low, high = effect_of(values, clusters, score.unit).interval(CONFIDENCE)
    return Level(max(0.0, low), min(1.0, high), count) if score.unit == "share" else Level(low, high, count)
