"""Which way log-likelihoods were computed, as plain data: no torch, so that stores may read it cheaply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scorer = Literal["undecided", "shared-prefix", "stock"]


@dataclass(frozen=True)
class ScorerCheck:
    """Which way log-likelihoods were computed, and why: "undecided" where there were none, or none to compare.

    `largest_difference` is between the shared-prefix scorer and the stock path (lm-eval's own, or plain passes): nats
    over a whole choice, on the few requests that both scored; None where no comparison was made.
    """

    scorer: Scorer
    reason: str
    largest_difference: float | None


NO_SCORER = ScorerCheck("undecided", "no log-likelihood was computed", None)
