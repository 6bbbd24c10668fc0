"""Exact statements about counts: the least that a share may truly be, and whether two shares differ by chance."""

from __future__ import annotations

from functools import lru_cache
from math import comb, fsum

_HALVINGS = 60


@lru_cache(maxsize=4096)
def lower_limit(hits: int, of: int, confidence: float = 0.95) -> float:
    """The one-sided lower limit of a share, 0 to 1; 0 where nothing was counted.

    Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
    Biometrika 26 (1934), 404-413.
    """
    if hits == 0 or of == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        as_many = fsum(comb(of, n) * middle**n * (1.0 - middle) ** (of - n) for n in range(hits, of + 1))
        low, high = (middle, high) if as_many < 1.0 - confidence else (low, middle)
    return low


def fisher(hits: int, of: int, other_hits: int, other_of: int) -> float:
    """Fisher's exact test, two-sided: how probable shares at least as unlike are if the two groups do not differ.

    The probabilities of all tables with the same margins that are no more probable than this one, summed up (Fisher,
    "Statistical Methods for Research Workers", 5th edition, 1934, section 21.02).
    """
    total = hits + other_hits
    if not of or not other_of:
        return 1.0
    tables = {n: comb(of, n) * comb(other_of, total - n) for n in range(max(0, total - other_of), min(of, total) + 1)}
    # Whole numbers, so that tables which are equally probable are not told apart by rounding.
    return sum(ways for ways in tables.values() if ways <= tables[hits]) / sum(tables.values())
