"""Odd but valid models and adapters through our loader and evaluator, against plain transformers and peft.

Each is made here, small and with random weights, and held against code that shares nothing with ours: logits of a
plain forward pass (within 1e-5 in float32, bit for bit in bfloat16, before and after the evaluator is built),
log-likelihoods of choices, and answers token by token against a loop that takes the highest logit.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure

_LEAST = 25


def figures(*, quick: bool) -> Iterator[Figure]:
    from benchmarks.integrity.odd_models.cases import CASES
    from benchmarks.integrity.odd_models.trial import GOING_ON, tried

    cases = CASES[::4] if quick else CASES
    missed: Counter[str] = Counter()
    for case in cases:
        with TemporaryDirectory() as scratch:
            misses = tried(case, scratch)
        for miss in misses:
            print(f"odd_models: {case.name}: {miss.kind}: {miss.text}", file=sys.stderr)
        missed.update({miss.kind for miss in misses})
    yield Figure("odd models and adapters tried", len(cases), "models", None if quick else ">=", _LEAST)
    yield Figure("of these with logits beyond 1e-5 in float32", missed["float32"], "models", "==", 0)
    yield Figure("of these with logits not bit for bit in bfloat16", missed["bfloat16"], "models", "==", 0)
    yield Figure("of these with another score or another answer", missed[GOING_ON], "models", "==", 0)
